"""Where the boxes and lines of the entity diagram are.

The boxes are in three columns. The lines are in the two channels between the columns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from testing.streams import STREAMS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from integration_tests.entities.references import IdField

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "Payables": ("vendors", "bills", "payments", "vendor_credits", "recurring_bills"),
    "Reference data": (
        *("chart_of_accounts", "departments", "locations", "items", "employees", "jobs"),
        *("accounting_classes", "bank_accounts", "users", "roles"),
    ),
    "Receivables": (
        *("customers", "invoices", "receivable_payments", "credit_memos", "recurring_invoices"),
    ),
}
"""The streams of each column. A stream that is in none is drawn at the end of the middle one."""
MIDDLE = 1

BOX_WIDTH = 300
ROW = 16
HEAD = 26
TRACK = 11
"""The distance between two vertical lines."""
_GAP = 20
_MARGIN = 16
_TITLE = 28


@dataclass(frozen=True)
class Row:
    """One line of a box: a field, or the parent of the fields below it (`field` is None)."""

    y: int
    parent: str
    field: IdField | None


@dataclass(frozen=True)
class Box:
    """A stream. `y` is the top, and `rows` are below the head."""

    stream: str
    column: int
    x: int
    y: int
    rows: tuple[Row, ...]

    @property
    def height(self) -> int:
        """The height, at least that of the head."""
        return HEAD + ROW * len(self.rows) + (6 if self.rows else 0)

    @property
    def head_y(self) -> int:
        """The middle of the head, where lines arrive."""
        return self.y + HEAD // 2


@dataclass(frozen=True)
class Layout:
    """All boxes by stream, and the vertical lines of both channels: x by target."""

    boxes: Mapping[str, Box]
    tracks: tuple[Mapping[str, int], Mapping[str, int]]
    bridges: Mapping[str, int]
    titles: Mapping[str, int]
    width: int
    height: int


def leaving_channel(source_column: int) -> int:
    """Return the channel that lines from this column enter: 0 is left of the middle, 1 right."""
    return 0 if source_column <= MIDDLE else 1


def arriving_channel(source_column: int, target_column: int) -> int:
    """Return the channel from which a line reaches its target.

    If it is not the one that the line enters first, the line passes above the middle column.
    """
    if target_column == MIDDLE:
        return leaving_channel(source_column)
    return 0 if target_column < MIDDLE else 1


def columns() -> dict[str, tuple[str, ...]]:
    """Return `COLUMNS` with every stream of the manifest in it."""
    placed = {stream for streams in COLUMNS.values() for stream in streams}
    others = tuple(stream for stream in STREAMS if stream not in placed)
    return {
        title: streams + (others if number == MIDDLE else ())
        for number, (title, streams) in enumerate(COLUMNS.items())
    }


def lay_out(fields: Mapping[str, Sequence[IdField]]) -> Layout:
    """Place every stream and every line."""
    column_of = {
        stream: number for number, streams in enumerate(columns().values()) for stream in streams
    }
    used = _targets_of_channels(fields, column_of)
    bridged = sorted(used[0] & used[1] & {one for one in column_of if column_of[one] != MIDDLE})
    top = _MARGIN + _TITLE + TRACK * len(bridged)
    channel_widths = [TRACK * (len(targets) + 2) for targets in used]
    x, boxes, titles, height = _MARGIN, dict[str, Box](), dict[str, int](), 0
    starts = []
    for number, (title, streams) in enumerate(columns().items()):
        titles[title] = x
        y = top
        for stream in streams:
            boxes[stream] = Box(stream, number, x, y, tuple(_rows(fields[stream], y + HEAD)))
            y += boxes[stream].height + _GAP
        height = max(height, y)
        x += BOX_WIDTH
        starts.append(x)
        x += channel_widths[number] if number < len(channel_widths) else 0
    tracks = [
        {
            target: start + TRACK * (place + 1) + TRACK // 2
            for place, target in enumerate(sorted(targets, key=lambda one: (boxes[one].y, one)))
        }
        for start, targets in zip(starts, used, strict=False)
    ]
    bridges = {target: _MARGIN + _TITLE + TRACK * at for at, target in enumerate(bridged)}
    return Layout(boxes, (tracks[0], tracks[1]), bridges, titles, x + _MARGIN, height)


def _targets_of_channels(
    fields: Mapping[str, Sequence[IdField]], column_of: Mapping[str, int]
) -> tuple[set[str], set[str]]:
    """Return the targets that need a vertical line, for each channel."""
    used: tuple[set[str], set[str]] = (set(), set())
    for stream, found in fields.items():
        for field in found:
            if field.target != stream:
                source, target = column_of[stream], column_of[field.target]
                used[leaving_channel(source)].add(field.target)
                used[arriving_channel(source, target)].add(field.target)
    return used


def _rows(fields: Sequence[IdField], y: int) -> Iterator[Row]:
    parent = ""
    for field in fields:
        if field.parent != parent:
            parent = field.parent
            yield Row(y, parent, None)
            y += ROW
        yield Row(y, parent, field)
        y += ROW
