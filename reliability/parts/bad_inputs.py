"""Every bad input through the connector's own command line, and whether it is answered properly.

A bad input must be answered with one message that says what to do: `check` is FAILED with exit code
0, and `read` ends with exit code 1. An input that only looks wrong must lead to a sync with the
right rows. No output may have a traceback or a secret. Some inputs also go through the image, if
there is one.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import tempfile
from collections.abc import Callable, Generator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from airbyte_cdk.models import AirbyteMessageSerializer

from bill_emulator.process import Emulator
from reliability.cases.bad_catalogs import catalogs
from reliability.cases.bad_configs import configs
from reliability.cases.bad_states import states
from reliability.cases.input_case import Accepted, Case, Json, Rejected
from reliability.harness.captured_output import Secrets, private_numbers
from reliability.harness.in_process import BEFORE_ANY_DATA
from reliability.harness.secret_search import leaks
from reliability.harness.sync_result import is_user_message
from reliability.parts.secrets import has_image
from testing.catalog import configured_catalog
from testing.connector import COMMAND
from testing.image import docker_run_command

_AT_ONCE = 2
_EACH_IN_THE_CONTAINER = 5
_LONGEST_SECONDS = 120
_SEED, _SCALE = 1, 0.02
_SHORTEST_SECRET = 8
"""A shorter text would be found by chance."""
_ENVIRONMENT = {"NO_PROXY": "*", "LOG_LEVEL": "DEBUG"}
"""DEBUG, because the connector's output is largest then."""


@dataclass(frozen=True)
class Outcome:
    """The exit code and the output of one command."""

    exit_code: int
    stdout: str
    stderr: str


Runner = Callable[[list[str]], Outcome]
"""Runs the connector with these arguments."""


def run_command(arguments: list[str]) -> Outcome:
    """Run the installed command in a process of its own."""
    return _outcome([*COMMAND, *arguments])


def run_image(arguments: list[str]) -> Outcome:
    """Run the image, on this machine's own network."""
    flags = [f"--env={name}={value}" for name, value in _ENVIRONMENT.items()]
    return _outcome(docker_run_command(arguments, ["--network=host", *flags]))


def _outcome(arguments: list[str]) -> Outcome:
    ended = subprocess.run(
        arguments,
        check=False,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=_LONGEST_SECONDS,
        env={**os.environ, **_ENVIRONMENT},
    )
    return Outcome(ended.returncode, ended.stdout.decode(), ended.stderr.decode())


@contextlib.contextmanager
def unlimited_bill() -> Iterator[Emulator]:
    """Run a BILL with limits that the cases cannot reach."""
    with Emulator(seed=_SEED, scale=_SCALE, latency_ms=1) as bill:
        bill.options(login_limit=10**6, hourly_limit=10**6, concurrent_limit=100)
        yield bill


def all_cases(bill: Emulator) -> list[Case]:
    """Return all cases, for this BILL."""
    good: Json = {**bill.config(), "anchor_date": BEFORE_ANY_DATA}
    catalog = configured_catalog(["bills", "roles"])
    cases = [*configs(good, catalog), *states(good, catalog), *catalogs(good, catalog)]
    return [replace(case, secrets=_secrets_in(case.config)) for case in cases]


def _secrets_in(config: bytes) -> dict[str, str]:
    """Return password and developer key of a configuration, if it can be read and they are long."""
    try:
        found = json.loads(config)
    except (ValueError, RecursionError):
        return {}
    values = found if isinstance(found, dict) else {}
    texts = {name: values.get(name) for name in ("password", "dev_key")}
    # half a surrogate pair cannot be encoded, so it cannot be searched for
    known = {n: t.encode(errors="ignore").decode() for n, t in texts.items() if isinstance(t, str)}
    return {f"its own {n}": text for n, text in known.items() if len(text) >= _SHORTEST_SECRET}


@dataclass(frozen=True)
class BillData:
    """BILL's data: rows of the lists that the cases read, and its bank and tax numbers."""

    bill: Emulator
    rows: Mapping[str, list[Json]]
    numbers: frozenset[str]

    @classmethod
    def of(cls, bill: Emulator) -> Self:
        """Take the data from BILL, once for all cases."""
        rows = {name: bill.data(name) for name in ("bills", "roles", "vendors", "bank_accounts")}
        return cls(bill, rows, frozenset(private_numbers(list(rows.values()))))


def problems(case: Case, run_connector: Runner, data: BillData) -> list[str]:
    """Run a case with `read`, and with `check` if it is about the configuration.

    Return what is wrong with the answers, one line for each problem.
    """
    secrets = Secrets(data.bill, data.bill.config())

    def leaks_in(outcome: Outcome) -> list[str]:
        output = (outcome.stdout + outcome.stderr).encode()
        return [*secrets.found_in(output, data.numbers), *leaks(output, case.secrets)]

    with tempfile.TemporaryDirectory(prefix="bad-input-") as folder:
        arguments = _write_files(case, Path(folder))
        read = run_connector(["read", *(word for pair in arguments.values() for word in pair)])
        found = [f"read: {what}" for what in _read_problems(case.expected, read, data)]
        found += [f"read shows {leak}" for leak in leaks_in(read)]
        if case.is_checked:
            checked = run_connector(["check", *arguments["config"]])
            found += [f"check: {what}" for what in _check_problems(case.expected, checked)]
            found += [f"check shows {leak}" for leak in leaks_in(checked)]
    return found


def _write_files(case: Case, folder: Path) -> dict[str, list[str]]:
    """Write the case's files. Return the arguments of the command line, by file."""
    files = {"config": case.config, "catalog": case.catalog, "state": case.state}
    arguments = {}
    for name, content in files.items():
        if content is not None:
            path = folder / f"{name}.json"
            path.write_bytes(content)
            arguments[name] = [f"--{name}", str(path)]
    return arguments


def _read_problems(
    expected: Rejected | Accepted, outcome: Outcome, data: BillData
) -> Iterator[str]:
    messages = yield from _messages(outcome)
    errors = [m["trace"]["error"] for m in messages if m.get("trace", {}).get("type") == "ERROR"]
    if isinstance(expected, Accepted):
        if outcome.exit_code or errors:
            yield f"exit code {outcome.exit_code}, {[error['message'] for error in errors]}"
        yield from _row_problems(expected, messages, data)
        return
    if outcome.exit_code != 1:
        yield f"exit code {outcome.exit_code}, not 1"
    if expected.stream is not None:
        # after the other streams have been read, one more error ends the sync
        errors = [e for e in errors if (e.get("stream_descriptor") or {}).get("name")]
    if len(errors) != 1:
        yield f"{len(errors)} errors: {[error['message'] for error in errors]}"
    for error in errors[:1]:
        yield from _message_problems(error["message"], expected.words)
        if error.get("failure_type") != "config_error":
            yield f"a {error.get('failure_type')}, although only the user can fix it"
        name = (error.get("stream_descriptor") or {}).get("name")
        if expected.stream is not None and name != expected.stream:
            yield f"the error is about {name}, not {expected.stream}"


def _check_problems(expected: Rejected | Accepted, outcome: Outcome) -> Iterator[str]:
    messages = yield from _messages(outcome)
    if outcome.exit_code:
        yield f"exit code {outcome.exit_code}, not 0"
    found = [m["connectionStatus"] for m in messages if m["type"] == "CONNECTION_STATUS"]
    if len(found) != 1:
        yield f"{len(found)} connection statuses"
        return
    (status,) = found
    if isinstance(expected, Accepted):
        if status["status"] != "SUCCEEDED":
            yield f"failed: {status.get('message')}"
        return
    if status["status"] != "FAILED":
        yield f"status {status['status']}, not FAILED"
    yield from _message_problems(status.get("message", ""), expected.words)


def _message_problems(text: str, words: tuple[str, ...]) -> Iterator[str]:
    if not is_user_message(text):
        yield f"not a message for a user: {text[:500]!r}"
    for word in words:
        if word.lower() not in text.lower():
            yield f"{word!r} is not in {text[:500]!r}"


def _row_problems(expected: Accepted, messages: list[Json], data: BillData) -> Iterator[str]:
    records = [m["record"] for m in messages if m["type"] == "RECORD"]
    for name, since in expected.since.items():
        found = sorted(r["data"]["id"] for r in records if r["stream"] == name)
        wanted = sorted(row["id"] for row in data.rows[name] if _is_since(row, since))
        if not wanted:
            yield f"there is no row to read in {name}, so the case proves nothing"
        if found != wanted:
            yield f"{len(found)} rows of {name} were read, not {len(wanted)}"


def _is_since(row: Json, since: datetime | None) -> bool:
    return since is None or datetime.fromisoformat(row["updatedTime"]) >= since


def _messages(outcome: Outcome) -> Generator[str, None, list[Json]]:
    """Return the Airbyte messages. Yield a problem for each line that is not one."""
    if outcome.stderr:
        yield f"stderr is not empty: {outcome.stderr[-500:]!r}"
    if "Traceback" in outcome.stdout:
        yield "a traceback"
    messages: list[Json] = []
    for line in outcome.stdout.splitlines():
        try:
            message = json.loads(line)
            AirbyteMessageSerializer.load(message)
            messages.append(message)
        except Exception:  # noqa: BLE001 - any exception means that it is not a message
            yield f"not an Airbyte message: {line[:200]!r}"
    return messages


def _failed_cases(
    cases: list[Case], run_connector: Runner, data: BillData, say: Callable[[str], None]
) -> dict[str, list[str]]:
    """Run cases, two at a time. Return the problems of those that have any, by name."""
    failed: dict[str, list[str]] = {}
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        results = pool.map(lambda case: problems(case, run_connector, data), cases)
        for number, (case, found) in enumerate(zip(cases, results, strict=True), 1):
            if found:
                failed[case.name] = found
                say(f"bad_inputs: {case.name}: {'; '.join(found)}")
            if number % 25 == 0:
                say(f"bad_inputs: {number} of {len(cases)}")
    return failed


def run(say: Callable[[str], None]) -> dict[str, Any]:
    """Run all cases with the command and some with the image. Return the figures."""
    with unlimited_bill() as bill:
        cases, data = all_cases(bill), BillData.of(bill)
        failed = _failed_cases(cases, run_command, data, say)
        in_container = cases[::_EACH_IN_THE_CONTAINER] if has_image() else []
        failed_in_container = _failed_cases(in_container, run_image, data, say)
    accepted = sum(isinstance(case.expected, Accepted) for case in cases)
    bad = [f"{name}: {'; '.join(found)}" for name, found in failed.items()]
    bad += [f"{name}, in the container: {'; '.join(f)}" for name, f in failed_in_container.items()]
    return {
        "total": len(cases),
        "answered": len(cases) - len(failed),
        "rejected_with_one_message": len(cases) - accepted,
        "accepted": accepted,
        "in_the_container": len(in_container),
        "answered_in_the_container": len(in_container) - len(failed_in_container),
        "bad": bad,
    }
