"""Every block of code in README, CONTRIBUTING and docs is run by a test, or has a reason not to."""

from pathlib import Path

import pytest

from integration_tests import test_snippets
from integration_tests.snippets.blocks import LANGUAGES, Block, all_blocks, blocks_of, commands_of
from integration_tests.snippets.treatments import (
    TREATMENTS,
    ByTest,
    InScript,
    NotRun,
    treatment_of,
)

ROOT = Path(__file__).parents[2]
BLOCKS = all_blocks()


def name_of(block: Block) -> str:
    return f"{block.document}: {block.first_line}"


def test_there_are_blocks_of_every_language() -> None:
    assert {block.language for block in BLOCKS} == set(LANGUAGES)


def test_every_block_is_run_or_has_a_reason_why_it_is_not() -> None:
    assert [name_of(block) for block in BLOCKS if treatment_of(block) is None] == []


def test_a_new_block_without_an_entry_is_found() -> None:
    (block,) = blocks_of("docs/usage.md", "Run this:\n\n```sh\nmake something-new\n```\n")

    assert treatment_of(block) is None


def test_every_entry_is_about_one_block() -> None:
    named = [(block.document, block.first_line) for block in BLOCKS]

    assert sorted(named) == sorted(
        (document, line) for document, lines in TREATMENTS.items() for line in lines
    )


def test_a_reason_is_a_sentence() -> None:
    for block in BLOCKS:
        treatment = treatment_of(block)
        if isinstance(treatment, NotRun):
            assert len(treatment.reason.split()) > 3, name_of(block)


def test_the_test_that_runs_a_block_exists() -> None:
    for block in BLOCKS:
        treatment = treatment_of(block)
        if isinstance(treatment, ByTest):
            assert hasattr(test_snippets, treatment.test), name_of(block)


@pytest.mark.parametrize(
    "block", [one for one in BLOCKS if isinstance(treatment_of(one), InScript)], ids=name_of
)
def test_a_script_of_a_user_has_every_line_of_the_block_in_its_order(block: Block) -> None:
    treatment = treatment_of(block)
    assert isinstance(treatment, InScript)
    script = commands_of((ROOT / treatment.script).read_text(encoding="utf-8"))

    places = [script.index(line) if line in script else None for line in block.lines]

    assert None not in places, [
        line for line, place in zip(block.lines, places, strict=True) if place is None
    ]
    assert places == sorted(places, key=lambda place: place or 0)
