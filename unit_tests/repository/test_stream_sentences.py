"""The documentation page says what each stream holds, with a link to BILL's documentation."""

import re

import pytest

from testing.streams import STREAMS
from unit_tests.repository.test_docs import PAGE, table

SENTENCES = {name: about for name, _, about, _ in table(PAGE, "Supported Streams")}


@pytest.mark.parametrize("stream", STREAMS)
def test_a_stream_has_a_sentence_and_a_link(stream: str) -> None:
    assert re.fullmatch(
        r"[A-Z][^.|]+\. \[API\]\(https://developer\.bill\.com/[\w/-]+\)", SENTENCES[stream]
    )
