"""What every unit test starts from."""

from collections.abc import Iterator

import pytest
from airbyte_cdk.utils.airbyte_secrets_utils import update_secrets

from unit_tests.sync.scheduler_bench import THREAD_TIMEOUT, reading_threads


@pytest.fixture(autouse=True)
def _no_secrets_of_other_tests() -> None:
    """Forget the secrets to hide, which the CDK keeps in one place per process."""
    update_secrets([])


@pytest.fixture
def scheduler_threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the engine look round often, and see that the test's reading threads end."""
    monkeypatch.setattr("source_billcom.sync.scheduler._LOOK_ROUND_SECONDS", 0.01)
    yield
    for thread in reading_threads():
        thread.join(THREAD_TIMEOUT)
    assert not reading_threads()
