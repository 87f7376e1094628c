"""A list of BILL in memory, for tests of reading. What is unknown about BILL is an option of it.

It evaluates `filters`, `sort`, `max` and `page` of a call as BILL might. Rows may change between
two calls. Use it with a `FakeBill`: `FakeBill().on(path, small_list)`.
"""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from unit_tests.fakes import Call, bill_error
from unit_tests.fakes import page as page_answer

PATH = "/v3/bills"
Row = dict[str, Any]
START = datetime(2026, 3, 1, 8, tzinfo=UTC)
PRESENT = START + timedelta(days=30)
_TIMES = ("createdTime", "updatedTime")
_REFUSED = "BDC_1171"


@dataclass(frozen=True)
class Behavior:
    """How BILL behaves in what is not documented.

    `ignores` names what has no effect: "sort", an operator ("gte"), a field ("createdTime"), or
    "repeats" (of several conditions on the same field and operator, only the last one counts).
    `refuses` names what is answered with an error: a field, an operator, "repeats", a sort
    ("createdTime:asc"), "query with token", "token alone".

    `cap` is the largest page. `tokens` are positions ("offset") or sort values ("key"). With
    `random_ties`, rows with equal sort values come in another order on each call. With `exact`,
    times are kept to the millisecond, and with `shown_exact` they are shown so; otherwise to the
    second. With `token_at_end`, the last page has a token, which leads to an empty page. Each
    `empty_every`-th response is an empty page with a token; 0 for none. Rows without the sorted
    time come first, or last with `absent_last`.
    """

    cap: int = 100
    tokens: str = "offset"
    random_ties: bool = False
    exact: bool = False
    shown_exact: bool = False
    default_sort: str = "createdTime:asc"
    ignores: frozenset[str] = frozenset()
    refuses: frozenset[str] = frozenset()
    token_at_end: bool = False
    empty_every: int = 0
    absent_last: bool = False


@dataclass
class Entry:
    """A row as the list stores it."""

    id: str
    created: datetime | None
    updated: datetime | None
    version: int = 1
    visible_at: datetime = START

    def time(self, name: str) -> datetime | None:
        """Return one of the two times."""
        return self.created if name == "createdTime" else self.updated


class Refused(Exception):
    """BILL refuses the call."""


@dataclass
class SmallList:
    """The list. `before_call` runs before each response and may change rows."""

    behavior: Behavior = field(default_factory=Behavior)
    now: datetime = PRESENT
    seed: int = 1
    before_call: Callable[[], None] = lambda: None
    calls: list[dict[str, str]] = field(default_factory=list)
    entries: dict[str, Entry] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._answers = 0

    def put(
        self,
        identity: str,
        updated: datetime | None = None,
        created: datetime | None = None,
        *,
        visible_after: timedelta = timedelta(0),
    ) -> None:
        """Create or change a row at the time `updated`, by default now."""
        known = self.entries.get(identity)
        moment = self._kept(updated or self.now)
        if known is None:
            birth = self._kept(created) if created else moment
            known = self.entries[identity] = Entry(identity, birth, moment)
        else:
            known.updated = moment
            known.version += 1
        known.visible_at = self.now + visible_after

    def rows(self) -> dict[str, Row]:
        """Return the rows that a reader must have at the end, by id."""
        return {entry.id: self._shown(entry) for entry in self.entries.values()}

    def __call__(self, call: Call) -> Any:
        self.before_call()
        params = dict(call.params)
        self.calls.append(params)
        try:
            return self._answer(params)
        except Refused:
            return bill_error(_REFUSED, 400, "refused")

    def _answer(self, params: dict[str, str]) -> Any:
        token = orjson.loads(params["page"]) if "page" in params else None
        if token is not None:
            has_query = "filters" in params or "sort" in params
            self._refuse_if("query with token", is_so=has_query)
            self._refuse_if("token alone", is_so=not has_query and bool(token["q"]))
            query = token["q"]
        else:
            query = {key: params[key] for key in ("filters", "sort") if key in params}
        self._answers += 1
        every = self.behavior.empty_every
        if every and self._answers % every == 0:
            again = {"q": query, "at": token["at"] if token else None, "n": self._answers}
            return page_answer([], orjson.dumps(again).decode())
        return self._page(query, token["at"] if token else None, int(params["max"]))

    def _page(self, query: dict[str, str], at: Any, most: int) -> Any:
        name, direction = self._sort(query.get("sort"))
        found = self._ordered(self._matching(query.get("filters", "")), name, direction)
        if at is None:
            begin = 0
        elif self.behavior.tokens == "offset":
            begin = int(at)
        else:
            sign = 1 if direction == "asc" else -1
            keys = [self._sort_key(entry, name) for entry in found]
            found = [e for e, key in zip(found, keys, strict=True) if _after(key, tuple(at), sign)]
            begin = 0
        size = min(most, self.behavior.cap)
        shown = found[begin : begin + size]
        if len(found) <= begin + size and not (self.behavior.token_at_end and shown):
            return page_answer(map(self._shown, shown))
        key = self._sort_key(shown[-1], name) if shown else at
        following = begin + size if self.behavior.tokens == "offset" else key
        token = {"q": query, "at": following, "n": self._answers}
        return page_answer(map(self._shown, shown), orjson.dumps(token).decode())

    def _sort(self, asked: str | None) -> tuple[str, str]:
        self._refuse_if(str(asked))
        if asked is None or "sort" in self.behavior.ignores:
            asked = self.behavior.default_sort
        name, _, direction = asked.partition(":")
        return name, direction

    def _ordered(self, entries: Iterable[Entry], name: str, direction: str) -> list[Entry]:
        found = list(entries)
        found.sort(key=lambda entry: entry.id)
        if self.behavior.random_ties:
            self._random.shuffle(found)
        part = 1 if name == "id" else 0
        found.sort(key=lambda entry: self._sort_key(entry, name)[part], reverse=direction == "desc")
        return found

    def _sort_key(self, entry: Entry, name: str) -> tuple[str, str]:
        moment = entry.time(name) if name != "id" else None
        absent = "~" if self.behavior.absent_last else ""
        return (moment.isoformat() if moment else absent, entry.id)

    def _matching(self, filters: str) -> list[Entry]:
        conditions = [_condition(part) for part in filters.split(",") if part]
        last: dict[tuple[str, str], tuple[str, str, str]] = {}
        for condition in conditions:
            name, operator, _ = condition
            self._refuse_if("repeats", is_so=(name, operator) in last)
            self._refuse_if(operator)
            self._refuse_if(name)
            last[name, operator] = condition
        if "repeats" in self.behavior.ignores:
            conditions = list(last.values())
        ignored = self.behavior.ignores
        kept = [c for c in conditions if c[0] not in ignored and c[1] not in ignored]
        visible = (e for e in self.entries.values() if e.visible_at <= self.now)
        return [entry for entry in visible if all(_holds(entry, *c) for c in kept)]

    def _refuse_if(self, what: str, *, is_so: bool = True) -> None:
        if is_so and what in self.behavior.refuses:
            raise Refused

    def _kept(self, moment: datetime) -> datetime:
        exact = self.behavior.exact
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000 if exact else 0)

    def _shown(self, entry: Entry) -> Row:
        row: Row = {"id": entry.id, "version": entry.version}
        for name in _TIMES:
            moment = entry.time(name)
            if moment is not None:
                shown = moment if self.behavior.shown_exact else moment.replace(microsecond=0)
                row[name] = shown.isoformat(timespec="milliseconds")
        return row


def _condition(part: str) -> tuple[str, str, str]:
    name, operator, value = part.split(":", 2)
    return name, operator, value.strip('"')


def _holds(entry: Entry, name: str, operator: str, value: str) -> bool:
    if name == "id":
        assert operator == "ne"
        return entry.id != value
    moment = entry.time(name)
    asked = datetime.fromisoformat(value)
    if moment is None:
        return False
    return {
        "gte": moment >= asked,
        "lte": moment <= asked,
        "lt": moment < asked,
        "gt": moment > asked,
    }[operator]


def _after(key: tuple[str, str], token: tuple[str, str], sign: int) -> bool:
    """Tell whether a sort key comes after a token's; equal times are sorted by id, ascending."""
    if key[0] == token[0]:
        return key[1] > token[1]
    return (key[0] > token[0]) == (sign > 0)
