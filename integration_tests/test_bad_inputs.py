"""Wrong files of every kind: the whole table in this process, and some through the front door."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn

import pytest

from reliability.cases.bad_input import Case, Taken, as_bytes, told
from reliability.parts.bad_inputs import (
    Door,
    Known,
    Outcome,
    cases,
    complaints,
    front_door,
    patient_bill,
)
from source_billcom.cli.run import run
from testing.connector import COMMAND
from unit_tests.fakes import parse_the_cdks_schema_once

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bill_emulator.process import Emulator

LEAST_CASES = 60
THROUGH_THE_FRONT_DOOR = (
    "a byte order mark in front",
    "latin-1",
    "brackets 100,000 deep",
    "invisible characters around them",
    "half a surrogate pair as password",
    "http to IPv4 within IPv6",
    "a lookback of 5,000 digits",
    "a word as cursor",
    "a list as a stream's state",
    "a cursor in another zone",
    "a stream twice",
    "a stream that does not exist",
)


@pytest.fixture(scope="module")
def table_bill() -> Iterator[Emulator]:
    with patient_bill() as bill:
        yield bill


@pytest.fixture(scope="module")
def table(table_bill: Emulator) -> list[Case]:
    return cases(table_bill)


@pytest.fixture(scope="module")
def known(table_bill: Emulator) -> Known:
    return Known.at(table_bill)


@pytest.fixture
def side_door(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    """Give the command line in this process: all of it but the start of the interpreter."""

    def leave(code: int) -> NoReturn:
        raise SystemExit(code)

    def door(arguments: list[str]) -> Outcome:
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
    yield door
    signal.pthread_sigmask(signal.SIG_SETMASK, usual)


def test_every_bad_input_is_answered_in_one_sentence_or_understood(
    table: list[Case], side_door: Door, known: Known
) -> None:
    failures = {case.name: found for case in table if (found := complaints(case, side_door, known))}
    assert failures == {}
    assert len({case.name for case in table}) == len(table) >= LEAST_CASES


@pytest.mark.parametrize("name", THROUGH_THE_FRONT_DOOR)
def test_a_bad_input_is_answered_by_a_process_of_its_own(
    name: str, table: list[Case], known: Known
) -> None:
    (case,) = (case for case in table if case.name == name)
    assert complaints(case, front_door, known) == []


def test_a_case_whose_answer_is_another_is_not_counted_as_answered(
    table: list[Case], side_door: Door, known: Known
) -> None:
    """The judge can say no: the same inputs, with other expectations, have complaints."""
    by_name = {case.name: case for case in table}
    refused, taken = by_name["a word as date"], by_name["a day as cursor"]
    other_words = Case("", told("Lookback"), refused.config, refused.catalog, is_checked=True)
    understood = Case("", Taken("?", {"roles": None}), refused.config, refused.catalog)
    all_rows = Case("", Taken("?", {"bills": None}), taken.config, taken.catalog, taken.state)
    words = {"a word of the sentence": "is not a date"}
    quoted = replace(refused, secrets=words)
    for case in (other_words, understood, all_rows, quoted):
        assert complaints(case, side_door, known) != []


def test_an_answer_may_not_show_a_session_or_a_bank_number(
    table: list[Case], side_door: Door, known: Known
) -> None:
    by_name = {case.name: case for case in table}
    number = min(known.numbers)

    def talkative_door(arguments: list[str]) -> Outcome:
        outcome = side_door(arguments)
        session = known.bill.sessions_handed_out()[-1]
        line = {"level": "INFO", "message": f"{session} {number}"}
        log = json.dumps({"type": "LOG", "log": line})
        return replace(outcome, stdout=f"{outcome.stdout}{log}\n")

    taken = by_name["a day as cursor"]
    assert complaints(taken, side_door, known) == []
    found = complaints(taken, talkative_door, known)
    assert any("session" in complaint for complaint in found)
    assert any("a number that ends in" in complaint for complaint in found)
    assert by_name["a key in quotes"].secrets["its own dev_key"].startswith('"')


def test_the_configuration_may_come_through_a_pipe(table_bill: Emulator) -> None:
    """As a shell's `--config <(vault ...)` hands it over: it can be read but once."""
    reading, writing = os.pipe()
    os.write(writing, as_bytes(table_bill.config()))
    os.close(writing)
    path = f"/dev/fd/{reading}"
    command = [*COMMAND, "check", "--config", path]
    ended = subprocess.run(command, capture_output=True, check=True, pass_fds=[reading])
    os.close(reading)
    status = json.loads(ended.stdout.splitlines()[-1])["connectionStatus"]
    assert status == {"status": "SUCCEEDED"}


def test_a_files_name_that_cannot_be_printed_leaves_one_sentence() -> None:
    nowhere = b"/nowhere/\xff\n\x1b[31m.json"
    ended = subprocess.run(
        [*COMMAND, "check", "--config", nowhere], capture_output=True, check=True
    )
    (line,) = ended.stdout.splitlines()
    assert "/nowhere/???[31m.json cannot be read" in json.loads(line)["connectionStatus"]["message"]
