"""The reminder of an appointment elsewhere in the ledger: never where, nor what for."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from cic_cases.foundation.codes import show
from cic_cases.foundation.db import in_transaction
from cic_cases.notifications import call_list, jobs, resending
from cic_cases.notifications.call_list_rules import What
from cic_cases.notifications.channels import PermanentFailure
from cic_cases.notifications.kinds import Means, State
from cic_cases.notifications.models import Message, WhyAgain
from cic_cases.privacy.models import AuditEntry
from tests.errand import HOUR, Errand
from tests.notifications.people import Pile

SECRETS = ("Counter", "wuw", "Wolno", "person@example.org", "600100200")


@pytest.fixture
def errand(make, clock) -> Errand:
    """The reminders of Wednesday's appointment were refused on the eve at ten."""
    errand = Errand.of(make, clock)
    errand.make.contact(errand.case, email="person@example.org", phone="+48600100200")
    errand.noted = errand.note(errand.tomorrow + timedelta(days=1))
    clock.at = errand.tomorrow - HOUR
    pile = Pile()
    pile.fails = PermanentFailure("refused by the mail server: 550")
    jobs.send_due(clock.at, pile)
    return errand


@pytest.fixture
def mail(errand: Errand) -> Message:
    wanted = select(Message).where(Message.channel == Means.EMAIL)
    return errand.session.scalars(wanted.execution_options(populate_existing=True)).one()


def test_reception_reads_on_its_page_that_the_reminder_was_refused(make, errand, mail, client_of):
    reception = client_of(make.staff("reception", errand.centre, language="en"))
    reference = show(errand.noted.reference)
    page = reception.get(f"/external/{reference}")

    assert "Messages about this appointment" in page.text
    assert page.text.count("Ask the person for the right address.") == 1
    message = reception.get(f"/messages/{mail.id}")
    assert f'href="/external/{reference}"' in message.text
    shown = message.text.partition('class="handset"')[2].partition("</figure>")[0]
    assert "09.01" in shown
    for secret in SECRETS:
        assert secret not in message.text


def test_whoever_goes_along_reads_no_messages(errand, mail, client_of):
    errand.noted.assistant_id = errand.assistant.id
    errand.session.commit()
    along = client_of(errand.assistant)
    page = along.get(f"/external/{show(errand.noted.reference)}?lang=en")

    assert page.status_code == 200
    assert "Messages about this appointment" not in page.text
    assert along.get(f"/messages/{mail.id}").status_code == 404


def test_it_is_sent_again_and_on_record(errand, mail, clock):
    scope = errand.by.scope("message.resend")
    why = WhyAgain.ADDRESS_CORRECTED
    in_transaction(resending.again, mail.id, why, scope=scope, at=clock.at, by=errand.by)
    pile = Pile()
    jobs.send_due(clock.at, pile)

    assert [one.recipient for one in pile.letters] == ["person@example.org"]
    noted = errand.session.scalars(select(AuditEntry).where(AuditEntry.action == "message.again"))
    assert [(one.subject_type, one.subject_id) for one in noted] == [("external", errand.noted.id)]


def test_a_call_instead_puts_the_person_on_the_list(errand, mail, clock):
    for one in errand.session.scalars(select(Message)):
        one.state, one.failure = State.SENT, None
    errand.session.commit()
    scope = errand.by.scope("message.resend")
    assert call_list.number_to_call(errand.session, scope, clock.at) == 0
    why = WhyAgain.NOT_RECEIVED
    in_transaction(resending.to_call, mail.id, why, scope=scope, at=clock.at, by=errand.by)

    [one] = call_list.waiting_to_be_called(errand.session, scope, clock.at)
    assert one.due.subject == (What.OUTSIDE, errand.noted.id)
