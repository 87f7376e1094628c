"""Fixtures of all unit tests."""

from collections.abc import Iterator

import pytest
from airbyte_cdk.utils.airbyte_secrets_utils import update_secrets

from unit_tests.sync.scripted_sync import THREAD_TIMEOUT, reader_threads


@pytest.fixture(autouse=True)
def _no_secrets_of_other_tests() -> None:
    """Clear the secrets to mask, which the CDK keeps in one list per process."""
    update_secrets([])


@pytest.fixture
def scheduler_threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the scheduler poll often, and check that the reader threads of the test end."""
    monkeypatch.setattr("source_billcom.sync.scheduler._POLL_SECONDS", 0.01)
    yield
    for thread in reader_threads():
        thread.join(THREAD_TIMEOUT)
    assert not reader_threads()
