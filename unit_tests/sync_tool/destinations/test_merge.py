"""Whatever is written in whatever order: a table equals a dictionary that is merged by key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sync_tool.destinations import Table, open_destination
from sync_tool.destinations.columns import column_name
from unit_tests.sync_tool.destinations.tables import BILLS, SCHEMA, USERS, lines, stored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from testing.rows import Json

EXAMPLES = 25
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | TEXTS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=4,
)
OFFSETS = st.sampled_from(["Z", "+00:00", "-08:00", "+05:30"])
FITTING: dict[str, st.SearchStrategy[Any]] = {
    "vendorName": TEXTS,
    # as many digits as a double has, nine of them after the point
    "dueAmount": st.integers(-(10**15), 10**15).map(lambda number: number / 100),
    "lineCount": st.integers(-(2**63) + 1, 2**63 - 1),
    "archived": st.booleans(),
    "dueDate": st.dates().map(date.isoformat),
    "updatedTime": st.builds(
        lambda moment, offset: moment.isoformat(timespec="milliseconds") + offset,
        st.datetimes(datetime(1970, 1, 2), datetime(9000, 1, 1)),  # noqa: DTZ001 - of OFFSETS
        OFFSETS,
    ),
    "billLineItems": st.lists(JSON, max_size=2),
}
NOT_FITTING: dict[str, st.SearchStrategy[Any]] = {
    "dueAmount": TEXTS | st.booleans() | st.floats(min_value=1e29, allow_infinity=False),
    "lineCount": TEXTS | st.integers(min_value=2**63, max_value=2**64 - 1),
    "archived": TEXTS | st.integers(-9, 9),
    "dueDate": st.sampled_from(["", "today", "2023-02-29", "01/02/2024", 20240131]),
    "updatedTime": st.sampled_from(["", "now", "2024-01-31", "2024-01-31T24:01:00Z", 0]),
    "aNewField": JSON.filter(lambda value: value is not None),
}


@dataclass(frozen=True)
class Row:
    """A row, and which of its fields do not fit their columns."""

    fields: Json
    unmapped: Json

    def differences(self, found: Json) -> list[str]:
        """Compare a row of the table."""
        unmapped = found.get("_unmapped")
        problems = [] if ((unmapped and orjson.loads(unmapped)) or {}) == self.unmapped else ["_"]
        for field in SCHEMA["properties"]:
            wanted = None if field in self.unmapped else self.fields.get(field)
            if not same(field, wanted, found[column_name(field)]):
                problems.append(f"{field}: {wanted!r} became {found[column_name(field)]!r}")
        return problems


def same(field: str, wanted: Any, found: Any) -> bool:
    """Compare a value of BILL's with that of a column."""
    if wanted is None or found is None:
        return wanted is found
    if field == "dueAmount":
        return bool(Decimal(repr(wanted)) == found)
    if field == "dueDate":
        return bool(date.fromisoformat(wanted) == found)
    if field == "updatedTime":
        return bool(datetime.fromisoformat(wanted) == found)
    if field == "billLineItems":
        return bool(orjson.loads(found) == wanted)
    return bool(wanted == found and type(wanted) is type(found))


@st.composite
def rows(draw: st.DrawFn) -> Row:
    """Draw a row with one of a few keys."""
    fields: Json = {"id": draw(st.sampled_from("abcd"))}
    unmapped: Json = {}
    for field in draw(st.sets(st.sampled_from([*FITTING, "aNewField"]))):
        misfits = field in NOT_FITTING and draw(st.integers(0, 3)) == 0
        if misfits or field not in FITTING:
            fields[field] = unmapped[field] = draw(NOT_FITTING[field])
        else:
            fields[field] = draw(st.none() | FITTING[field])
    return Row(fields, unmapped)


WRITES = st.lists(rows(), max_size=5)
# rows to write, or one of the words
STEPS = st.lists(WRITES | st.sampled_from(["commit", "new run"]), max_size=12)
RUNS = st.lists(
    st.tuples(st.lists(WRITES, max_size=3), st.sampled_from(["complete", "discard", "killed"])),
    max_size=5,
)


@pytest.fixture(scope="module", autouse=True)
def _small_buffers() -> Iterator[None]:
    """Write to the database often, so that transactions have several batches."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sync_tool.destinations.sql_destination._BUFFERED_ROWS", 3)
        yield


def assert_holds(database: str, table: Table, wanted: dict[str, Row]) -> None:
    """Compare a table with what it must have."""
    found = stored(database, table.stream)
    assert found.keys() == wanted.keys()
    for key, row in wanted.items():
        assert row.differences(found[key]) == []


@pytest.mark.slow
@given(STEPS)
@settings(max_examples=EXAMPLES)
def test_an_incremental_table_has_the_last_committed_row_of_each_key(
    new_database: Callable[[], str], steps: list[list[Row] | str]
) -> None:
    database = new_database()
    written: dict[str, Row] = {}
    committed: dict[str, Row] = {}
    destination = open_destination(database)
    destination.open_table(BILLS)
    destination.commit({})
    for number, step in enumerate(steps):
        if isinstance(step, list):
            destination.write("bills", lines(*(row.fields for row in step)))
            written.update({row.fields["id"]: row for row in step})
        elif step == "commit":
            destination.commit({"bills": {"step": number}})
            committed = dict(written)
        else:
            destination.close()
            destination = open_destination(database)
            destination.open_table(BILLS)
            written = dict(committed)
    destination.close()

    assert_holds(database, BILLS, committed)
    commits = [number for number, step in enumerate(steps) if step == "commit"]
    destination = open_destination(database)
    assert destination.states() == ({"bills": {"step": commits[-1]}} if commits else {})
    destination.close()


@pytest.mark.slow
@given(RUNS)
@example([([[Row({"id": "a"}, {})]], "complete"), ([], "complete")])
@settings(max_examples=EXAMPLES)
def test_a_replaced_table_has_the_rows_of_the_last_complete_run(
    new_database: Callable[[], str], runs: list[tuple[list[list[Row]], str]]
) -> None:
    database = new_database()
    wanted: dict[str, Row] = {}
    for batches, end in [([], "complete"), *runs]:
        destination = open_destination(database)
        destination.open_table(USERS)
        for batch in batches:
            destination.write("users", lines(*(row.fields for row in batch)))
            destination.commit({})
        if end == "complete":
            destination.complete("users")
            destination.commit({})
            wanted = {row.fields["id"]: row for batch in batches for row in batch}
        elif end == "discard":
            destination.discard("users")
            destination.commit({})
        destination.close()

        assert_holds(database, USERS, wanted)


def test_the_times_of_these_tests_are_in_utc_in_the_database(
    new_database: Callable[[], str],
) -> None:
    """If the database returned local times, comparing moments would not show it."""
    database = new_database()
    destination = open_destination(database)
    destination.open_table(BILLS)
    destination.write("bills", lines({"id": "a", "updatedTime": "2024-07-01T00:00:00-08:00"}))
    destination.commit({})

    (row,) = destination.query("SELECT updated_time FROM bills")
    destination.close()

    assert row["updated_time"] == datetime(2024, 7, 1, 8, tzinfo=UTC)
    assert row["updated_time"].utcoffset() == timedelta(0)
