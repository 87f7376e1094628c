"""The references as Mermaid source, and as tables between the marks of docs/entities.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integration_tests.entities.references import EXTERNAL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from integration_tests.entities.references import IdField

_BEGIN = "<!-- references -->"
_END = "<!-- end of references -->"


def mermaid(fields: Mapping[str, Sequence[IdField]]) -> str:
    """Write the diagram as Mermaid's erDiagram: one line for each stream and stream it refers to.

    An attribute is named as the field. Its comment has the rest of the path.
    """
    lines = ["erDiagram"]
    for stream, found in fields.items():
        lines += [f"    {stream} {{", "        string id PK"]
        lines += [f"        {_attribute(field)}" for field in found if field.target]
        lines.append("    }")
    for stream, found in fields.items():
        for target in dict.fromkeys(field.target for field in found if field.target):
            names = dict.fromkeys(field.name for field in found if field.target == target)
            lines.append(f'    {stream} }}o--o| {target} : "{", ".join(names)}"')
    return "\n".join([*lines, ""])


def _attribute(field: IdField) -> str:
    comment = f' "in {field.parent}"' if field.parent else ""
    return f"string {field.name} FK{comment}"


def with_tables(page: str, fields: Mapping[str, Sequence[IdField]]) -> str:
    """Return the page with the tables between its marks up to date.

    Raises:
        ValueError: the page has no such marks.
    """
    before, begin, rest = page.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        raise ValueError(f"The page has no {_BEGIN} and {_END}")
    return f"{before}{begin}\n{_tables(fields)}\n{end}{after}"


def _tables(fields: Mapping[str, Sequence[IdField]]) -> str:
    everything = [field for found in fields.values() for field in found]
    references = [
        f"| {one.stream} | `{one.path}` | {one.target} | {one.description} |"
        for one in everything
        if one.target
    ]
    others = [
        f"| {one.stream} | `{one.path}` | {EXTERNAL[one.full_name]} |"
        for one in everything
        if not one.target
    ]
    return "\n".join(
        [
            *(
                "### References",
                "",
                "| stream | field | refers to | meaning |",
                "|---|---|---|---|",
            ),
            *references,
            *(
                "",
                "### Ids that refer to no stream",
                "",
                "| stream | field | why |",
                "|---|---|---|",
            ),
            *others,
        ]
    )
