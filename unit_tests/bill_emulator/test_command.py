"""The flags of `python -m bill_emulator`."""

from __future__ import annotations

import pytest

from bill_emulator.__main__ import main


@pytest.mark.parametrize(
    ("flag", "value"),
    [
        ("--scale", "0"),
        ("--scale", "-1"),
        ("--scale", "nan"),
        ("--scale", "inf"),
        ("--latency-ms", "-1"),
        ("--latency-ms", "nan"),
        ("--port", "70000"),
        ("--option", "page_size_cap=0"),
    ],
)
def test_an_invalid_flag_is_refused_with_a_sentence(
    flag: str, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([f"{flag}={value}"])
    told = capsys.readouterr().err
    assert ended.value.code == 2
    assert "Traceback" not in told
    assert told.splitlines()[-1].endswith(".")
