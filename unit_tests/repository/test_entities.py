"""The entity diagram shows every field that holds an id, or says why it refers to no stream."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from integration_tests.entities.layout import columns
from integration_tests.entities.page import with_tables
from integration_tests.entities.references import (
    EXTERNAL,
    IdField,
    all_id_fields,
    id_fields,
    unexplained,
)
from integration_tests.generate import entities
from testing.streams import STREAMS, load_schema

ROOT = Path(__file__).parents[2]
FIELDS = all_id_fields()
REFERENCES = [field for found in FIELDS.values() for field in found if field.target]
OTHERS = [field for found in FIELDS.values() for field in found if not field.target]


@pytest.mark.parametrize("path", entities())
def test_the_files_of_the_diagram_are_up_to_date(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == entities()[path], "run `make generate`"


def test_every_reference_leads_to_a_stream() -> None:
    assert len(REFERENCES) > 100
    assert [field.full_name for field in REFERENCES if field.target not in STREAMS] == []


def test_every_id_field_is_drawn_or_listed_with_a_reason_and_none_is_both() -> None:
    assert unexplained(OTHERS) == []
    assert sorted(EXTERNAL) == sorted(field.full_name for field in OTHERS)


@pytest.mark.parametrize("place", ["row", "object", "array"])
@pytest.mark.parametrize("name", ["matterId", "matterIds", "approvedBy"])
def test_a_new_field_without_a_reference_is_found_at_any_depth(place: str, name: str) -> None:
    schema = load_schema("bills")
    lines = schema["properties"]["billLineItems"]["items"]
    holder = {
        "row": schema,
        "object": lines["properties"]["classifications"],
        "array": lines,
    }[place]
    path = {
        "row": name,
        "object": f"billLineItems[].classifications.{name}",
        "array": f"billLineItems[].{name}",
    }[place]

    holder["properties"][name] = {"type": ["null", "string"], "description": "A legal matter."}

    assert unexplained(id_fields("bills", schema)) == [f"bills.{path}"]


def test_a_new_field_whose_description_names_its_stream_is_a_reference() -> None:
    schema = load_schema("roles")
    schema["properties"]["ownerId"] = {
        "type": ["null", "string"],
        "description": "Owner; `id` in the stream users.",
    }

    assert id_fields("roles", schema) == [
        IdField("roles", "ownerId", "users", "Owner; `id` in the stream users.")
    ]


def test_the_picture_has_a_box_for_every_stream_and_a_row_for_every_reference() -> None:
    picture = ET.parse(ROOT / "docs" / "entities.svg")  # noqa: S314 - our own file
    texts = {element.text for element in picture.iter("{http://www.w3.org/2000/svg}text")}
    titles = {element.text for element in picture.iter("{http://www.w3.org/2000/svg}title")}

    assert set(STREAMS) <= texts
    assert {f"{field.full_name} is {field.target}.id" for field in REFERENCES} <= titles


def test_every_stream_has_a_place_in_exactly_one_column() -> None:
    assert sorted(one for streams in columns().values() for one in streams) == sorted(STREAMS)


def test_the_source_has_every_stream_and_every_reference() -> None:
    lines = (ROOT / "docs" / "entities.mmd").read_text(encoding="utf-8").splitlines()

    assert {line.split()[0] for line in lines if line.endswith("{")} == set(STREAMS)
    assert sum(" FK" in line for line in lines) == len(REFERENCES)
    pairs = {(field.stream, field.target) for field in REFERENCES}
    assert {(line.split()[0], line.split()[2]) for line in lines if "}o--o|" in line} == pairs


def test_a_page_without_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="references"):
        with_tables("# A page\n", FIELDS)
