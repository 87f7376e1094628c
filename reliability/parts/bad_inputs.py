"""Every bad input through the connector's own command line, and how many it answers.

Answered means: one sentence that says what to do, `check` FAILED with exit code 0, `read` with 1;
or, where the input is only odd, a sync with the right rows. Never a traceback, never a secret. Some
go through the image as well, where there is one.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from airbyte_cdk.models import AirbyteMessageSerializer

from bill_emulator.process import Emulator
from reliability.cases.bad_catalogs import catalogs
from reliability.cases.bad_configs import configs
from reliability.cases.bad_input import Case, Json, Taken, Told
from reliability.cases.bad_states import states
from reliability.harness.captured_output import Secrets, private_numbers
from reliability.harness.secret_search import leaks
from reliability.parts.secrets import has_image
from testing.catalog import configured_catalog
from testing.connector import COMMAND
from testing.image import docker_run_command

_AT_ONCE = 2
_EACH_IN_THE_CONTAINER = 5
_LONGEST_SECONDS = 120
_SHORTEST_SENTENCE, _LONGEST_SENTENCE = 30, 400
_SEED, _SCALE = 1, 0.02
_SHORTEST_SECRET = 8
"""Shorter text is found by chance."""
_LOUDLY = {"NO_PROXY": "*", "LOG_LEVEL": "DEBUG"}


@dataclass(frozen=True)
class Outcome:
    """What one command came to."""

    exit_code: int
    stdout: str
    stderr: str


Door = Callable[[list[str]], Outcome]
"""Runs the connector with these arguments."""


def front_door(arguments: list[str]) -> Outcome:
    """Run the installed command as a process of its own, at DEBUG, where it says the most."""
    return _ended([*COMMAND, *arguments])


def container_door(arguments: list[str]) -> Outcome:
    """Run the image, which finds BILL on this machine's own network, at DEBUG."""
    flags = [f"--env={name}={value}" for name, value in _LOUDLY.items()]
    return _ended(docker_run_command(arguments, ["--network=host", *flags]))


def _ended(arguments: list[str]) -> Outcome:
    ended = subprocess.run(
        arguments,
        check=False,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=_LONGEST_SECONDS,
        env={**os.environ, **_LOUDLY},
    )
    return Outcome(ended.returncode, ended.stdout.decode(), ended.stderr.decode())


@contextlib.contextmanager
def patient_bill() -> Iterator[Emulator]:
    """Run a BILL whose limits no number of cases reaches."""
    with Emulator(seed=_SEED, scale=_SCALE, latency_ms=1) as bill:
        bill.options(login_limit=10**6, hourly_limit=10**6, concurrent_limit=100)
        yield bill


def cases(bill: Emulator) -> list[Case]:
    """Give the whole table, for this BILL."""
    good: Json = {**bill.config(), "anchor_date": "2000-01-01"}
    catalog = configured_catalog(["bills", "roles"])
    table = [*configs(good, catalog), *states(good, catalog), *catalogs(good, catalog)]
    return [replace(case, secrets=_secrets_in(case.config)) for case in table]


def _secrets_in(config: bytes) -> dict[str, str]:
    """Give password and key as they stand in a file, if they are of any length and can be read."""
    try:
        found = json.loads(config)
    except (ValueError, RecursionError):
        return {}
    values = found if isinstance(found, dict) else {}
    texts = {name: values.get(name) for name in ("password", "dev_key")}
    # half a surrogate pair has no bytes that could be searched for
    known = {n: t.encode(errors="ignore").decode() for n, t in texts.items() if isinstance(t, str)}
    return {f"its own {n}": text for n, text in known.items() if len(text) >= _SHORTEST_SECRET}


@dataclass(frozen=True)
class Known:
    """What BILL has: the rows that the cases read, and numbers that stand in records alone."""

    bill: Emulator
    rows: Mapping[str, list[Json]]
    numbers: frozenset[str]

    @classmethod
    def at(cls, bill: Emulator) -> Self:
        """Ask BILL once, before any case."""
        rows = {name: bill.data(name) for name in ("bills", "roles", "vendors", "bank_accounts")}
        return cls(bill, rows, frozenset(private_numbers(list(rows.values()))))


def complaints(case: Case, door: Door, known: Known) -> list[str]:
    """Run a case with `read`, and `check` if it is about the configuration; say what is wrong."""
    secrets = Secrets(known.bill, known.bill.config())

    def leaks_in(outcome: Outcome) -> list[str]:
        said = (outcome.stdout + outcome.stderr).encode()
        return [*secrets.found_in(said, known.numbers), *leaks(said, case.secrets)]

    with tempfile.TemporaryDirectory(prefix="bad-input-") as folder:
        files = {"config": case.config, "catalog": case.catalog, "state": case.state}
        paths = {}
        for name, content in files.items():
            if content is not None:
                path = Path(folder) / f"{name}.json"
                path.write_bytes(content)
                paths[name] = ["--" + name, str(path)]
        read = door(["read", *(word for pair in paths.values() for word in pair)])
        found = [f"read: {what}" for what in _wrong_with_read(case.expected, read, known)]
        found += [f"read shows {leak}" for leak in leaks_in(read)]
        if case.is_checked:
            checked = door(["check", *paths["config"]])
            found += [f"check: {what}" for what in _wrong_with_check(case.expected, checked)]
            found += [f"check shows {leak}" for leak in leaks_in(checked)]
    return found


def _wrong_with_read(expected: Told | Taken, outcome: Outcome, known: Known) -> Iterator[str]:
    messages = yield from _messages(outcome)
    errors = [m["trace"]["error"] for m in messages if m.get("trace", {}).get("type") == "ERROR"]
    if isinstance(expected, Taken):
        if outcome.exit_code or errors:
            yield f"exit code {outcome.exit_code}, {[error['message'] for error in errors]}"
        yield from _wrong_rows(expected, messages, known)
        return
    if outcome.exit_code != 1:
        yield f"exit code {outcome.exit_code}, not 1"
    if expected.stream is not None:
        # the sync's closing error comes on top, after the other streams are done
        errors = [e for e in errors if (e.get("stream_descriptor") or {}).get("name")]
    if len(errors) != 1:
        yield f"{len(errors)} errors: {[error['message'] for error in errors]}"
    for error in errors[:1]:
        yield from _wrong_with_sentence(error["message"], expected.words)
        if error.get("failure_type") != "config_error":
            yield f"a {error.get('failure_type')}, although only the user can mend it"
        name = (error.get("stream_descriptor") or {}).get("name")
        if expected.stream is not None and name != expected.stream:
            yield f"the error is about {name}, not {expected.stream}"


def _wrong_with_check(expected: Told | Taken, outcome: Outcome) -> Iterator[str]:
    messages = yield from _messages(outcome)
    if outcome.exit_code:
        yield f"exit code {outcome.exit_code}, not 0"
    found = [m["connectionStatus"] for m in messages if m["type"] == "CONNECTION_STATUS"]
    if len(found) != 1:
        yield f"{len(found)} connection statuses"
        return
    (status,) = found
    if isinstance(expected, Taken):
        if status["status"] != "SUCCEEDED":
            yield f"failed: {status.get('message')}"
        return
    if status["status"] != "FAILED":
        yield f"status {status['status']}, not FAILED"
    yield from _wrong_with_sentence(status.get("message", ""), expected.words)


def _wrong_with_sentence(text: str, words: tuple[str, ...]) -> Iterator[str]:
    is_one = text.endswith(".") and text.isprintable()
    if not is_one or not _SHORTEST_SENTENCE < len(text) < _LONGEST_SENTENCE:
        yield f"not one sentence of a sensible length: {text[:500]!r}"
    for word in words:
        if word not in text:
            yield f"{word!r} is not in {text[:500]!r}"


def _wrong_rows(expected: Taken, messages: list[Json], known: Known) -> Iterator[str]:
    records = [m["record"] for m in messages if m["type"] == "RECORD"]
    for name, since in expected.since.items():
        found = sorted(r["data"]["id"] for r in records if r["stream"] == name)
        wanted = sorted(row["id"] for row in known.rows[name] if _is_since(row, since))
        if not wanted:
            yield f"nothing to read in {name}: the case proves nothing"
        if found != wanted:
            yield f"{len(found)} rows of {name} were read, not {len(wanted)}"


def _is_since(row: Json, since: datetime | None) -> bool:
    return since is None or datetime.fromisoformat(row["updatedTime"]) >= since


def _messages(outcome: Outcome) -> Any:
    """Give the messages, and complain of what is none."""
    if outcome.stderr:
        yield f"stderr is not silent: {outcome.stderr[-500:]!r}"
    if "Traceback" in outcome.stdout:
        yield "a traceback"
    messages: list[Json] = []
    for line in outcome.stdout.splitlines():
        try:
            message = json.loads(line)
            AirbyteMessageSerializer.load(message)
            messages.append(message)
        except Exception:  # noqa: BLE001 - whatever makes it none
            yield f"not an Airbyte message: {line[:200]!r}"
    return messages


def _failures(
    table: list[Case], door: Door, known: Known, report_progress: Callable[[str], None]
) -> dict[str, list[str]]:
    """Run cases through a door, two at a time; give the complaints of those that have any."""
    failures: dict[str, list[str]] = {}
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        outcomes = pool.map(lambda case: complaints(case, door, known), table)
        for number, (case, found) in enumerate(zip(table, outcomes, strict=True), 1):
            if found:
                failures[case.name] = found
                report_progress(f"bad input: {case.name}: {'; '.join(found)}")
            if number % 25 == 0:
                report_progress(f"bad inputs: {number} of {len(table)}")
    return failures


def run(report_progress: Callable[[str], None]) -> dict[str, Any]:
    """Run the whole table through the front door and a part through the image; give the figures."""
    with patient_bill() as bill:
        table, known = cases(bill), Known.at(bill)
        failures = _failures(table, front_door, known, report_progress)
        inside = table[::_EACH_IN_THE_CONTAINER] if has_image() else []
        failures_inside = _failures(inside, container_door, known, report_progress)
    understood = sum(isinstance(case.expected, Taken) for case in table)
    bad = [f"{name}: {'; '.join(found)}" for name, found in failures.items()]
    bad += [f"{name}, in the container: {'; '.join(f)}" for name, f in failures_inside.items()]
    return {
        "total": len(table),
        "answered": len(table) - len(failures),
        "refused_in_one_sentence": len(table) - understood,
        "understood": understood,
        "in_the_container": len(inside),
        "answered_in_the_container": len(inside) - len(failures_inside),
        "bad": bad,
    }
