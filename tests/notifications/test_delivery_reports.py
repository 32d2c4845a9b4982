"""Reports of operators: proven, in any order, as often as they come, and about nobody by name."""

import json
import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cic_cases.notifications import call_list, delivery_reports, report_rules
from cic_cases.notifications.kinds import Means, State
from cic_cases.notifications.ledger_rules import Fate
from cic_cases.notifications.models import Attempt, Message, Report, TryOutcome
from tests.conftest import MONDAY
from tests.notifications.tried import MINUTE, Tried

PHONE = {"email": None, "phone": "+48600100200"}
KEY = "k" * 32
SMSAPI = f"/hooks/smsapi/{report_rules.smsapi_secret(KEY)}"
D, U = Report.DELIVERED, Report.UNDELIVERED


class Reported(Tried):
    """One SMS that was taken under the name REF."""

    def taken(self, ref: str = "REF") -> Message:
        message = self.message(self.booked(PHONE), Means.SMS)
        self.again(message, ref)
        return self.stands(message, State.SENT, sent_at=MONDAY, attempts=1)

    def again(self, message: Message, ref: str | None, outcome=TryOutcome.SENT) -> Attempt:
        tried = self.tried(message, outcome)
        tried.provider_ref = ref
        self.session.commit()
        return tried

    def report(self, report: Report, ref: str = "REF", at: datetime = MONDAY) -> bool:
        known = delivery_reports.take(self.session, Means.SMS, ref, report, at=at)
        self.session.commit()
        return known


@pytest.fixture
def told(make) -> Reported:
    return Reported(make)


@pytest.fixture
def keyed(app):
    app.config["CIC"] = _with_key(app.config["CIC"], KEY)
    return app


def _with_key(chosen, key):
    return replace(chosen, sms_report_key=key)


def stands(message: Message) -> tuple[State, str | None, bool]:
    return message.state, message.failure, message.delivered_at is not None


DELIVERED = (State.SENT, None, True)
FAILED = (State.FAILED, delivery_reports.UNDELIVERED, False)


def test_what_was_delivered_is_said_in_the_ledger(told):
    message = told.taken()
    assert told.report(D, at=MONDAY + MINUTE)
    assert message.delivered_at == MONDAY + MINUTE
    assert told.line(message).fate is Fate.DELIVERED


def test_whom_an_sms_did_not_reach_is_on_the_call_list(told):
    message = told.taken()
    by = told.make.actor(told.make.staff("reception", told.centre)).scope("call_list.see")
    assert not call_list.waiting_to_be_called(told.session, by, MONDAY)
    told.report(U)
    assert stands(message) == FAILED
    assert told.line(message).fate is Fate.NOT_DELIVERED
    assert len(call_list.waiting_to_be_called(told.session, by, MONDAY)) == 1


@pytest.mark.parametrize("order", sorted({*permutations([D, U, D, U]), (D,), (U, D), (D, U)}))
def test_once_delivered_stays_delivered_in_any_order(told, order):
    message = told.taken()
    for minutes, report in enumerate(order):
        told.report(report, at=MONDAY + minutes * MINUTE)
    assert stands(message) == DELIVERED
    assert told.line(message).attempts[-1].report is D


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(reports=st.lists(st.sampled_from([D, U]), max_size=8))
def test_a_message_is_what_its_reports_say_and_no_order_matters(told, reports):
    message = told.session.merge(_one(told))
    told.stands(message, State.SENT, failure=None, delivered_at=None)
    [attempt] = told.line(message).attempts
    attempt.report = attempt.reported_at = None
    told.session.commit()
    for report in reports:
        told.report(report)
    wanted = DELIVERED if D in reports else FAILED if reports else (State.SENT, None, False)
    assert stands(message) == wanted


def _one(told: Reported) -> Message:
    found = [m for m in told.messages() if m.channel is Means.SMS and m.sent_at]
    return found[0] if found else told.taken()


def test_the_same_report_twice_keeps_the_first_moment(told):
    message = told.taken()
    for minutes in (1, 9):
        told.report(D, at=MONDAY + minutes * MINUTE)
    assert message.delivered_at == MONDAY + MINUTE
    assert told.line(message).attempts[-1].reported_at == MONDAY + MINUTE


def test_a_report_of_an_earlier_try_says_nothing_of_the_last(told):
    message = told.taken("OLD")
    told.again(message, "NEW")
    told.report(U, "OLD")
    assert stands(message) == (State.SENT, None, False)
    told.report(D, "OLD")
    assert stands(message) == (State.SENT, None, False)
    told.report(D, "NEW")
    assert stands(message) == DELIVERED


@pytest.mark.parametrize("state", [State.PENDING, State.SUPERSEDED, State.EXPIRED])
def test_what_leaves_again_or_was_withdrawn_stays_so_when_it_is_reported_undelivered(told, state):
    message = told.stands(told.taken(), state)
    told.report(U)
    assert stands(message) == (state, None, False)


def test_a_failure_of_another_kind_is_not_undone_by_a_report(told):
    message = told.stands(told.taken(), State.FAILED, failure="staff asked for a call")
    told.report(D)
    assert stands(message) == (State.FAILED, "staff asked for a call", True)


def test_a_message_of_another_channel_is_not_meant(told):
    message = told.taken()
    assert not delivery_reports.take(told.session, Means.EMAIL, "REF", D, at=MONDAY)
    assert not told.report(D, "nobody's")
    assert stands(message) == (State.SENT, None, False)


def test_smsapi_reports_by_get_or_post_several_at_once_and_is_answered_ok(keyed, told, caplog):
    first = told.taken("A1")
    words = {"MsgId": "zz,A1", "status": "405,404", "to": "48600100201,48600100200", "idx": "1,2"}
    caplog.set_level(logging.DEBUG)
    answers = [
        keyed.test_client().get(SMSAPI, query_string=words),
        keyed.test_client().post(SMSAPI, data=words),
        keyed.test_client().get(SMSAPI, query_string={**words, "MsgId": "un,known"}),
        keyed.test_client().get(SMSAPI),
    ]
    assert {(answer.status_code, answer.data) for answer in answers} == {(200, b"OK")}
    assert told.line(first).fate is Fate.DELIVERED
    assert "6001002" not in caplog.text


@pytest.mark.parametrize("status", ["401", "403", "408", "409", "410", "", "x"])
def test_a_status_that_is_not_the_last_word_changes_nothing(keyed, told, status):
    message = told.taken()
    keyed.test_client().get(SMSAPI, query_string={"MsgId": "REF", "status": status})
    assert told.line(message).fate is Fate.SENT


@pytest.mark.parametrize("status", ["402", "405", "406", "407"])
def test_a_status_that_says_never_is_undelivered(keyed, told, status):
    message = told.taken()
    keyed.test_client().get(SMSAPI, query_string={"MsgId": "REF", "status": status})
    assert told.line(message).fate is Fate.NOT_DELIVERED


def test_a_wrong_address_and_no_key_at_all_are_the_same_missing_page(keyed, told):
    message, words = told.taken(), {"MsgId": "REF", "status": "404"}
    wrong = keyed.test_client().get(SMSAPI[:-1] + "x", query_string=words)
    keyed.config["CIC"] = _with_key(keyed.config["CIC"], "")
    none = keyed.test_client().get(f"/hooks/smsapi/{report_rules.smsapi_secret('')}", data=words)
    assert (wrong.status_code, none.status_code) == (404, 404)
    assert told.line(message).fate is Fate.SENT


def signed(body: bytes, at: datetime = MONDAY, key: str = KEY) -> dict[str, str]:
    timestamp = str(int(at.timestamp()))
    return {
        "X-CIC-Timestamp": timestamp,
        "X-CIC-Signature": report_rules.signature(key, timestamp, body),
    }


def body_of(report: str = "delivered", ref: object = "REF") -> bytes:
    return json.dumps({"id": ref, "report": report}).encode()


def test_a_gateway_reports_with_a_signature_and_an_unknown_message_is_answered_alike(keyed, told):
    message = told.taken()
    for ref in ("REF", "REF", "nobody's"):
        body = body_of(ref=ref)
        answer = keyed.test_client().post("/hooks/sms", data=body, headers=signed(body))
        assert (answer.status_code, answer.data) == (204, b"")
    assert told.line(message).fate is Fate.DELIVERED


LATE, EARLY = MONDAY - timedelta(seconds=301), MONDAY + timedelta(seconds=301)
REFUSED = {
    "unsigned": (body_of(), {}),
    "signed with another key": (body_of(), signed(body_of(), key="x" * 32)),
    "of another body": (body_of(), signed(body_of("undelivered"))),
    "of long ago": (body_of(), signed(body_of(), LATE)),
    "of the time to come": (body_of(), signed(body_of(), EARLY)),
    "no time": (body_of(), {**signed(body_of()), "X-CIC-Timestamp": "now"}),
    "an endless time": (body_of(), {**signed(body_of()), "X-CIC-Timestamp": "9" * 5000}),
    "no report": (body_of("seen"), signed(body_of("seen"))),
    "no name": (body_of(ref=""), signed(body_of(ref=""))),
    "a name no database takes": (body_of(ref="\x00"), signed(body_of(ref="\x00"))),
    "no JSON": (b"{", signed(b"{")),
    "a list": (b"[1]", signed(b"[1]")),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_proves_or_says_nothing_is_a_missing_page(keyed, told, case):
    message, (body, headers) = told.taken(), REFUSED[case]
    answer = keyed.test_client().post("/hooks/sms", data=body, headers=headers)
    assert answer.status_code == 404
    assert told.line(message).fate is Fate.SENT


def test_a_report_that_is_far_too_long_is_not_read(keyed):
    body = b" " * 20_000
    answer = keyed.test_client().post("/hooks/sms", data=body, headers=signed(body))
    assert answer.status_code == 413


def test_the_signature_is_the_one_that_is_documented():
    at = datetime(2030, 1, 7, 6, tzinfo=UTC)
    known = "cb63eee92c46d495154c422525fdabb64d79b5a363560909ca6f8076ce5f7a8a"  # by openssl
    assert report_rules.is_signed(KEY, "1893996000", b"{}", known, at)
