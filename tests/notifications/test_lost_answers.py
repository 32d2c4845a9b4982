"""An SMS whose answer was lost is settled by a report that calls it as we called it."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from cic_cases import scheduler
from cic_cases.notifications import report_rules
from cic_cases.notifications.channels.smsapi import idx_of
from cic_cases.notifications.kinds import Means, State
from cic_cases.notifications.models import Attempt, Message, Report, TryOutcome
from cic_cases.notifications.writing import outgoing_id
from tests.notifications.test_delivery_reports import KEY, MINUTE, PHONE, SMSAPI, signed
from tests.notifications.tried import Tried

SENT, UNKNOWN = TryOutcome.SENT, TryOutcome.UNKNOWN
STATES = {SENT: State.SENT, UNKNOWN: State.UNKNOWN}
DELIVERED, FAILED = (State.SENT, None, True), (State.FAILED, "reported as undelivered", False)


class Lost(Tried):
    """SMS that were taken, or may have been, under a number that nobody noted."""

    def __init__(self, make, app, clock) -> None:
        super().__init__(make)
        self.app, self.clock = app, clock
        app.config["CIC"] = replace(app.config["CIC"], sms_report_key=KEY)

    def taken(self, outcome: TryOutcome) -> Message:
        message = self.message(self.booked(PHONE), Means.SMS)
        self.tried(message, outcome)
        return self.stands(message, STATES[outcome], attempts=1)

    def by_smsapi(self, name: str, report: Report) -> None:
        """SMSAPI tells its own number, which is new to us, and our `idx`."""
        status = {Report.DELIVERED: "404", Report.UNDELIVERED: "405"}[report]
        told = {"MsgId": f"n{name[:8]}", "status": status, "idx": idx_of(name)}
        assert self.app.test_client().get(SMSAPI, query_string=told).data == b"OK"

    def by_gateway(self, name: str, report: Report) -> None:
        body = json.dumps({"id": f"n{name[:8]}", "message": name, "report": report}).encode()
        headers = signed(body, self.clock.at)
        answer = self.app.test_client().post("/hooks/sms", data=body, headers=headers)
        assert answer.status_code == 204

    def stands_so(self, message: Message) -> tuple[State, str | None, bool]:
        self.session.rollback()
        self.session.refresh(message)
        return message.state, message.failure, message.delivered_at is not None


@pytest.fixture
def lost(make, app, clock) -> Lost:
    return Lost(make, app, clock)


REPORTS = {
    "delivered": ([Report.DELIVERED], DELIVERED),
    "not delivered": ([Report.UNDELIVERED], FAILED),
    "twice": ([Report.DELIVERED, Report.DELIVERED], DELIVERED),
    "not delivered, and then it was": ([Report.UNDELIVERED, Report.DELIVERED], DELIVERED),
    "delivered, and then an old word": ([Report.DELIVERED, Report.UNDELIVERED], DELIVERED),
}


@pytest.mark.parametrize("outcome", STATES)
@pytest.mark.parametrize("who", ["by_smsapi", "by_gateway"])
def test_what_became_of_it_is_known_in_whatever_order_it_is_told(lost, who, outcome):
    for reports, became in REPORTS.values():
        message = lost.taken(outcome)
        for report in reports:
            getattr(lost, who)(message.id, report)
        assert lost.stands_so(message) == became, reports
        [attempt] = lost.line(message).attempts
        assert (attempt.outcome, attempt.provider_ref) == (SENT, f"n{message.id[:8]}")


@pytest.mark.parametrize("outcome", STATES)
def test_a_report_that_comes_before_the_commit_of_the_second_try_is_told_after_it(
    app, lost, outcome
):
    """The first try was taken and its commit lost; the second finds that it had been taken."""
    message = lost.message(lost.booked(PHONE), Means.SMS)
    lost.by_smsapi(message.id, Report.UNDELIVERED)
    scheduler.tidy(app)
    assert lost.stands_so(message) == (State.PENDING, None, False)

    lost.tried(message, outcome)
    lost.stands(message, STATES[outcome])
    lost.clock.forward(30 * MINUTE)
    scheduler.tidy(app)

    assert lost.stands_so(message) == FAILED


def test_a_report_of_what_left_before_says_nothing_of_what_was_sent_again(lost):
    message = lost.taken(SENT)
    lost.tried(message, SENT, at=lost.clock.at + timedelta(hours=1))
    lost.by_gateway(message.id, Report.UNDELIVERED)
    assert lost.stands_so(message) == (State.SENT, None, False)
    lost.by_gateway(f"{message.id}.1", Report.DELIVERED)
    assert lost.stands_so(message) == DELIVERED


def test_what_is_known_to_have_been_taken_leaves_under_another_name_when_it_is_sent_again(lost):
    message = lost.taken(UNKNOWN)
    lost.by_gateway(message.id, Report.UNDELIVERED)
    lost.session.rollback()
    message.left_before = sum(one.outcome is SENT for one in lost.line(message).attempts)
    assert outgoing_id(message) == f"{message.id}.1"


NAMES = {
    "0b8e3f0c52a64f9a8d0e7d6a5b1c2e3f": "0b8e3f0c-52a6-4f9a-8d0e-7d6a5b1c2e3f",
    "0b8e3f0c52a64f9a8d0e7d6a5b1c2e3fx12": "0b8e3f0c-52a6-4f9a-8d0e-7d6a5b1c2e3f.12",
    "1": None,
    "": None,
    "0b8e3f0c52a64f9a8d0e7d6a5b1c2e3fx": None,
}


def test_the_name_of_a_message_is_read_from_what_smsapi_was_given():
    told = {"MsgId": ",".join("abcde"), "status": ",".join(["404"] * 5), "idx": ",".join(NAMES)}
    assert [one.name for one in report_rules.of_smsapi(told)] == list(NAMES.values())
    assert all(name is None or idx_of(name) == idx for idx, name in NAMES.items())


@pytest.mark.parametrize("name", ["x", "%", "ours:1", 7, None, {}, "0" * 36])
def test_a_name_that_is_none_of_ours_is_no_name(name):
    told = report_rules.of_gateway(
        json.dumps({"id": 1, "report": "delivered", "message": name}).encode()
    )
    assert told == report_rules.Told("1", Report.DELIVERED)


def test_the_number_of_one_message_is_never_given_to_another(lost):
    first, second = lost.taken(SENT), lost.taken(UNKNOWN)
    [attempt] = lost.line(first).attempts
    lost.session.get_one(Attempt, attempt.id).provider_ref = f"n{second.id[:8]}"
    lost.session.commit()
    lost.by_gateway(second.id, Report.DELIVERED)
    assert lost.stands_so(first) == DELIVERED
    assert lost.stands_so(second) == (State.UNKNOWN, None, False)
