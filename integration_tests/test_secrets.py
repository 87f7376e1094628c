"""The connector's output has no secret in any encoding. `make reliability` searches more."""

from __future__ import annotations

import base64
import html
import json
import logging
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import quote, quote_plus

import pytest
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from reliability.harness import in_process
from reliability.harness.captured_output import private_numbers
from reliability.harness.secret_search import leaks
from reliability.parts import secrets
from source_billcom.source import SourceBillcom
from testing.connector import FORKED

if TYPE_CHECKING:
    from bill_emulator.process import Emulator
    from reliability.harness.sync_result import Event

SECRET = secrets.PASSWORD
ENCODINGS = {
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


@pytest.mark.parametrize("text", ENCODINGS.values(), ids=ENCODINGS.keys())
def test_a_secret_is_found_in_every_encoding(text: str) -> None:
    output = f"before {text} after".encode()
    assert leaks(output, {"password": SECRET})
    assert leaks(output, {"another": "correct-horse-battery"}) == []


@pytest.mark.parametrize("before", ["", "u", "us", "user:", "ada@example.com:"])
@pytest.mark.parametrize("after", ["", ":", "@host"])
def test_a_secret_is_found_in_base64_whatever_is_around_it(before: str, after: str) -> None:
    raw = f"{before}{SECRET}{after}".encode()
    for encoded in (base64.b64encode(raw), base64.urlsafe_b64encode(raw)):
        assert leaks(b"Basic " + encoded, {"password": SECRET})


def test_a_bank_number_may_only_be_in_a_record() -> None:
    number = "009983584"
    record = b'{"type":"RECORD","record":{"data":{"routingNumber":"009983584"}}}'
    log = b'{"type":"LOG","log":{"level":"INFO","message":"Bad row: 009983584"}}'
    assert leaks(record, {}, [number]) == []
    (leak,) = leaks(record + b"\n" + log, {}, [number])
    assert number not in leak


def test_no_secret_is_in_the_output_when_bill_quotes_it_or_sends_invalid_responses() -> None:
    searched = secrets.search_program(FORKED, scenarios=secrets.SHORT)
    assert searched.findings == []
    assert searched.runs >= 4


def test_each_sync_in_process_finds_secrets_in_its_output(bill: Emulator) -> None:
    """The rounds, the matrix, the storms and the state machine all read in this way."""

    def log_secrets(event: Event) -> None:
        if event.kind == "status" and event.content == "COMPLETE":
            session = bill.sessions_handed_out()[-1]
            logging.getLogger("urllib3").debug("in base64 %s", base64.b64encode(session.encode()))
        for number in private_numbers(event.content) if event.kind == "record" else ():
            logging.getLogger("airbyte").warning("A bad row has %s.", number)

    clean = in_process.sync(bill, [], streams=["bank_accounts"])
    result = in_process.sync(bill, [], streams=["bank_accounts"], on_event=log_secrets)
    assert clean.crash is None
    assert result.crash is not None
    assert "session 1, in base64" in result.crash
    assert "a number that ends in" in result.crash


def test_the_last_error_of_a_sync_is_searched_too(
    bill: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is about no stream, so it does not pass through the streams' own messages."""
    quoted = base64.b64encode(bill.config()["password"].encode()).decode()

    def fail(*_: object) -> NoReturn:
        raise AirbyteTracedException(message=f"Cannot sign in with {quoted}.")

    monkeypatch.setattr(SourceBillcom, "read", fail)
    result = in_process.sync(bill, [], streams=["roles"])
    assert result.errors[-1].stream == ""
    assert result.crash is not None
    assert "password, in base64" in result.crash
