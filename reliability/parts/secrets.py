"""Successful and failed syncs at DEBUG, by the command and the image; all output is searched.

The password contains what encoders and filters often handle wrongly: quotes, a backslash, non-ASCII
letters and the special characters of regular expressions.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

from bill_emulator.contract import LISTS
from bill_emulator.process import Emulator
from reliability.harness.captured_output import private_numbers
from reliability.harness.secret_search import encodings, leaks
from testing.connector import COMMAND, Connector, Program
from testing.docker import host_for_containers
from testing.image import IMAGE_VARIABLE, PROGRAM

if TYPE_CHECKING:
    from collections.abc import Iterable

    from testing.connector import Running
    from testing.result import Result
    from testing.rows import Json

PASSWORD = "q\"uo'te\\d pä$$wörd.*+?[1-9]{2}(€)|^&=%/"  # noqa: S105 - the emulator's
DEVELOPER_KEY = "01EMU+KEY/with=signs&.*?(1)"
IMAGE = "source-billcom:dev"
_EVERYWHERE = "0.0.0.0"  # noqa: S104 - a container can reach no other address of the host
_SEED, _SCALE = 1, 0.02
ENCODERS: dict[str, Callable[[str], str]] = {
    "JSON": lambda text: json.dumps(text)[1:-1],
    "URL encoding": lambda text: quote(text, safe=""),
    "form encoding": quote_plus,
    "hexadecimal": lambda text: text.encode().hex(),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
}
_FAULTS = ("reset", "cut", "html", "not_json", "no_results", "error_array")


@dataclass
class Searched:
    """The output of one program's runs, and the secrets found in it."""

    runs: int = 0
    bytes: int = 0
    findings: list[str] = field(default_factory=list)


Scenario = Callable[["Search", Emulator, Connector], None]


class Search:
    """Runs one program of the connector with its own BILL, and searches its output."""

    def __init__(self, bill: Emulator, program: Program, host: str) -> None:
        self.searched = Searched()
        self._bill = bill
        config: Json = {**bill.config(), "anchor_date": "2000-01-01"}
        config["base_url"] = bill.base_url.replace(_EVERYWHERE, host)
        self._connector = Connector(config, program)
        rows = [bill.data(name) for name in ("vendors", "bank_accounts")]
        self._numbers = set(private_numbers(rows))

    def through(self, scenarios: Iterable[Scenario]) -> Searched:
        """Run scenarios, each with a BILL in its initial state."""
        for scenario in scenarios:
            scenario(self, self._bill, self._connector)
            self._bill.clear_faults()
            self._bill.default_options()
        return self.searched

    def __call__(self, what: str, result: Result, *more: str) -> Result:
        """Search the output of a run. `more` are values that are as secret as the right ones."""
        config = self._connector.config
        secrets = {"password": config["password"], "developer key": config["dev_key"]}
        ids = self._bill.sessions_handed_out()
        secrets |= {f"session {number}": value for number, value in enumerate(ids, 1)}
        secrets |= {f"mistaken value {number}": value for number, value in enumerate(more, 1)}
        output = result.stdout.encode() + result.stderr.encode()
        found = leaks(output, secrets, self._numbers)
        self.searched.runs += 1
        self.searched.bytes += len(output)
        self.searched.findings += [f"{what}: {leak}" for leak in found]
        return result


def _good(search: Search, bill: Emulator, connector: Connector) -> None:
    first = search("a good sync", connector.read(None, None, "--debug"))
    bill.mutate(20)
    search("the next one", connector.read(None, first.state_file, "--debug"))
    search("check", connector.check("--debug"))
    os.environ["LOG_LEVEL"] = "DEBUG"
    try:
        search("a sync with LOG_LEVEL=DEBUG", connector.read(["bills", "roles"]))
    finally:
        del os.environ["LOG_LEVEL"]


def _refused(search: Search, bill: Emulator, connector: Connector) -> None:
    wrong: dict[str, str] = {"password": PASSWORD[::-1], "dev_key": DEVELOPER_KEY[::-1]}
    for name, value in wrong.items():
        mistaken = connector.having(**{name: value})
        search(f"a wrong {name}", mistaken.read(["roles"], None, "--debug"), value)
        search(f"check with a wrong {name}", mistaken.check("--debug"), value)
    broken = f"{DEVELOPER_KEY}\nand-more"
    search("a key with a line break", connector.having(dev_key=broken).check("--debug"), broken)
    # BILL may quote what was sent, in a text that the connector shows to the user
    echo = f"Cannot sign in with {PASSWORD} and {DEVELOPER_KEY}"
    bill.fault("error", path="/v3/login", status=400, code="BDC_1999", message=echo)
    search("BILL quotes the password", connector.read(["roles"], None, "--debug"))


def _encoded(search: Search, bill: Emulator, connector: Connector) -> None:
    """BILL, or a proxy, quotes the request in an error, in an encoding of its own."""
    for name, encode in ENCODERS.items():
        echo = f"Cannot sign in with {encode(PASSWORD)}"
        bill.fault("error", path="/v3/login", status=400, code="BDC_1999", message=echo)
        search(f"BILL quotes the password in {name}", connector.check("--debug"))
        bill.clear_faults()
    streams = ("bills", "vendors", "roles", "users", "items")
    for stream, encode in zip(streams, ENCODERS.values(), strict=True):
        echo = f"{encode(DEVELOPER_KEY)} and {encode(PASSWORD)} are bad"
        path = LISTS[stream].path
        bill.fault("error", path=path, status=400, code="BDC_1999", message=echo)
    search(
        "BILL quotes the credentials in five encodings", connector.read(streams, None, "--debug")
    )


def _sessions(search: Search, bill: Emulator, connector: Connector) -> None:
    bill.expire_sessions_after(4)
    search("a session that expires", connector.read(None, None, "--debug"))
    bill.options(session_status=403, error_shape="object")
    bill.fault("error", path="/v3/bills", status=401, code="BDC_1109")
    search("sessions that are refused", connector.read(["bills", "roles"], None, "--debug"))


def _limits(search: Search, bill: Emulator, connector: Connector) -> None:
    bill.fault("error", path="/v3/bills", code="BDC_1322", status=429, times=3)
    search("a fourth call at once", connector.read(["bills"], None, "--debug"))
    bill.fault("error", path="/v3/roles", code="BDC_1144", status=422)
    search("the hourly limit", connector.check("--debug"))


def _bad_responses(search: Search, bill: Emulator, connector: Connector) -> None:
    """Pages cut in the middle of bank and tax numbers, HTML, and redirects with the key."""
    for number, kind in enumerate(_FAULTS):
        path = ("/v3/vendors", "/v3/funding-accounts/banks")[number % 2]
        bill.fault(kind, path=path, times=1)
    faulty = ["vendors", "bank_accounts", "roles"]
    search("invalid responses", connector.read(faulty, None, "--debug"))
    target = f"http://127.0.0.1:9/?devKey={DEVELOPER_KEY}"  # ignore-https-check
    bill.fault("redirect", path="/v3/bills", url=target)
    bill.fault("html", path="/v3/vendors", status=404)
    echo = f"The key {DEVELOPER_KEY} may not"
    bill.fault("error", path="/v3/roles", status=400, code="BDC_1999", message=echo)
    search("redirects and quotes", connector.read(["bills", *faulty], None, "--debug"))
    padded = connector.having(dev_key=f"\u00a0{DEVELOPER_KEY}\n")
    search("a key copied with spaces is quoted", padded.read(["roles"], None, "--debug"))


def _fault_storm(search: Search, bill: Emulator, connector: Connector) -> None:
    for kind in _FAULTS:
        bill.fault(kind, path="/v3/", rate=0.03)
    bill.expire_sessions_after(15)
    search("a storm of faults", connector.read(None, None, "--debug"))


def _during_a_sync(search: Search, bill: Emulator, connector: Connector) -> None:
    bill.bulk("bills", 1_000)
    bill.latency(150, path="/v3/bills")
    running = _reading(connector)
    search("SIGTERM", running.terminate().finish())
    running = _reading(connector)
    echo = f"Session {bill.sessions_handed_out()[-1]} is bad"
    bill.fault("error", path="/v3/bills", status=400, code="BDC_1999", message=echo)
    search("BILL quotes the session", running.finish())
    bill.default_latency()


def _reading(connector: Connector) -> Running:
    running = connector.start_read(["bills"], None, "--debug")
    return running.read_until(lambda message: bool(message["type"] == "RECORD"))


SCENARIOS: tuple[Scenario, ...] = (
    _good,
    _refused,
    _encoded,
    _sessions,
    _limits,
    _bad_responses,
    _fault_storm,
    _during_a_sync,
)
SHORT: tuple[Scenario, ...] = (_bad_responses, _during_a_sync)
"""The scenarios that no other test has."""


def has_image() -> bool:
    """Return whether there is an image to run: that of CONNECTOR_IMAGE, or that of `make image`."""
    docker = shutil.which("docker")
    if docker is None:
        return False
    command = [docker, "image", "inspect", os.environ.setdefault(IMAGE_VARIABLE, IMAGE)]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def search_program(
    program: Program, host: str = "127.0.0.1", scenarios: Iterable[Scenario] = SCENARIOS
) -> Searched:
    """Run scenarios with a program that reaches this machine as `host`, and search its output."""
    given: Json = {"password": PASSWORD, "developer_key": DEVELOPER_KEY}
    with Emulator(seed=_SEED, scale=_SCALE, latency_ms=2, host=_EVERYWHERE, **given) as bill:
        bill.root_url = bill.root_url.replace(_EVERYWHERE, "127.0.0.1")
        return Search(bill, program, host).through(scenarios)


def run(say: Callable[[str], None]) -> dict[str, Any]:
    """Search all output of the installed command, and of the image if there is one."""
    say("secrets: the installed command")
    searched = {"command": search_program(COMMAND)}
    if has_image():
        say(f"secrets: the image {os.environ[IMAGE_VARIABLE]}")
        searched["image"] = search_program(PROGRAM, host_for_containers())
    findings = [f"{where}: {leak}" for where, each in searched.items() for leak in each.findings]
    return {
        "runs": {where: each.runs for where, each in searched.items()},
        "bytes": sum(each.bytes for each in searched.values()),
        "encodings_of_each_secret": sum(1 for _ in encodings(PASSWORD)),
        "found": len(findings),
        "bad": findings,
    }
