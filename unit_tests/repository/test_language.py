"""Code, messages and documents are in plain technical English: words to avoid occur nowhere.

The list has words and phrases that a reader has to decode, each with what to write instead.
"""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = (
    *("source_billcom", "bill_emulator", "testing", "sync_tool", "demo", "docs", ".ci", ".github"),
    *("unit_tests", "integration_tests", "reliability", "benchmarks"),
)
SUFFIXES = {".py", ".yaml", ".yml", ".md", ".toml"}
# this test has the words itself, and that page has messages as an earlier run printed them
EXEMPT = {"unit_tests/repository/test_language.py", "docs/reliability-failures.md"}
AVOID = {
    r"\bmend(s|ed|ing|er)?\b": "fix, normalize",
    r"\bin vain\b": "without success",
    r"\bof (no|any) more use\b": "no longer works",
    r"\bby lot\b": "at random",
    r"\bblanks\b": "spaces",
    r"\bnobody foresaw\b": "unexpected",
    r"\bsifted\b": "filtered",
    r"\blets? go of\b": "releases, drops",
    r"\bfor nothing\b": "without need",
    r"\bworth asking\b": "say when to ask",
    r"\bled in a circle\b": "returned the same page token twice",
    r"\bif it comes back\b": "if it happens again",
    r"\bbegins? anew\b": "starts again",
    r"\banew\b": "again",
    r"\bis at hand\b": "is available",
    r"\bwhat is told\b": "what is reported",
    r"\bheld against\b": "compared with",
    r"\bto be had\b": "available",
    r"\bwhence\b": "from where",
    r"\bhitherto\b": "until now",
    r"\ball the same\b": "anyway, still",
    r"\bin the midst\b": "during",
    r"\bturned out to hold\b": "contains",
    r"\bunder way\b": "in flight, in progress",
    r"\bsets? out\b": "starts",
    r"\bbegins? afresh\b": "starts again",
    r"\bcomes? (free|round)\b": "is free, recurs",
}


ANY_WORD = re.compile("|".join(AVOID), re.IGNORECASE)


def texts() -> Iterator[tuple[str, str]]:
    """Yield name and content of every text file that a person reads."""
    files = [*ROOT.glob("*.md"), *ROOT.glob("*.yaml"), *ROOT.glob("*.yml"), *ROOT.glob("*.toml")]
    files += [path for folder in FOLDERS for path in (ROOT / folder).rglob("*")]
    files = [path for path in files if path.suffix in SUFFIXES and ".venv" not in path.parts]
    for path in [*files, ROOT / "Makefile", ROOT / "Dockerfile", ROOT / ".ci" / "run"]:
        name = path.relative_to(ROOT).as_posix()
        if name not in EXEMPT:
            yield name, path.read_text(encoding="utf-8")


def words_to_avoid(text: str) -> list[str]:
    """Return each place in a text with a word to avoid: line number, word and advice.

    A name such as `sets_out` is several words.
    """
    text = text.replace("_", " ")
    return [
        f"{text.count(chr(10), 0, match.start()) + 1}: {match[0]!r}, write instead: {advice}"
        for match in ANY_WORD.finditer(text)
        for pattern, advice in AVOID.items()
        if re.fullmatch(pattern, match[0], re.IGNORECASE)
    ]


def test_no_text_uses_a_word_to_avoid() -> None:
    assert [f"{name}:{word}" for name, text in texts() for word in words_to_avoid(text)] == []


def test_words_of_a_name_are_found_too() -> None:
    assert words_to_avoid("def signs_in_anew() -> None:") == ["1: 'anew', write instead: again"]


def test_a_word_to_avoid_is_found_with_its_line_and_advice() -> None:
    assert words_to_avoid("Fix it.\nMend the file, and\ntry in vain.") == [
        "2: 'Mend', write instead: fix, normalize",
        "3: 'in vain', write instead: without success",
    ]
    assert words_to_avoid("Recommend an amendment, blanked.") == []
