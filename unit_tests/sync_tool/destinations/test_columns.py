"""Names and kinds of columns, and values that fit them or not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from sync_tool.destinations import DestinationError, Table
from sync_tool.destinations.columns import Column, Kind, RowConverter, column_name, columns_of
from testing.catalog import catalog
from unit_tests.sync_tool.destinations.tables import BILLS

if TYPE_CHECKING:
    from testing.rows import Json


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ("id", "id"),
        ("payFromChartOfAccountId", "pay_from_chart_of_account_id"),
        ("invoicePDFId", "invoice_pdf_id"),
        ("vendorID", "vendor_id"),
        ("track1099Vendor", "track1099_vendor"),
        ("a-strange.Name", "a_strange_name"),
        ("already_there", "already_there"),
    ],
)
def test_a_column_has_the_snake_case_name_of_its_field(field: str, name: str) -> None:
    assert column_name(field) == name


@pytest.mark.parametrize("stream", catalog(), ids=lambda stream: str(stream["name"]))
def test_every_field_of_every_stream_has_a_column_of_its_own_with_a_plain_name(
    stream: Json,
) -> None:
    fields = stream["json_schema"]["properties"]

    columns = columns_of(stream["json_schema"])

    assert [column.field for column in columns] == [*fields, ""]
    assert all(re.fullmatch(r"_?[a-z][a-z0-9]*(_[a-z0-9]+)*", each.name) for each in columns)


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"type": "string"}, Kind.TEXT),
        ({"type": ["null", "string"]}, Kind.TEXT),
        ({"type": ["null", "string"], "format": "date"}, Kind.DATE),
        ({"type": "string", "format": "date-time"}, Kind.TIME),
        ({"type": ["null", "number"]}, Kind.NUMBER),
        ({"type": "integer"}, Kind.INTEGER),
        ({"type": ["boolean", "null"]}, Kind.BOOLEAN),
        ({"type": ["null", "object"]}, Kind.JSON),
        ({"type": "array"}, Kind.JSON),
        ({"type": ["string", "number"]}, Kind.JSON),
        ({}, Kind.JSON),
    ],
)
def test_the_kind_of_a_column_follows_from_the_schema(schema: Json, kind: Kind) -> None:
    assert columns_of({"properties": {"x": schema}})[0] == Column("x", kind, "x")


def test_of_two_fields_with_one_name_the_first_gets_the_column() -> None:
    table = Table("t", {"properties": {"id": {}, "aB": {}, "a_b": {}}}, ("id",), replace=False)

    converter = RowConverter(table)

    assert [column.name for column in converter.columns] == ["id", "a_b", "_unmapped"]
    (row,) = converter.convert([b'{"id":"1","aB":1,"a_b":2}']).values()
    assert row == ['"1"', "1", '{"a_b":2}']


def converted(field: str, value: Any) -> tuple[str | None, Any]:
    """Return what a value becomes in its column, and what `_unmapped` has."""
    converter = RowConverter(BILLS)
    (row,) = converter.convert([orjson.dumps({"id": "1", field: value})]).values()
    (index,) = (i for i, column in enumerate(converter.columns) if column.field == field)
    return row[index], row[-1] and orjson.loads(row[-1])


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("vendorName", "Ünïcødé 'quoted'", "Ünïcødé 'quoted'"),
        ("vendorName", 7, "7"),
        ("vendorName", {"a": 1}, '{"a":1}'),
        ("dueAmount", 0.1, "0.1"),
        ("dueAmount", 12345678.12, "12345678.12"),
        ("dueAmount", -5, "-5"),
        ("lineCount", 12.0, "12"),
        ("archived", False, "false"),
        ("dueDate", "2024-02-29", "2024-02-29"),
        ("updatedTime", "2024-01-31T10:00:00.000+00:00", "2024-01-31T10:00:00+00:00"),
        ("updatedTime", "2024-01-31T10:00:00-07:00", "2024-01-31T17:00:00+00:00"),
        ("updatedTime", "2024-01-31T10:00:00Z", "2024-01-31T10:00:00+00:00"),
        ("updatedTime", "2024-01-31T10:00:00.123456", "2024-01-31T10:00:00.123456+00:00"),
        ("billLineItems", [{"amount": 1.1}], '[{"amount":1.1}]'),
        ("billLineItems", "text", '"text"'),
    ],
)
def test_a_value_that_fits_is_text_for_its_column(field: str, value: Any, text: str) -> None:
    assert converted(field, value) == (text, None)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("dueAmount", "12.50 USD"),
        ("dueAmount", True),
        ("dueAmount", 1e29),
        ("lineCount", 1.5),
        ("lineCount", 2**63),
        ("archived", "true"),
        ("archived", 1),
        ("dueDate", "2023-02-29"),
        ("dueDate", ""),
        ("dueDate", "today"),
        ("dueDate", "0000-00-00"),
        ("dueDate", "2024-01-31T00:00:00Z"),
        ("updatedTime", "infinity"),
        ("updatedTime", "2024-01-31"),
        ("updatedTime", "2024-01-31T25:00:00Z"),
        ("updatedTime", "0001-01-01T00:00:00+10:00"),
        ("updatedTime", 1706695200),
    ],
)
def test_a_value_that_does_not_fit_is_kept_in_unmapped(field: str, value: Any) -> None:
    assert converted(field, value) == (None, {field: value})


def test_null_fits_every_column() -> None:
    assert converted("dueAmount", None) == (None, None)


def test_a_row_without_its_key_cannot_be_stored() -> None:
    with pytest.raises(DestinationError, match="a row of bills without id, which cannot be stored"):
        RowConverter(BILLS).convert([b'{"vendorName":"A"}'])
