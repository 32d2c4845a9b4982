"""A report that comes before our own commit that the message was taken is not lost."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from cic_cases import scheduler
from cic_cases.notifications import delivery_reports, jobs, report_rules
from cic_cases.notifications.channels import Receipt
from cic_cases.notifications.kinds import Kind, Means, State
from cic_cases.notifications.models import Attempt, EarlyReport, Message, Report
from tests.conftest import MONDAY
from tests.notifications.tried import Tried

KEY = "k" * 32
SMSAPI = f"/hooks/smsapi/{report_rules.smsapi_secret(KEY)}"
PHONE = {"email": None, "phone": "+48600100200"}
MINUTE = timedelta(minutes=1)
PEOPLE = 24


@pytest.fixture
def told(app, make) -> Tried:
    app.config["CIC"] = replace(app.config["CIC"], sms_report_key=KEY)
    return Tried(make)


class Hasty:
    """A gateway that reports while it still answers; of every third before it answers at all."""

    def __init__(self, app, status: str) -> None:
        self.app, self.status = app, status
        self.threads = ThreadPoolExecutor(4)
        self.answers: list = []

    def deliver(self, letter):
        reference = f"ref-{len(self.answers)}"
        told = self.threads.submit(self.report, reference)
        self.answers.append(told)
        if len(self.answers) % 3 == 0:
            told.result()
        return Receipt(parts=1, provider_ref=reference)

    def report(self, reference: str) -> bytes:
        asked = {"MsgId": reference, "status": self.status}
        return self.app.test_client().get(SMSAPI, query_string=asked).data


@pytest.mark.parametrize(
    ("status", "became"), [("404", (State.SENT, True)), ("405", (State.FAILED, False))]
)
def test_reports_that_race_our_own_commits_are_all_told(app, told, clock, status, became):
    for number in range(PEOPLE):
        told.books(told.person(**PHONE), MONDAY + timedelta(days=3, hours=number), at=MONDAY)
    gateway = Hasty(app, status)
    assert jobs.send_due(clock.at, gateway) == PEOPLE
    assert {answer.result() for answer in gateway.answers} == {b"OK"}

    scheduler.tidy(app)

    told.session.rollback()
    rows = [m for m in told.messages() if m.kind is Kind.BOOKING_CONFIRMATION]
    assert [(m.state, m.delivered_at is not None) for m in rows] == [became] * PEOPLE
    assert told.session.scalar(select(func.count()).select_from(EarlyReport)) == 0


@pytest.mark.postgresql_only  # on SQLite writers take turns: nobody commits between the two
def test_a_report_between_a_look_for_its_try_and_the_commit_of_that_try_is_told(
    app, told, clock, monkeypatch
):
    """The worst order: the report has looked in vain, the try is committed, then the report is."""
    told.books(told.person(**PHONE), MONDAY + timedelta(days=3), at=MONDAY)
    looked, committed, look = threading.Event(), threading.Event(), delivery_reports._told

    def slowly(*given):
        found = look(*given)
        looked.set()
        assert committed.wait(30)
        return found

    monkeypatch.setattr(delivery_reports, "_told", slowly)
    gateway = Hasty(app, "404")
    answer = gateway.deliver

    def waits_for_the_look(letter):
        receipt = answer(letter)
        assert looked.wait(30)
        return receipt

    gateway.deliver = waits_for_the_look
    assert jobs.send_due(clock.at, gateway) == 1
    committed.set()
    assert gateway.answers[0].result() == b"OK"
    monkeypatch.undo()
    assert told.session.scalars(select(Attempt.report)).all() == [None]

    scheduler.tidy(app)

    told.session.rollback()
    assert told.session.scalars(select(Attempt.report)).all() == [Report.DELIVERED]


def test_reports_of_nobody_and_the_same_twice_are_kept_once_and_for_an_hour(app, told, clock):
    early = select(func.count()).select_from(EarlyReport)
    for report in (Report.DELIVERED, Report.DELIVERED, Report.UNDELIVERED):
        known = delivery_reports.take(told.session, Means.SMS, "nobody's", report, at=clock.at)
        assert not known
        told.session.commit()
    for minutes, kept in ((59, 2), (60, 0)):
        clock.at = MONDAY + minutes * MINUTE
        scheduler.tidy(app)
        told.session.rollback()
        assert told.session.scalar(early) == kept
    assert told.session.scalar(select(func.count()).select_from(Message)) == 0
