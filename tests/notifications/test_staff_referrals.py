"""A referral that nobody reads is told by mail: by day, once, and not when it was read."""

from datetime import UTC, datetime, timedelta

import pytest

from cic_cases.foundation.db import in_transaction
from cic_cases.notifications import jobs, staff_news, staff_referrals
from cic_cases.notifications.kinds import Kind
from cic_cases.referrals import rules, service
from cic_cases.referrals.service import Wish
from cic_cases.referrals.states import Why
from tests.bookings.conftest import practice_of
from tests.notifications.test_staff_news import Office

MORNING = datetime(2030, 1, 14, 8, 0, tzinfo=UTC)  # a Monday, 9:00 in Warsaw
MINUTE = timedelta(minutes=1)


class Referring(Office):
    """The office, and an adviser who refers people to its lawyer."""

    def __init__(self, practice, app):
        super().__init__(practice, app)
        make = practice.make
        self.adviser = make.actor(make.staff("adviser", practice.centre))
        self.clock.at = MORNING
        self.tick(timedelta(0))
        self.mailbox.letters.clear()

    def refer(self, *, urgent=False, to=None):
        practice = self.practice
        case, _code = practice.make.case()
        wish = Wish(case.id, practice.service.id, practice.centre.id, Why.ASKED, to, urgent)
        at, by, place = self.clock.at, self.adviser, practice.centre.id
        return in_transaction(service.send, wish, centre_id=place, at=at, by=by).id

    def told(self):
        return [one for one in self.bodies if "referred" in one]


@pytest.fixture
def office(session, make, clock, app):
    practice = practice_of(session, make, clock)
    practice.lawyer.language = "en"
    practice.make.save(practice.lawyer)
    return Referring(practice, app)


def test_what_nobody_has_read_for_four_hours_is_told_once_with_their_number(office):
    office.refer()
    office.refer()
    office.tick(rules.UNREAD_FOR - MINUTE)
    assert office.told() == []

    office.tick(MINUTE)
    office.tick(timedelta(hours=1))
    [body] = office.told()
    assert "2 people have been referred to you" in body
    assert body.rstrip().endswith("/referrals")


def test_what_is_urgent_is_told_after_an_hour(office):
    office.refer(urgent=True)
    office.tick(rules.UNREAD_URGENT)
    [body] = office.told()
    assert "A colleague has referred somebody to you" in body


def test_what_was_read_or_answered_is_not_told(office):
    one, other = office.refer(), office.refer()
    lawyer = office.practice.make.actor(office.practice.lawyer)
    in_transaction(service.read, [one], at=office.clock.at, by=lawyer)
    in_transaction(service.accept, other, at=office.clock.at, by=lawyer)
    office.tick(rules.UNREAD_FOR)
    assert office.told() == []


def test_what_is_read_between_writing_and_sending_is_not_told(office):
    referral = office.refer()
    office.clock.forward(rules.UNREAD_FOR)
    in_transaction(staff_referrals.look, office.clock.at)
    assert office.rows(Kind.REFERRAL_UNREAD)
    lawyer = office.practice.make.actor(office.practice.lawyer)
    in_transaction(service.read, [referral], at=office.clock.at, by=lawyer)
    jobs.send_due(office.clock.at, office.mailbox)
    assert office.told() == []


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        pytest.param(
            datetime(2030, 1, 14, 17, 0, tzinfo=UTC),
            datetime(2030, 1, 15, 7, 0, tzinfo=UTC),
            id="in the evening: from eight in the morning",
        ),
        pytest.param(
            datetime(2030, 1, 12, 17, 0, tzinfo=UTC),
            datetime(2030, 1, 14, 7, 0, tzinfo=UTC),
            id="on Saturday evening: on Monday",
        ),
        pytest.param(
            datetime(2030, 4, 30, 16, 0, tzinfo=UTC),
            datetime(2030, 5, 2, 6, 0, tzinfo=UTC),
            id="before the first of May: on the second",
        ),
    ],
)
def test_nobody_is_told_by_night_on_a_sunday_or_a_holiday(office, sent, told):
    office.clock.at = sent
    office.refer()
    while office.clock.at < told - timedelta(minutes=30):
        office.tick(timedelta(minutes=30))
        assert office.told() == []
    office.clock.at = told
    office.tick(timedelta(0))
    assert len(office.told()) == 1


def test_whoever_does_not_want_it_is_not_told(office):
    lawyer = office.practice.make.actor(office.practice.lawyer)
    wanted = staff_news.Wishes(referrals=False)
    in_transaction(staff_news.wish, wanted, at=office.clock.at, by=lawyer)
    office.refer()
    office.tick(rules.UNREAD_FOR)
    assert office.told() == []
