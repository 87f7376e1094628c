"""The readers against every possible behavior of BILL: no row is lost or repeated.

The fake and the readers could be wrong together in what both assume: a row's updatedTime never goes
back; a filter and a sort use the time that BILL keeps; the time shown is the time kept, cut off and
never rounded; one response shows the list at one moment; a token carries its query; ids never
change.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random

from hypothesis import Phase, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from source_billcom.api.query import ListQuery
from source_billcom.errors import ConnectorError
from source_billcom.lists.batch import Reader
from unit_tests.lists.reader_bench import (
    BILLS,
    SECOND,
    SORTED,
    list_with,
    newest_in,
    random_changes,
    range_reader,
    read_interleaved,
    rows_of,
    whole_reader,
)
from unit_tests.lists.small_list import START, Behavior, Row, SmallList

# no shrinking: a failing example is small already, and each run makes hundreds of calls
wide = hypothesis_settings(deadline=None, max_examples=60, phases=set(Phase) - {Phase.shrink})
BEHAVIORS = st.builds(
    Behavior,
    cap=st.sampled_from([1, 2, 3, 5, 100]),
    tokens=st.sampled_from(["offset", "key"]),
    exact=st.booleans(),
    shown_exact=st.booleans(),
    random_ties=st.booleans(),
    token_at_end=st.booleans(),
    empty_every=st.sampled_from([0, 0, 2, 3]),
    absent_last=st.booleans(),
    default_sort=st.sampled_from(
        ["createdTime:asc", "createdTime:desc", "updatedTime:asc", "updatedTime:desc", "id:asc"]
    ),
)
IGNORED = st.sampled_from(
    [
        *[{word} for word in ("sort", "gte", "lte", "lt", "ne", "repeats", "createdTime")],
        {"sort", "ne"},
        {"sort", "repeats"},
        {"gte", "lte", "lt"},
        {"gte", "lte", "lt", "ne"},
        {"gte", "lte", "lt", "sort"},
    ]
).map(frozenset)
REFUSED = st.sampled_from(
    [
        *[{word} for word in ("id", "ne", "repeats", "createdTime", "createdTime:asc")],
        {"query with token"},
        {"token alone"},
        {"createdTime", "repeats"},
        {"createdTime:asc", "ne"},
    ]
).map(frozenset)
NOTHING = st.just(frozenset[str]())
# rows in each of some seconds
GROUPS = st.lists(st.integers(0, 9), max_size=7)


@dataclass(frozen=True)
class Case:
    """A list: how BILL behaves, and how many rows each second has."""

    behavior: Behavior
    groups: list[int]
    same_birth: bool = False

    def list_with(self) -> SmallList:
        """Return the list with its rows."""
        return list_with(self.behavior, self.groups, same_birth=self.same_birth)

    def read(self, reader: Reader) -> list[Row] | None:
        """Read to the end; None if the reader gives up on a random order, as it may."""
        try:
            return rows_of(reader)
        except ConnectorError as failure:
            if self.behavior.random_ties and "different order on each call" in str(failure):
                return None
            raise


def odd(case: Case, ignores: frozenset[str], refuses: frozenset[str]) -> Case:
    """Let BILL ignore and refuse something, but not in a way in which no reader finds all rows.

    If BILL ignores the sort and the order is random, a page of two or three rows ascends by chance.
    """
    chance = "sort" in ignores and case.behavior.cap < 10
    ties = case.behavior.random_ties and not chance
    behavior = replace(case.behavior, ignores=ignores, refuses=refuses, random_ties=ties)
    return replace(case, behavior=behavior)


def with_oddities(case: Case, *words: str, refused: str = "") -> Case:
    """Return an example in which BILL ignores `words` and refuses `refused`."""
    return odd(case, frozenset(words), frozenset(refused.split()))


CASES = st.builds(Case, BEHAVIORS, GROUPS, st.booleans())
ODD_CASES = st.builds(odd, CASES, IGNORED | NOTHING, REFUSED | NOTHING)
RANDOM = st.randoms(use_true_random=False)


class TestAListThatDoesNotChange:
    @wide
    @given(CASES)
    def test_gives_each_row_exactly_once_whatever_its_tokens_ties_and_pages_are(
        self, case: Case
    ) -> None:
        bills = case.list_with()

        read = rows_of(range_reader(bills))

        assert sorted(found["id"] for found in read) == sorted(bills.entries)
        assert {found["id"]: found for found in read} == bills.rows()

    @wide
    @given(ODD_CASES)
    @example(with_oddities(Case(Behavior(cap=5), [3, 2, 9]), "sort"))
    @example(with_oddities(Case(Behavior(cap=1, default_sort="id:asc"), [2, 3]), "sort"))
    @example(with_oddities(Case(Behavior(cap=2), [1, 8], same_birth=True), "lt", refused="ne"))
    def test_gives_each_row_exactly_once_whatever_is_ignored_or_refused(self, case: Case) -> None:
        bills = case.list_with()

        read = case.read(range_reader(bills))

        assert read is None or sorted(found["id"] for found in read) == sorted(bills.entries)

    @wide
    @given(ODD_CASES, st.sampled_from([SORTED, BILLS]))
    @example(Case(Behavior(token_at_end=True), [1]), BILLS)
    @example(with_oddities(Case(Behavior(cap=2), [0, 5], same_birth=True), "createdTime"), SORTED)
    def test_gives_each_row_exactly_once_if_it_is_read_whole(
        self, case: Case, query: ListQuery
    ) -> None:
        if case.behavior.tokens == "key":
            # a token with sort values needs an order of rows with equal times
            case = replace(case, behavior=replace(case.behavior, random_ties=False))
        bills = case.list_with()

        read = case.read(whole_reader(bills, query))

        assert read is None or sorted(found["id"] for found in read) == sorted(bills.entries)

    @wide
    @given(CASES, RANDOM, st.sampled_from([range_reader, whole_reader]))
    def test_gives_each_row_exactly_once_in_parts_read_at_once(
        self, case: Case, random: Random, reader_of: Callable[[SmallList], Reader]
    ) -> None:
        bills = case.list_with()

        read = read_interleaved([reader_of(bills)], random)

        assert sorted(found["id"] for found in read) == sorted(bills.entries)


class TestAListThatChanges:
    @wide
    @given(ODD_CASES, RANDOM, st.integers(0, 3))
    def test_after_a_read_and_another_from_the_newest_time_no_row_is_missing(
        self, case: Case, random: Random, most_at_once: int
    ) -> None:
        bills = case.list_with()
        bills.before_call = random_changes(bills, random, most_at_once)
        first = case.read(range_reader(bills))
        if first is None:
            return

        bills.before_call = lambda: None
        bills.now += SECOND
        second = case.read(range_reader(bills, newest_in(first)))

        assert second is None or {row["id"]: row for row in (*first, *second)} == bills.rows()

    @wide
    @given(CASES, RANDOM)
    def test_nor_if_it_is_read_in_parts_at_once(self, case: Case, random: Random) -> None:
        bills = case.list_with()
        bills.before_call = random_changes(bills, random, 2)
        destination: dict[str, Row] = {}
        for found in read_interleaved([range_reader(bills)], random):
            destination[found["id"]] = found

        bills.before_call = lambda: None
        bills.now += SECOND
        second = rows_of(range_reader(bills, newest_in(destination.values())))

        assert destination | {found["id"]: found for found in second} == bills.rows()

    @wide
    @given(CASES, RANDOM)
    def test_rows_that_show_up_late_are_found_by_the_lookback(
        self, case: Case, random: Random
    ) -> None:
        bills = case.list_with()
        bills.before_call = random_changes(bills, random, 2, late=True)
        first = rows_of(range_reader(bills))

        bills.before_call = lambda: None
        bills.now += timedelta(minutes=8)
        second = rows_of(range_reader(bills, newest_in(first) - timedelta(minutes=5)))

        assert {found["id"]: found for found in (*first, *second)} == bills.rows()

    @wide
    @given(CASES, RANDOM)
    def test_wherever_the_read_is_interrupted_what_a_batch_covers_has_been_read(
        self, case: Case, random: Random
    ) -> None:
        bills = case.list_with()
        bills.before_call = random_changes(bills, random, 2)
        batches = iter(range_reader(bills))
        destination: dict[str, Row] = {}
        covered = START
        for _ in range(random.randint(0, 5)):
            batch = next(batches, None)
            if batch is None:
                break
            destination |= {found["id"]: found for found in batch.rows}
            covered = max(covered, batch.covered or covered)

        bills.before_call = lambda: None
        bills.now += SECOND
        destination |= {found["id"]: found for found in rows_of(range_reader(bills, covered))}

        assert destination == bills.rows()

    @wide
    @given(CASES, RANDOM)
    def test_a_whole_list_has_every_row_that_was_there_when_it_began_once(
        self, case: Case, random: Random
    ) -> None:
        bills = case.list_with()
        before = set(bills.entries)
        bills.before_call = random_changes(bills, random, 2)

        read = [found["id"] for found in rows_of(whole_reader(bills))]

        assert before <= set(read)
        assert len(read) == len(set(read))
