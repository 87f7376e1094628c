"""What every unit test starts from."""

from collections.abc import Iterator

import pytest
from airbyte_cdk.utils.airbyte_secrets_utils import update_secrets

from unit_tests.engine_bench import PATIENCE, reading_threads


@pytest.fixture(autouse=True)
def _no_secrets_of_other_tests() -> None:
    """Forget the secrets to hide, which the CDK keeps in one place per process."""
    update_secrets([])


@pytest.fixture
def engine_threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the engine look round often, and see that the test's reading threads end."""
    monkeypatch.setattr("source_billcom.engine._LOOK_ROUND_SECONDS", 0.01)
    yield
    for thread in reading_threads():
        thread.join(PATIENCE)
    assert not reading_threads()
