"""The service with a machine issuer beside its own."""

import pytest

from tests.conftest import Configure
from tests.support.api import Api
from tests.support.machines import machine_token, setting


@pytest.fixture
def machine(moto_table: Configure) -> Api:
    """A machine that may read packages of `acme`."""
    moto_table(extra_issuer=setting())
    return Api(token=machine_token())
