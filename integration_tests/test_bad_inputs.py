"""Bad inputs of every kind: all cases in this process, and some with a process of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn

import pytest

from reliability.cases.input_case import Accepted, Case, Rejected, as_bytes
from reliability.parts.bad_inputs import (
    BillData,
    Outcome,
    Runner,
    all_cases,
    problems,
    run_command,
    unlimited_bill,
)
from source_billcom.cli.run import run
from testing.connector import COMMAND
from unit_tests.fakes import parse_the_cdks_schema_once

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bill_emulator.process import Emulator

LEAST_CASES = 60
IN_A_PROCESS_OF_THEIR_OWN = (
    "brackets 100,000 deep",
    "half a surrogate pair as password",
    "a stream twice",
    *(
        pytest.param(name, marks=pytest.mark.slow)
        for name in (
            "a byte order mark in front",
            "latin-1",
            "invisible characters around them",
            "http to IPv4 within IPv6",
            "a lookback of 5,000 digits",
            "a word as cursor",
            "a list as a stream's state",
            "a cursor in another zone",
            "a stream that does not exist",
        )
    ),
)


@pytest.fixture(scope="module")
def cases_bill() -> Iterator[Emulator]:
    with unlimited_bill() as bill:
        yield bill


@pytest.fixture(scope="module")
def cases(cases_bill: Emulator) -> list[Case]:
    return all_cases(cases_bill)


@pytest.fixture(scope="module")
def data(cases_bill: Emulator) -> BillData:
    return BillData.of(cases_bill)


@pytest.fixture
def in_process(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Runner]:
    """Return the command line in this process: everything except the start of the interpreter."""

    def leave(code: int) -> NoReturn:
        raise SystemExit(code)

    def run_in_process(arguments: list[str]) -> Outcome:
        capfd.readouterr()
        code = 0
        try:
            run(arguments)
        except SystemExit as end:
            code = int(end.code or 0)
        return Outcome(code, *capfd.readouterr())

    parse_the_cdks_schema_once(monkeypatch)
    usual = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    monkeypatch.setattr(os, "_exit", leave)
    yield run_in_process
    signal.pthread_sigmask(signal.SIG_SETMASK, usual)


def test_every_bad_input_is_rejected_with_one_message_or_accepted(
    cases: list[Case], in_process: Runner, data: BillData
) -> None:
    failed = {case.name: found for case in cases if (found := problems(case, in_process, data))}
    assert failed == {}
    assert len({case.name for case in cases}) == len(cases) >= LEAST_CASES


@pytest.mark.parametrize("name", IN_A_PROCESS_OF_THEIR_OWN)
def test_a_bad_input_is_answered_by_a_process_of_its_own(
    name: str, cases: list[Case], data: BillData
) -> None:
    (case,) = (case for case in cases if case.name == name)
    assert problems(case, run_command, data) == []


def test_a_case_with_another_answer_than_expected_has_problems(
    cases: list[Case], in_process: Runner, data: BillData
) -> None:
    """The same inputs with other expectations must not pass."""
    by_name = {case.name: case for case in cases}
    wrong, right = by_name["a word as date"], by_name["a day as cursor"]
    lookback, roles, bills = Rejected(("Lookback",)), {"roles": None}, {"bills": None}
    for case in (
        replace(wrong, expected=lookback),
        replace(wrong, expected=Accepted("?", roles)),
        replace(wrong, secrets={"words of the message": "is not a date"}),
        replace(right, expected=Accepted("?", bills)),
    ):
        assert problems(case, in_process, data) != []


def test_an_answer_may_not_show_a_session_or_a_bank_number(
    cases: list[Case], in_process: Runner, data: BillData
) -> None:
    by_name = {case.name: case for case in cases}
    number = min(data.numbers)

    def run_with_a_leak(arguments: list[str]) -> Outcome:
        outcome = in_process(arguments)
        session = data.bill.sessions_handed_out()[-1]
        line = {"level": "INFO", "message": f"{session} {number}"}
        log = json.dumps({"type": "LOG", "log": line})
        return replace(outcome, stdout=f"{outcome.stdout}{log}\n")

    accepted = by_name["a day as cursor"]
    assert problems(accepted, in_process, data) == []
    found = problems(accepted, run_with_a_leak, data)
    assert any("session" in problem for problem in found)
    assert any("a number that ends in" in problem for problem in found)
    assert by_name["a key in quotes"].secrets["its own dev_key"].startswith('"')


def test_the_configuration_may_come_through_a_pipe(cases_bill: Emulator) -> None:
    """A shell passes `--config <(vault ...)` in this way. A pipe can be read only once."""
    reading, writing = os.pipe()
    os.write(writing, as_bytes(cases_bill.config()))
    os.close(writing)
    path = f"/dev/fd/{reading}"
    command = [*COMMAND, "check", "--config", path]
    ended = subprocess.run(command, capture_output=True, check=True, pass_fds=[reading])
    os.close(reading)
    status = json.loads(ended.stdout.splitlines()[-1])["connectionStatus"]
    assert status == {"status": "SUCCEEDED"}


def test_an_unprintable_file_name_still_gives_one_clear_message() -> None:
    nowhere = b"/nowhere/\xff\n\x1b[31m.json"
    ended = subprocess.run(
        [*COMMAND, "check", "--config", nowhere], capture_output=True, check=True
    )
    (line,) = ended.stdout.splitlines()
    assert "/nowhere/???[31m.json cannot be read" in json.loads(line)["connectionStatus"]["message"]
