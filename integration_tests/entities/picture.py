"""The entity diagram as SVG: a box for each stream, and a line for each reference.

All lines to one stream share one vertical line and its color, so that they can be followed. A dot
is where a field joins. Each line of a box has its full path and its target as its title.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from integration_tests.entities.layout import (
    BOX_WIDTH,
    HEAD,
    MIDDLE,
    ROW,
    Box,
    Layout,
    Row,
    arriving_channel,
    lay_out,
    leaving_channel,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from integration_tests.entities.references import IdField

TITLE = "The streams of source-billcom, and which field refers to which stream"
# readable on white and on black
_COLORS = (
    *("#2f81f7", "#d1662b", "#2da44e", "#a371f7", "#c99a06", "#e5534b", "#1b9e96", "#d05ba5"),
    *("#6b8e23", "#8c6bb1", "#b07d48", "#4f8fb8", "#cc6677", "#7a8794"),
    *("#00a3c4", "#b8527a", "#5c8a00", "#e07b39"),
)
_STYLE = (
    ".page{fill:#fff}.box{fill:#f6f8fa;stroke:#d0d7de}.head{fill:#eaeef2}"
    "text{font:11px ui-sans-serif,system-ui,sans-serif;fill:#1f2328}"
    ".title{font-size:14px;font-weight:600}.name{font-size:13px;font-weight:600}"
    ".quiet{fill:#656d76}.end{text-anchor:end}"
    "path{fill:none;stroke-width:1.4}"
    "@media(prefers-color-scheme:dark){.page{fill:#0d1117}"
    ".box{fill:#161b22;stroke:#30363d}.head{fill:#21262d}text{fill:#e6edf3}.quiet{fill:#9198a1}}"
)
_INSET = 8
_NAMESPACE = "http://www.w3.org/2000/svg"


def svg(fields: Mapping[str, Sequence[IdField]]) -> str:
    """Draw the diagram."""
    layout = lay_out(
        {stream: [field for field in found if field.target] for stream, found in fields.items()}
    )
    parts = [
        f'<svg xmlns="{_NAMESPACE}" viewBox="0 0 {layout.width} {layout.height}" role="img">',
        f"<title>{escape(TITLE)}</title><style>{_STYLE}{_color_classes(layout)}</style>",
        f'<rect class="page" width="{layout.width}" height="{layout.height}"/>',
    ]
    parts += [
        f'<text class="title" x="{x}" y="30">{escape(title)}</text>'
        for title, x in layout.titles.items()
    ]
    parts += _lines(layout)
    for box in layout.boxes.values():
        parts += _box(box)
    return "\n".join([*parts, "</svg>", ""])


def _color_classes(layout: Layout) -> str:
    targets = sorted(set().union(*layout.tracks), key=list(layout.boxes).index)
    return "".join(
        f".{target}{{stroke:{color}}}.to-{target}{{fill:{color};stroke:none}}"
        for number, target in enumerate(targets)
        for color in [_COLORS[number % len(_COLORS)]]
    )


def _lines(layout: Layout) -> list[str]:
    """Draw the vertical lines of each target, and the horizontal ones that join them."""
    ends: dict[tuple[str, int], list[int]] = {}
    parts = []
    for box in layout.boxes.values():
        for row in box.rows:
            if row.field and row.field.target != box.stream:
                parts += _join(layout, box, row, row.field.target, ends)
    for (target, channel), heights in ends.items():
        x = layout.tracks[channel][target]
        parts.append(f'<path class="{target}" d="M{x} {min(heights)}V{max(heights)}"/>')
    return list(dict.fromkeys(parts))  # the line into a target is the same for all its fields


def _join(
    layout: Layout, box: Box, row: Row, target: str, ends: dict[tuple[str, int], list[int]]
) -> list[str]:
    """Draw the line from a field to the vertical line of its target, and on to the target.

    Adds to `ends` the heights that the vertical lines, by target and channel, must reach.
    """
    goal = layout.boxes[target]
    leaving = leaving_channel(box.column)
    arriving = arriving_channel(box.column, goal.column)
    y = row.y + ROW // 2
    x = layout.tracks[leaving][target]
    out_x = box.x + BOX_WIDTH if box.column < MIDDLE else box.x
    in_x = goal.x + BOX_WIDTH if arriving == 0 and goal.column == 0 else goal.x
    if goal.column == MIDDLE and arriving == 1:
        in_x = goal.x + BOX_WIDTH
    last_x = layout.tracks[arriving][target]
    ends.setdefault((target, leaving), []).append(y)
    ends.setdefault((target, arriving), []).append(goal.head_y)
    parts = [
        f'<path class="{target}" d="M{out_x} {y}H{x}"/>',
        f'<circle class="to-{target}" cx="{x}" cy="{y}" r="2.6"/>',
        _arrow(target, last_x, in_x, goal.head_y),
    ]
    if leaving != arriving:
        bridge = layout.bridges[target]
        ends[target, leaving].append(bridge)
        ends[target, arriving].append(bridge)
        parts.append(f'<path class="{target}" d="M{x} {bridge}H{last_x}"/>')
    return parts


def _arrow(target: str, from_x: int, to_x: int, y: int) -> str:
    back = to_x - 6 if to_x > from_x else to_x + 6
    return (
        f'<path class="{target}" d="M{from_x} {y}H{back}"/>'
        f'<path class="to-{target}" d="M{to_x} {y}L{back} {y - 4}V{y + 4}Z"/>'
    )


def _box(box: Box) -> list[str]:
    x, y = box.x, box.y
    return [
        f'<rect class="box" x="{x}" y="{y}" width="{BOX_WIDTH}" height="{box.height}" rx="5"/>',
        f'<rect class="head" x="{x}" y="{y}" width="{BOX_WIDTH}" height="{HEAD}" rx="5"/>',
        f'<text class="name" x="{x + _INSET}" y="{y + 18}">{box.stream}</text>',
        *(_row(box, row) for row in box.rows),
    ]


def _row(box: Box, row: Row) -> str:
    """Write a field, with its target on the side where its line leaves the box."""
    y = row.y + 12
    left, right = box.x + _INSET, box.x + BOX_WIDTH - _INSET
    mirrored = box.column >= MIDDLE
    if row.field is None:
        side = f'class="quiet end" x="{right}"' if mirrored else f'class="quiet" x="{left}"'
        return f'<text {side} y="{y}">{escape(row.parent)}</text>'
    field = row.field
    inset = _INSET + 2 if row.parent else 0
    is_inside = field.target == box.stream
    target, color = ("this stream", "quiet") if is_inside else (field.target, f"to-{field.target}")
    near, far = (right - inset, left) if mirrored else (left + inset, right)
    ends = ("end", "") if mirrored else ("", "end")
    return (
        f"<g><title>{field.full_name} is {field.target}.id</title>"
        f'<text class="{ends[0]}" x="{near}" y="{y}">{field.name}</text>'
        f'<text class="{color} {ends[1]}" x="{far}" y="{y}">{escape(target)}</text></g>'
    )
