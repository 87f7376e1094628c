"""What the connector says, searched for secrets in every form; more by `make reliability`."""

from __future__ import annotations

import base64
import html
import json
import logging
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

import pytest

from reliability.harness import in_process
from reliability.harness.captured_output import private_numbers
from reliability.harness.secret_search import leaks
from reliability.parts import secrets
from testing.connector import COMMAND

if TYPE_CHECKING:
    from bill_emulator.process import Emulator
    from reliability.harness.sync_result import Event

SECRET = secrets.PASSWORD
FORMS = {
    "plain": SECRET,
    "quoted for a path": quote(SECRET),
    "quoted for a query": quote_plus(SECRET).lower(),
    "JSON": json.dumps({"password": SECRET}),
    "JSON of letters": json.dumps({"password": SECRET}, ensure_ascii=False),
    "JSON in JSON": json.dumps({"log": json.dumps({"password": SECRET})}),
    "a Python dict": str({"password": SECRET}),
    "HTML": html.escape(SECRET),
    "hexadecimal": SECRET.encode().hex().upper(),
}


@pytest.mark.parametrize("said", FORMS.values(), ids=FORMS.keys())
def test_a_secret_is_found_in_every_form(said: str) -> None:
    output = f"before {said} after".encode()
    assert leaks(output, {"password": SECRET})
    assert leaks(output, {"another": "correct-horse-battery"}) == []


@pytest.mark.parametrize("before", ["", "u", "us", "user:", "ada@example.com:"])
@pytest.mark.parametrize("after", ["", ":", "@host"])
def test_a_secret_is_found_in_base64_whatever_stands_around_it(before: str, after: str) -> None:
    raw = f"{before}{SECRET}{after}".encode()
    for encoded in (base64.b64encode(raw), base64.urlsafe_b64encode(raw)):
        assert leaks(b"Basic " + encoded, {"password": SECRET})


def test_a_bank_number_may_be_in_a_record_and_nowhere_else() -> None:
    number = "009983584"
    record = b'{"type":"RECORD","record":{"data":{"routingNumber":"009983584"}}}'
    log = b'{"type":"LOG","log":{"level":"INFO","message":"Bad row: 009983584"}}'
    assert leaks(record, {}, [number]) == []
    (leak,) = leaks(record + b"\n" + log, {}, [number])
    assert number not in leak


def test_nothing_secret_is_said_when_bill_quotes_it_or_answers_nonsense() -> None:
    said = secrets.search_program(COMMAND, scenarios=secrets.SHORT)
    assert said.findings == []
    assert said.runs >= 4


def test_each_sync_of_the_suite_finds_what_it_must_not_say(bill: Emulator) -> None:
    """The rounds, the matrix, the storms and the state machine all read this way."""

    def say_secrets(event: Event) -> None:
        if event.kind == "status" and event.content == "COMPLETE":
            session = bill.sessions_handed_out()[-1]
            logging.getLogger("urllib3").debug("in base64 %s", base64.b64encode(session.encode()))
        for number in private_numbers(event.content) if event.kind == "record" else ():
            logging.getLogger("airbyte").warning("A bad row has %s.", number)

    quiet = in_process.sync(bill, [], streams=["bank_accounts"])
    said = in_process.sync(bill, [], streams=["bank_accounts"], on_event=say_secrets)
    assert quiet.crash is None
    assert said.crash is not None
    assert "session 1, in base64" in said.crash
    assert "a number that ends in" in said.crash


def test_a_syncs_last_words_are_searched_too(bill: Emulator) -> None:
    """The error that ends a sync is about no stream; masks do not know all forms of a secret."""
    quoted = base64.b64encode(bill.config()["password"].encode()).decode()
    message = f"Cannot sign in with {quoted}"
    bill.fault("error", path="/v3/login", status=400, code="BDC_1999", message=message)
    said = in_process.sync(bill, [], streams=["roles"])
    assert said.errors[-1].stream == ""
    assert said.crash is not None
    assert "password, in base64" in said.crash
