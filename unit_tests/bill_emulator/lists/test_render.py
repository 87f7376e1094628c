"""Rows and errors as JSON under the options, and the options themselves."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

import orjson
import pytest

from bill_emulator.errors import BillError, Problem, error_answer
from bill_emulator.lists.render import Renderer
from bill_emulator.options import Options, changed
from bill_emulator.options.fields import BadOptionError
from bill_emulator.options.table import with_table
from unit_tests.bill_emulator.small_bill import NOW

ROW: dict[str, Any] = {
    "id": "00n1",
    "amount": 100.0,
    "billLineItems": [{"id": "bli1", "amount": 0.5, "quantity": 2.0}],
    "invoice": {"invoiceNumber": "7"},
    "dueDate": "2026-01-02",
    "archived": False,
    "approvers": [{"userId": "0061", "statusChangedTime": "2026-01-02T03:04:05.000+00:00"}],
    "createdTime": "2026-01-02T03:04:05.000+00:00",
    "updatedTime": "2026-01-02T03:04:05.000+00:00",
}


def rendered(**options: Any) -> dict[str, Any]:
    renderer = Renderer(changed(Options(), options))
    row: dict[str, Any] = orjson.loads(renderer.json("bills", ROW))
    return row


def test_a_row_is_sent_as_it_is_by_default() -> None:
    assert rendered() == ROW
    assert b'"amount":100.0' in Renderer(Options()).json("bills", ROW)


def test_fields_without_a_value_may_be_null() -> None:
    row = rendered(unpopulated="null")
    assert row["description"] is None
    assert row["invoice"] == {"invoiceNumber": "7", "invoiceDate": None}
    assert row["billLineItems"][0]["description"] is None


@pytest.mark.parametrize(
    ("options", "time"),
    [
        ({"time_suffix": "Z"}, "2026-01-02T03:04:05.000Z"),
        ({"time_suffix": "+0000"}, "2026-01-02T03:04:05.000+0000"),
        ({"time_fraction": "none"}, "2026-01-02T03:04:05+00:00"),
    ],
)
def test_times(options: dict[str, str], time: str) -> None:
    row = rendered(**options)
    assert row["updatedTime"] == row["approvers"][0]["statusChangedTime"] == time
    assert row["dueDate"] == "2026-01-02"


def test_numbers() -> None:
    assert rendered(numbers="string")["amount"] == "100.0"
    assert rendered(numbers="string")["archived"] is False
    whole = Renderer(changed(Options(), {"whole_numbers": "integer"})).json("bills", ROW)
    assert b'"amount":100,' in whole
    assert b'"amount":0.5' in whole


def test_rows_can_have_undocumented_fields() -> None:
    assert set(rendered(extra_fields=True)) > set(ROW)


def test_approvers_may_need_a_parameter() -> None:
    renderer = Renderer(changed(Options(), {"bill_approvers": "parameter"}))
    assert "approvers" not in orjson.loads(renderer.json("bills", ROW, approvers=False))
    assert "approvers" in orjson.loads(renderer.json("bills", ROW, approvers=True))


def test_a_new_version_of_a_row_is_serialized_again() -> None:
    renderer = Renderer(Options())
    renderer.json("bills", ROW)
    assert orjson.loads(renderer.json("bills", {**ROW, "amount": 1.0}))["amount"] == 1.0


ERROR = BillError(422, [Problem("BDC_1144", "full")])


def test_an_error_is_an_array_by_default() -> None:
    answer = error_answer(ERROR, "array", NOW)
    assert answer.status == 422
    assert orjson.loads(answer.body) == [
        {
            "timestamp": "2026-06-01T12:00:00.000+00:00",
            "code": "BDC_1144",
            "severity": "ERROR",
            "category": "DOWNSTREAM",
            "message": "full",
        }
    ]


def test_a_validation_failure_has_neither_code_nor_category() -> None:
    answer = error_answer(BillError(400, [Problem(None, "x: must not be null")]), "array", NOW)
    assert set(orjson.loads(answer.body)[0]) == {"timestamp", "severity", "message"}


def test_the_other_shapes_of_errors() -> None:
    assert orjson.loads(error_answer(ERROR, "object", NOW).body)["code"] == "BDC_1144"
    assert orjson.loads(error_answer(ERROR, "codeless", NOW).body) == {"message": "full"}
    assert error_answer(ERROR, "html", NOW).content_type.startswith("text/html")
    under_200 = error_answer(ERROR, "array_200", NOW)
    assert under_200.status == 200
    assert orjson.loads(under_200.body)[0]["code"] == "BDC_1144"


@pytest.mark.parametrize(
    "change",
    [
        {"nothing": 1},
        {"limit_status": 418},
        {"hourly_limit": "many"},
        {"extra_fields": "perhaps"},
        {"forbidden_lists": "bills,nothing"},
    ],
)
def test_a_wrong_option_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(BadOptionError):
        changed(Options(), change)


def test_options_are_read_from_text() -> None:
    texts = {"limit_status": "429", "extra_fields": "true", "forbidden_lists": "bills, users"}
    options = changed(Options(), texts)
    assert options.limit_status == 429
    assert options.extra_fields is True
    assert options.forbidden_lists == ("bills", "users")


def test_every_option_says_how_its_default_is_known() -> None:
    for field in dataclasses.fields(Options):
        assert re.search(r"\[(DOC|LIVE|CODE|CONTRA|INFER|UNKNOWN)", field.metadata["evidence"])
        assert field.metadata["about"]
        allowed = field.metadata["values"]
        assert not allowed or field.default in allowed


def test_the_documented_table_of_options_equals_the_options() -> None:
    page = Path(__file__).parents[3] / "docs" / "emulator.md"
    text = page.read_text(encoding="utf-8")
    assert text == with_table(text), "run: python -m bill_emulator.options.table docs/emulator.md"
    assert text.count("| `limit_status` |") == 1
