"""How long somebody with a number may wait."""

from datetime import UTC, datetime, timedelta

import pytest

from cic_cases.visits.ticket_rules import estimate

START = datetime(2030, 1, 7, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("after", "before", "minutes"),
    [
        pytest.param([], 0, None, id="nobody was called yet"),
        pytest.param([0, 4, 8], 0, None, id="two gaps say nothing"),
        pytest.param([0, 4, 8, 12], 0, 5, id="rounded up to five minutes"),
        pytest.param([0, 4, 8, 12], 4, 20, id="four before, and one's own turn"),
        pytest.param([12, 0, 8, 4], 4, 20, id="in any order"),
        pytest.param([0, 4, 8, 120, 124], 0, 5, id="a break is no gap"),
        pytest.param([0, 40, 80, 120], 0, None, id="only breaks"),
        pytest.param([-300, -280, *range(0, 22, 2)], 1, 5, id="only the last ten gaps"),
    ],
)
def test_the_wait_follows_from_the_middle_gap_between_calls(after, before, minutes):
    called = [START + timedelta(minutes=one) for one in after]
    wait = estimate(called, before)
    assert wait == (None if minutes is None else timedelta(minutes=minutes))
