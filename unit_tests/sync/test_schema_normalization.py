"""Rows are normalized to their schema: unknown fields are named, other forms are converted."""

import copy
import json
import logging
import math
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_billcom.sync.schema_normalization import RowNormalizer
from testing.streams import load_schema
from unit_tests.fakes import in_threads, quick

TEXT = {"type": ["null", "string"]}
NUMBER = {"type": ["null", "number"]}
TIME = {"type": ["null", "string"], "format": "date-time"}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "amount": NUMBER,
        "count": {"type": "integer"},
        "archived": {"type": ["null", "boolean"]},
        "dueDate": {"type": ["null", "string"], "format": "date"},
        "updatedTime": TIME,
        "address": {
            "type": ["null", "object"],
            "properties": {"city": TEXT, "zip": TEXT, "since": TIME},
        },
        "lines": {
            "type": ["null", "array"],
            "items": {
                "type": "object",
                "properties": {
                    "id": TEXT,
                    "amount": NUMBER,
                    "codes": {"type": ["null", "object"], "properties": {"jobId": TEXT}},
                },
            },
        },
        "tags": {"type": ["null", "array"], "items": TEXT},
    },
}
WHOLE = {
    "id": "1",
    "amount": 1.5,
    "address": {"city": "Graz"},
    "lines": [{"id": "2", "amount": -3, "codes": {"jobId": "3"}}, {"id": "4"}],
    "tags": ["a"],
}
LETTERS = "ABCDEFGHIJKL"
TIMES = st.datetimes().map(lambda moment: f"{moment.isoformat(timespec='milliseconds')}+00:00")
# texts that look like a number or a time, and others
TEXTS = st.sampled_from(
    ["1", "08544", "1e5", "-2.50", "1e999", "NaN", "", "12 USD", "2026-03-10T12:20:30+0000"]
) | st.text(max_size=5)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*SCHEMA["properties"], "city", "codes", "new"]), inner)
    ),
    max_leaves=10,
)
ROWS = st.dictionaries(st.sampled_from([*SCHEMA["properties"], "new"]), JSON)


def matching(schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """Return values that already match a schema."""
    kinds = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    text = TIMES if schema.get("format") == "date-time" else TEXTS
    by_kind: dict[str, Any] = {
        "null": st.none(),
        "boolean": st.booleans(),
        "number": st.integers() | st.floats(allow_nan=False),
        "integer": st.integers(),
        "string": text,
    }
    if "object" in kinds:
        fields = {name: matching(field) for name, field in schema["properties"].items()}
        by_kind["object"] = st.fixed_dictionaries({}, optional=fields)
    if "array" in kinds:
        by_kind["array"] = st.lists(matching(schema["items"]), max_size=3)
    return st.one_of(*(by_kind[kind] for kind in kinds))


def normalized(row: dict[str, Any]) -> dict[str, Any]:
    """Normalize a copy of a row. Its position on the page makes no difference."""
    first, second = copy.deepcopy(row), copy.deepcopy(row)
    RowNormalizer("bills", SCHEMA).normalize_page([first, second])
    assert json.dumps(first) == json.dumps(second)
    return first


@pytest.fixture
def normalizer(caplog: pytest.LogCaptureFixture) -> RowNormalizer:
    """Return the normalizer of the stream bills, with its warnings captured."""
    caplog.set_level(logging.WARNING)
    return RowNormalizer("bills", SCHEMA)


class TestUnknownFields:
    def test_a_row_with_known_fields_causes_no_warning(
        self, normalizer: RowNormalizer, caplog: pytest.LogCaptureFixture
    ) -> None:
        normalizer.normalize_page([copy.deepcopy(WHOLE)])
        normalizer.normalize_page([{"id": "1"}])
        normalizer.normalize_page([{"id": "1", "address": None, "lines": [], "tags": None}])

        assert caplog.messages == []

    @pytest.mark.parametrize(
        ("row", "path"),
        [
            ({"id": "1", "colour": "red"}, "colour"),
            ({"id": "1", "address": {"street": "Ring"}}, "address.street"),
            ({"id": "1", "lines": [{"id": "2"}, {"weight": 3}]}, "lines.weight"),
            ({"id": "1", "lines": [{"codes": {"taxId": "4"}}]}, "lines.codes.taxId"),
        ],
    )
    def test_one_is_reported_with_its_stream_and_path_at_any_depth(
        self,
        normalizer: RowNormalizer,
        caplog: pytest.LogCaptureFixture,
        row: dict[str, Any],
        path: str,
    ) -> None:
        normalizer.normalize_page([row])

        (warning,) = caplog.messages
        assert "in bills" in warning
        assert f": {path}. " in warning

    def test_a_new_field_is_named_once_even_if_many_rows_have_it(
        self, normalizer: RowNormalizer, caplog: pytest.LogCaptureFixture
    ) -> None:
        for number in range(50):
            normalizer.normalize_page(
                [{"id": str(number), "colour": "red", "lines": [{"weight": 1}] * 3}]
            )

        assert len(caplog.messages) == 1

    def test_a_later_warning_does_not_repeat_earlier_fields(
        self, normalizer: RowNormalizer, caplog: pytest.LogCaptureFixture
    ) -> None:
        normalizer.normalize_page([{"id": "1", "colour": "red"}])
        normalizer.normalize_page([{"id": "2", "colour": "red", "size": 3, "brand": "x"}])

        assert ": colour. " in caplog.messages[0]
        assert ": brand, size. " in caplog.messages[1]

    def test_nested_fields_are_checked_in_every_tenth_row_of_a_page(
        self, normalizer: RowNormalizer, caplog: pytest.LogCaptureFixture
    ) -> None:
        rows = [{f"top{letter}": 1, "address": {f"below{letter}": 1}} for letter in LETTERS]

        normalizer.normalize_page(rows)

        (warning,) = caplog.messages
        below = [letter for letter in LETTERS if f"address.below{letter}" in warning]
        assert below == [LETTERS[0], LETTERS[10]]
        assert all(f"top{letter}" in warning for letter in LETTERS)

    def test_the_warning_has_no_values(
        self, normalizer: RowNormalizer, caplog: pytest.LogCaptureFixture
    ) -> None:
        normalizer.normalize_page([{"id": "1", "accountNumber": "40002000"}])

        assert "40002000" not in caplog.text

    def test_twenty_threads_name_a_new_field_only_once(
        self, normalizer: RowNormalizer, caplog: pytest.LogCaptureFixture
    ) -> None:
        in_threads(
            20, lambda number: normalizer.normalize_page([{"id": str(number), "colour": "red"}])
        )

        assert len(caplog.messages) == 1

    def test_each_stream_reports_its_own_fields(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.WARNING)

        for stream in ("bills", "vendors"):
            RowNormalizer(stream, SCHEMA).normalize_page([{"id": "1", "colour": "red"}])

        assert "in bills" in caplog.messages[0]
        assert "in vendors" in caplog.messages[1]

    @quick
    @given(JSON)
    def test_a_new_field_is_passed_on_unchanged(self, value: Any) -> None:
        assert normalized({"id": "1", "new": value, "address": {"new": value}}) == {
            "id": "1",
            "new": value,
            "address": {"new": value},
        }


class TestNumbers:
    @pytest.mark.parametrize(
        ("text", "number"),
        [
            ("7", 7),
            ("-0.10", -0.1),
            ("12345678.90", 12345678.9),
            ("1e3", 1000),
            ("2.5E-1", 0.25),
            ("007", 7),
        ],
    )
    def test_text_of_a_number_becomes_a_number_at_any_depth(self, text: str, number: float) -> None:
        row = {"amount": text, "count": text, "lines": [{"amount": text}, {"id": "1"}]}

        assert normalized(row) == {
            "amount": number,
            "count": number,
            "lines": [{"amount": number}, {"id": "1"}],
        }

    @pytest.mark.parametrize(
        "text",
        [
            "",
            " ",
            "-",
            "1,000.00",
            "1.",
            ".5",
            "+1",
            "12 USD",
            "NaN",
            "Infinity",
            "0x10",
            "1_0",
            "\N{ARABIC-INDIC DIGIT ONE}",
        ],
    )
    def test_text_that_is_not_a_number_stays_text(self, text: str) -> None:
        assert normalized({"amount": text}) == {"amount": text}

    @pytest.mark.parametrize("text", ["1e999", "-1e999", "9" * 400])
    def test_text_of_a_number_that_fits_no_column_stays_text(self, text: str) -> None:
        # as a number it would be infinite, and infinity is null in JSON
        assert normalized({"amount": text}) == {"amount": text}

    @quick
    @given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53), 2**53))
    def test_any_number_survives_the_way_through_text(self, number: float) -> None:
        assert normalized({"amount": json.dumps(number)}) == {"amount": number}

    @pytest.mark.parametrize("number", [0, 7, -1.5, 2**60, True, None])
    def test_numbers_stay_unchanged(self, number: Any) -> None:
        found = normalized({"amount": number})["amount"]

        assert found == number
        assert type(found) is type(number)


class TestTimes:
    @pytest.mark.parametrize(
        ("text", "in_full"),
        [
            ("2026-03-10T12:20:30.000+0000", "2026-03-10T12:20:30.000+00:00"),
            ("2026-03-10T12:20:30-0730", "2026-03-10T12:20:30-07:30"),
            ("2026-03-10T12:20+0100", "2026-03-10T12:20+01:00"),
        ],
    )
    def test_an_offset_gets_a_colon_at_any_depth(self, text: str, in_full: str) -> None:
        row = {"updatedTime": text, "address": {"since": text}}

        assert normalized(row) == {"updatedTime": in_full, "address": {"since": in_full}}

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "2026-03-10T12:20:30.000+00:00",
            "2026-03-10T12:20:30Z",
            "2026-03-10T12:20:30",
            "2026-03-10",
            "soon",
            "SEPT-2026",
            "THIS+0100",
            "T-1000",
        ],
    )
    def test_any_other_text_stays_unchanged(self, text: str) -> None:
        assert normalized({"updatedTime": text}) == {"updatedTime": text}


class TestPlainText:
    @quick
    @given(TEXTS | st.integers().map(str) | st.datetimes().map(lambda time: f"{time:%FT%T}+0000"))
    def test_text_is_never_changed_whatever_it_looks_like(self, text: str) -> None:
        row = {
            "id": text,
            "dueDate": text,
            "address": {"city": text, "zip": text},
            "lines": [{"id": text, "codes": {"jobId": text}}],
            "tags": [text],
        }

        assert normalized(row) == row

    def test_ids_and_zip_codes_of_the_real_schemas_stay_text(self) -> None:
        row = {"id": "00901", "address": {"zipOrPostalCode": "08544"}, "accountNumber": "0012"}
        sent = copy.deepcopy(row)

        RowNormalizer("vendors", load_schema("vendors")).normalize_page([row])

        assert row == sent


class TestAnyRow:
    @quick
    @given(ROWS)
    def test_normalizing_a_second_time_changes_nothing(self, row: dict[str, Any]) -> None:
        once = normalized(row)

        assert normalized(once) == once

    @quick
    @given(ROWS)
    def test_the_result_is_json_with_the_same_fields(self, row: dict[str, Any]) -> None:
        found = normalized(row)

        assert list(found) == list(row)
        assert all(math.isfinite(value) for value in found.values() if isinstance(value, float))

    @quick
    @given(matching(SCHEMA))
    def test_a_row_that_matches_the_schema_is_never_changed(self, row: dict[str, Any]) -> None:
        assert json.dumps(normalized(row)) == json.dumps(row)
