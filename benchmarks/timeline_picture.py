"""Timelines as one SVG picture: a strip for each, with its name above it.

Time goes to the right, and the number of calls in flight goes up.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from benchmarks.timeline import AT_ONCE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.timeline import Timeline

_SVG = "http://www.w3.org/2000/svg"  # ignore-https-check
_WIDTH = 760
_LEFT = 28
_RIGHT = 20
_NAME = 22
_STRIP = 54
_SECONDS = 32
_EACH = _NAME + _STRIP + _SECONDS
_TOP = 36
_COLUMNS = 356
_STYLE = (
    "text{font:12px sans-serif;fill:#57606a}.name{font-weight:bold;fill:#24292f}"
    ".area{fill:#4c8dd6}.grid{stroke:#d0d7de;stroke-width:1}"
    "@media(prefers-color-scheme:dark){text{fill:#8b949e}.name{fill:#e6edf3}"
    ".grid{stroke:#30363d}}"
)


def svg(title: str, timelines: Mapping[str, Timeline]) -> str:
    """Draw the timelines one below the other, each as wide as the picture."""
    height = _TOP + len(timelines) * _EACH
    parts = [
        f'<svg xmlns="{_SVG}" viewBox="0 0 {_WIDTH} {height}" role="img">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style>",
        f'<text x="8" y="20" class="name">{escape(title)}</text>',
    ]
    for number, (name, timeline) in enumerate(timelines.items()):
        parts += _strip(name, timeline, _TOP + number * _EACH)
    return "\n".join([*parts, "</svg>", ""])


def excerpt(picture: str, names: Mapping[str, str]) -> str:
    """Make a picture of some strips of another one, which `svg` drew.

    `names` has the name of each strip, and the name that it gets.

    Raises:
        ValueError: the picture has no such strip.
    """
    strips = re.split(r'(?=^<text x="8" .*class="name">)', picture, flags=re.MULTILINE)
    head, title = strips[:2]
    height = _TOP + len(names) * _EACH
    parts = [re.sub(r'viewBox="[^"]+"', f'viewBox="0 0 {_WIDTH} {height}"', head) + title]
    for place, (name, new_name) in enumerate(names.items()):
        found = [at for at, strip in enumerate(strips[2:]) if f">{escape(name)}<" in strip]
        if not found:
            raise ValueError(f"The picture has no strip {name!r}")
        strip = strips[2 + found[0]].removesuffix("</svg>\n")
        strip = strip.replace(f">{escape(name)}<", f">{escape(new_name)}<")
        up = (place - found[0]) * _EACH
        parts.append(f'<g transform="translate(0 {up})">\n{strip}</g>\n')
    return "".join([*parts, "</svg>\n"])


def _strip(name: str, timeline: Timeline, top: int) -> list[str]:
    bottom = top + _NAME + _STRIP
    right = _WIDTH - _RIGHT
    parts = [f'<text x="8" y="{top + 12}" class="name">{escape(name)}</text>']
    for calls in range(AT_ONCE + 1):
        height = bottom - calls * _STRIP / AT_ONCE
        parts.append(
            f'<line class="grid" x1="{_LEFT}" x2="{right}" y1="{height:.1f}" y2="{height:.1f}"/>'
            f'<text x="{_LEFT - 12}" y="{height + 4:.1f}">{calls}</text>'
        )
    step = (right - _LEFT) / _COLUMNS
    points = [f"M{_LEFT} {bottom}"]
    for mean in timeline.means(_COLUMNS):
        height = bottom - min(mean, AT_ONCE) * _STRIP / AT_ONCE
        points.append(f"V{height:.1f}h{step:.2f}")
    parts.append(f'<path class="area" d="{"".join(points)}V{bottom}Z"/>')
    parts.append(f'<text x="{_LEFT}" y="{bottom + 15}">0 s</text>')
    parts.append(
        f'<text x="{right}" y="{bottom + 15}" text-anchor="end">{timeline.seconds:.1f} s</text>'
    )
    return parts
