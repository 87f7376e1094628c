"""What every unit test starts from."""

import pytest
from airbyte_cdk.utils.airbyte_secrets_utils import update_secrets


@pytest.fixture(autouse=True)
def _no_secrets_of_other_tests() -> None:
    """Forget the secrets to hide, which the CDK keeps in one place per process."""
    update_secrets([])
