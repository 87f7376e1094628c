"""The tables that `make sync` and `make demo` print."""

import pytest

from sync_tool.report import print_open_payables, print_table


def test_a_table_has_its_first_column_to_the_left_and_the_others_to_the_right(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_table(("stream", "rows"), [("bills", 7), ("chart_of_accounts", 1_000)])

    assert capsys.readouterr().out.splitlines() == [
        "",
        "stream             rows",
        "-----------------  ----",
        "bills                 7",
        "chart_of_accounts  1000",
    ]


def test_open_payables_have_a_line_for_each_age(capsys: pytest.CaptureFixture[str]) -> None:
    print_open_payables(lambda _: [{"age": "not yet due", "bills": 2, "amount": 1234.5}])

    assert capsys.readouterr().out.splitlines()[-1] == "not yet due        2  1,234.50"
