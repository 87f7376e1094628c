"""Fields that BILL adds: passed on, and named once per stream."""

import copy
import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_billcom.fields import NewFieldWatch
from unit_tests.fakes import in_threads, quick

TEXT = {"type": ["null", "string"]}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "address": {"type": ["null", "object"], "properties": {"city": TEXT}},
        "lines": {
            "type": ["null", "array"],
            "items": {
                "type": "object",
                "properties": {
                    "id": TEXT,
                    "codes": {"type": ["null", "object"], "properties": {"jobId": TEXT}},
                },
            },
        },
        "tags": {"type": ["null", "array"], "items": TEXT},
    },
}
WHOLE = {
    "id": "1",
    "address": {"city": "Graz"},
    "lines": [{"id": "2", "codes": {"jobId": "3"}}, {"id": "4"}],
    "tags": ["a"],
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*SCHEMA["properties"], "city", "codes", "new"]), inner)
    ),
    max_leaves=10,
)


@pytest.fixture
def watch(caplog: pytest.LogCaptureFixture) -> NewFieldWatch:
    """Return a watch over the stream bills, its warnings captured."""
    caplog.set_level(logging.WARNING)
    return NewFieldWatch("bills", SCHEMA)


class TestNewFields:
    def test_a_row_of_known_fields_says_nothing(
        self, watch: NewFieldWatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        watch.look_at(WHOLE)
        watch.look_at({"id": "1"})
        watch.look_at({"id": "1", "address": None, "lines": [], "tags": None})

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
    def test_a_new_field_is_named_by_its_path_and_stream_at_any_depth(
        self,
        watch: NewFieldWatch,
        caplog: pytest.LogCaptureFixture,
        row: dict[str, Any],
        path: str,
    ) -> None:
        watch.look_at(row)

        (warning,) = caplog.messages
        assert "in bills" in warning
        assert f": {path}. " in warning

    def test_it_is_named_once_however_many_rows_have_it(
        self, watch: NewFieldWatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        for number in range(50):
            watch.look_at({"id": str(number), "colour": "red"})

        assert len(caplog.messages) == 1

    def test_fields_that_come_later_are_named_without_repeating_the_earlier(
        self, watch: NewFieldWatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        watch.look_at({"id": "1", "colour": "red"})
        watch.look_at({"id": "2", "colour": "red", "size": 3, "brand": "x"})

        assert ": colour. " in caplog.messages[0]
        assert ": brand, size. " in caplog.messages[1]

    def test_the_values_are_not_told(
        self, watch: NewFieldWatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        watch.look_at({"id": "1", "accountNumber": "40002000"})

        assert "40002000" not in caplog.text

    def test_twenty_threads_that_meet_it_at_once_name_it_once(
        self, watch: NewFieldWatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        in_threads(20, lambda number: watch.look_at({"id": str(number), "colour": "red"}))

        assert len(caplog.messages) == 1

    def test_each_stream_names_its_own(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.WARNING)

        for stream in ("bills", "vendors"):
            NewFieldWatch(stream, SCHEMA).look_at({"id": "1", "colour": "red"})

        assert "in bills" in caplog.messages[0]
        assert "in vendors" in caplog.messages[1]

    @quick
    @given(st.dictionaries(st.sampled_from([*SCHEMA["properties"], "new"]), JSON))
    def test_a_row_of_any_shape_is_looked_at_and_left_as_it_was(self, row: dict[str, Any]) -> None:
        before = copy.deepcopy(row)

        NewFieldWatch("bills", SCHEMA).look_at(row)

        assert row == before
