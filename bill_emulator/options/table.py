"""Generates the table of options in `docs/emulator.md`.

After an option has changed, run `python -m bill_emulator.options.table docs/emulator.md`.
"""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import Any

from bill_emulator.options import Options
from bill_emulator.options.fields import number_range

BEGIN = "<!-- options -->\n"
END = "<!-- end of options -->"


def option_table() -> str:
    """Return all options as a Markdown table."""
    lines = ["| option | values | default | decides | evidence |", "|---|---|---|---|---|"]
    for field in dataclasses.fields(Options):
        about, evidence = field.metadata["about"], field.metadata["evidence"]
        default = _text(field.default)
        lines.append(f"| `{field.name}` | {_values(field)} | `{default}` | {about} | {evidence} |")
    return "\n".join(lines) + "\n"


def with_table(document: str) -> str:
    """Return a document with the table between its marks."""
    begin = document.index(BEGIN) + len(BEGIN)
    return document[:begin] + option_table() + document[document.index(END) :]


def _values(field: dataclasses.Field[Any]) -> str:
    values = field.metadata["values"]
    if values:
        return ", ".join(f"`{_text(value)}`" for value in values)
    return "names of lists" if isinstance(field.default, tuple) else number_range(field)


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return ",".join(value) or "none"
    return str(value).lower() if isinstance(value, bool) else str(value)


if __name__ == "__main__":
    page = Path(sys.argv[1])
    page.write_text(with_table(page.read_text(encoding="utf-8")), encoding="utf-8")
