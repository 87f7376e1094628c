"""More rows of one second than a page holds: by creation, by excluding known ids, by tokens."""

import pytest

from source_billcom.api.list_requests import ListRequests
from source_billcom.api.query import UPDATED, time_condition
from source_billcom.errors import ConnectorError
from source_billcom.lists.equal_times import read_equal_times, read_identical_times
from unit_tests.fakes import FakeBill, bill_error, page
from unit_tests.lists.reader_bench import BILLS, SECOND, client_of, list_with
from unit_tests.lists.small_list import PATH, START, Behavior, SmallList

ONE_SECOND = BILLS.ascending(UPDATED).where(
    time_condition(UPDATED, "gte", START), time_condition(UPDATED, "lt", START + SECOND)
)


def ids_read(bills: SmallList, *seen: str) -> list[str]:
    """Read the first second of a list, except rows seen; return the ids in the order they came."""
    found = read_equal_times(ListRequests(client_of(bills)), ONE_SECOND, frozenset(seen))
    return [row["id"] for rows in found for row in rows]


def test_rows_created_at_different_times_are_walked_by_that() -> None:
    bills = list_with(Behavior(), [450, 3])

    read = ids_read(bills)

    assert sorted(read) == sorted(name for name in bills.entries if name.endswith("x0"))
    assert all("id:ne" not in call["filters"] for call in bills.calls)
    assert len(bills.calls) <= 8


def test_rows_that_share_both_times_are_read_by_excluding_known_ids() -> None:
    bills = list_with(Behavior(random_ties=True), [250], same_birth=True)

    assert sorted(ids_read(bills)) == sorted(bills.entries)
    assert all("page" not in call for call in bills.calls)
    assert len(bills.calls) <= 8


def test_rows_that_were_read_before_do_not_come_again() -> None:
    bills = list_with(Behavior(cap=7), [30], same_birth=True)
    seen = sorted(bills.entries)[:12]

    assert sorted(ids_read(bills, *seen)) == sorted(set(bills.entries) - set(seen))


@pytest.mark.parametrize(
    "behavior",
    [
        Behavior(cap=5, refuses=frozenset({"createdTime:asc"})),
        Behavior(cap=5, refuses=frozenset({"createdTime"})),
        Behavior(cap=5, refuses=frozenset({"ne"})),
        Behavior(cap=5, refuses=frozenset({"repeats"})),
        Behavior(cap=5, ignores=frozenset({"ne"})),
        Behavior(cap=5, ignores=frozenset({"repeats"})),
        Behavior(cap=5, ignores=frozenset({"sort"}), default_sort="id:asc"),
        Behavior(cap=5, ignores=frozenset({"sort", "ne"}), default_sort="id:asc"),
        Behavior(cap=5, ignores=frozenset({"createdTime"})),
    ],
)
@pytest.mark.parametrize("same_birth", [True, False])
def test_each_row_comes_once_whatever_bill_ignores_or_refuses(
    behavior: Behavior, *, same_birth: bool
) -> None:
    bills = list_with(behavior, [40], same_birth=same_birth)

    assert sorted(ids_read(bills)) == sorted(bills.entries)


def test_a_row_without_a_time_of_creation_is_not_lost() -> None:
    for absent_last in (True, False):
        bills = list_with(Behavior(cap=5, absent_last=absent_last), [20])
        bills.entries["r000x0"].created = None

        assert sorted(ids_read(bills)) == sorted(bills.entries)


def test_ids_with_characters_that_a_filter_might_misread_are_not_excluded() -> None:
    bills = SmallList(Behavior(cap=2))
    for name in ("a,b", 'c"d', "e:f", "g h", "plain"):
        bills.put(name, START, START)

    assert sorted(ids_read(bills)) == sorted(bills.entries)
    assert all("id:ne" not in call["filters"] for call in bills.calls)


def test_no_request_line_is_longer_than_gateways_accept() -> None:
    bills = list_with(Behavior(), [700], same_birth=True)

    assert sorted(ids_read(bills)) == sorted(bills.entries)
    assert max(call["filters"].count("id:ne") for call in bills.calls) <= 200


def test_an_outage_is_not_taken_for_a_refusal() -> None:
    bill = FakeBill().on(PATH, page([{"id": "1"}], "b"), bill_error("BDC_1001", 500))
    rows = read_identical_times(ListRequests(client_of(bill)), ONE_SECOND, frozenset({"0"}))
    next(rows)

    with pytest.raises(ConnectorError, match="kept failing"):
        next(rows)
