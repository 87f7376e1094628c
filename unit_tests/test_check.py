"""The message of a check that found several faults."""

import pytest

from source_billcom.check import _joined


@pytest.mark.parametrize(
    ("reasons", "end"),
    [(3, "Reason 2."), (4, "(And 1 more reason.)"), (5, "(And 2 more reasons.)")],
)
def test_three_reasons_are_quoted_and_the_others_are_counted(reasons: int, end: str) -> None:
    message = _joined([f"Reason {number}." for number in range(reasons)])

    assert message.startswith("Reason 0. Reason 1. Reason 2.")
    assert message.endswith(end)
