"""A person with an appointment at an office, and an assistant who may go along."""

import pytest

from tests.conftest import Clock
from tests.errand import Errand
from tests.factory import Factory


@pytest.fixture
def errand(make: Factory, clock: Clock) -> Errand:
    return Errand.of(make, clock)
