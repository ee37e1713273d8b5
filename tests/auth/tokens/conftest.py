"""The service with a machine issuer beside its own."""

import pytest

from tests.api import Api
from tests.auth.machines import machine_token, setting
from tests.conftest import Configure


@pytest.fixture
def machine(moto_table: Configure) -> Api:
    """A machine that may read packages of `acme`."""
    moto_table(extra_issuer=setting())
    return Api(token=machine_token())
