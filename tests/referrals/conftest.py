"""A team that refers people to each other."""

import pytest

from tests.conftest import Clock
from tests.factory import Factory
from tests.referrals.team import Team, team_of


@pytest.fixture
def team(make: Factory, clock: Clock) -> Team:
    return team_of(make, clock)
