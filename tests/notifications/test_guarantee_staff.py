"""What staff are told of their own duties tells no kind of help, nobody's name and no institution.

Every kind, in every language of the desk, from every centre of the region, with nobody booked, one
person and several, of one day and of many: made as delivery makes it, taken apart and searched.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from cic_cases.bookings.models import Booking
from cic_cases.foundation.codes import new_reference
from cic_cases.foundation.db import in_transaction
from cic_cases.foundation.i18n import STAFF_LOCALES
from cic_cases.notifications import staff_letters
from cic_cases.notifications.channels import post_settings
from cic_cases.notifications.kinds import OF_STAFF, Kind, Means, Mode
from cic_cases.notifications.letters import Letter
from cic_cases.notifications.models import Message
from cic_cases.referrals import service
from cic_cases.referrals.service import Wish
from cic_cases.referrals.states import Why
from tests.conftest import MONDAY
from tests.notifications.test_guarantee import CENTRES, MESSAGE_ID, TOMORROW, WORDS, House, told_in

pytestmark = pytest.mark.sqlite_only
EVENING = MONDAY + timedelta(hours=10)  # 17:00 in Warsaw
DAY = TOMORROW.date()
ABOUT = {
    Kind.REFERRAL_UNREAD: [DAY.isoformat()],
    Kind.DUTY_TOMORROW: [DAY.isoformat()],
    Kind.DUTY_CHANGED: [
        DAY.isoformat(),
        ",".join((DAY + timedelta(days=number)).isoformat() for number in range(7)) + "+",
    ],
}


class Office(House):
    """The house's psychologist is on duty tomorrow, when one person is expected."""

    def __init__(self, make, clock) -> None:
        super().__init__(make, clock)
        self.helper.email = "z@example.net"
        make.duty(self.helper, self.errand.centre, self.room, [self.service], weekday=DAY.weekday())
        sender = make.staff("adviser", self.errand.centre, initials="Q.X.")
        wish = Wish(self.errand.case.id, self.service.id, self.errand.centre.id, Why.BESIDE)
        sent = EVENING - timedelta(hours=5)
        in_transaction(service.send, wish, centre_id=wish.centre_id, at=sent, by=make.actor(sender))

    def expects(self, number: int) -> None:
        """So many people on that duty."""
        self.session.query(Booking).delete()
        for place in range(number):
            booking = self._booking()
            booking.reference, booking.calendar_uid = new_reference(), f"{MESSAGE_ID}-{place}"
            booking.starts_at = TOMORROW + timedelta(minutes=place)
            self.session.add(booking)
        self.session.commit()

    def tells(self, kind: Kind, about: str, language: str) -> Letter:
        """The mail as the post is given it."""
        self.helper.language = language
        self.session.commit()
        message = Message(
            id=MESSAGE_ID,
            staff_id=self.helper.id,
            about=about,
            kind=kind,
            channel=Means.EMAIL,
            mode=Mode.FULL,
            language=language,
            expires_at=EVENING + timedelta(days=1),
        )
        sent = staff_letters.ready(self.session, message, post_settings(), EVENING)
        assert isinstance(sent, Letter)
        return sent

    def secrets(self) -> list[str]:
        """Their own address stands on the envelope; everything else stays in the house."""
        return [one for one in super().secrets() if one != self.helper.email]


@pytest.fixture
def office(make, clock) -> Office:
    return Office(make, clock)


def test_every_mail_to_staff_is_one_of_these():
    assert ABOUT.keys() == OF_STAFF


@pytest.mark.parametrize("language", STAFF_LOCALES)
def test_no_mail_about_a_duty_tells_the_help_who_comes_or_an_institution(office, language):
    booked = set()
    for people in (0, 1, 5):
        office.expects(people)
        for entry in CENTRES:
            office.stands_in(entry)
            secrets = office.secrets()
            for kind, about in ((kind, one) for kind, all_ in ABOUT.items() for one in all_):
                sent = office.tells(kind, about, language)
                assert told_in(sent, secrets) == [], (entry["slug"], kind, people)
                assert (entry["sms_name"] in sent.body) == (kind is not Kind.REFERRAL_UNREAD)
                booked.add(sent.body if kind is Kind.DUTY_TOMORROW else "")
    assert len(booked) == 3 * len(CENTRES) + 1  # the number of people is told, and differs


@pytest.mark.parametrize("language", STAFF_LOCALES)
def test_a_word_put_into_such_a_mail_is_found(office, language):
    office.stands_in(CENTRES[0])
    sent, word = office.tells(Kind.DUTY_CHANGED, DAY.isoformat(), language), WORDS[language]
    for harmed in (
        replace(sent, subject=f"{sent.subject}: {word}"),
        replace(sent, body=f"{sent.body}\n{word}"),
        replace(sent, sender=f"{word} <cic@example.org>"),
    ):
        assert told_in(harmed, []) != []
