"""SMS by a gateway that takes JSON: what it is told, how it fails, and whom it does not reach."""

from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from cic_cases.cases import service as cases
from cic_cases.cases.attributes import ContactMode
from cic_cases.cases.models import Contact
from cic_cases.cases.rules import ContactWish
from cic_cases.notifications import call_list, jobs, preview, telling
from cic_cases.notifications.channels import (
    PermanentFailure,
    TemporaryFailure,
    TextMessage,
    UnknownOutcome,
    gateway,
    offered,
    open_post,
    sms_service,
)
from cic_cases.notifications.channels.sms_service import SmsService
from cic_cases.notifications.kinds import Kind, Means, Mode, State
from cic_cases.notifications.models import Attempt
from cic_cases.notifications.rules import Way
from tests.conftest import MONDAY
from tests.notifications.people import Told
from tests.notifications.sms_gateway import HANG_UP, HOST, SILENCE, SmsGateway

THURSDAY = datetime(2030, 1, 10, 9, tzinfo=ZoneInfo("Europe/Warsaw"))
SMS = TextMessage(message_id="message-9", recipient="+48600100200", text="Przypomnienie: 24.11")
POLISH, UKRAINIAN = "+48600100200", "+380501234567"


@dataclass(frozen=True)
class Settings:
    mail_url: str = ""
    mail_from: str = ""
    mail_from_neutral: str = ""
    sms_url: str = ""


def delivered(to: SmsGateway, sms: TextMessage = SMS, query: str = "sender=CIC&neutral=INFO"):
    with open_post(Settings(sms_url=to.url(query))) as post:
        return post.deliver(sms)


def test_a_gateway_is_told_the_number_the_text_and_who_sends():
    with SmsGateway() as to:
        receipt = delivered(to, query="sender=CIC&neutral=INFO&campaign=7")

    assert to.taken == [
        {"id": "message-9", "to": POLISH, "text": "Przypomnienie: 24.11", "sender": "CIC"}
    ]
    assert to.paths == ["/send?campaign=7"]
    assert to.headers[0]["Authorization"] == "Bearer secret"
    assert to.headers[0]["Idempotency-Key"] == "message-9"
    assert (receipt.parts, receipt.provider_ref) == (1, "ref-message-9")


def test_a_discreet_message_has_the_neutral_sender():
    with SmsGateway() as to:
        delivered(to, replace(SMS, discreet=True))
    assert [sms["sender"] for sms in to.taken] == ["INFO"]


@pytest.mark.parametrize(
    ("answer", "failure", "reason"),
    [
        pytest.param((400, {}), PermanentFailure, "refused by the SMS gateway: 400", id="400"),
        pytest.param((422, {}), PermanentFailure, "refused by the SMS gateway: 422", id="422"),
        pytest.param((408, {}), TemporaryFailure, "SMS gateway: 408", id="408"),
        pytest.param((425, {}), TemporaryFailure, "SMS gateway: 425", id="425"),
        pytest.param((429, {}), TemporaryFailure, "SMS gateway: 429", id="429"),
        pytest.param((500, {}), TemporaryFailure, "SMS gateway: 500", id="500"),
        pytest.param((503, "busy"), TemporaryFailure, "SMS gateway: 503", id="503"),
        pytest.param((401, {}), TemporaryFailure, "refused our sign-in", id="our own mistake"),
        pytest.param((402, {}), TemporaryFailure, "no credit", id="no credit"),
        pytest.param((302, {}), TemporaryFailure, "redirects", id="a redirect is not followed"),
        pytest.param(HANG_UP, UnknownOutcome, "after the whole message", id="hangs up"),
        pytest.param(SILENCE, UnknownOutcome, "after the whole message", id="says nothing"),
    ],
)
def test_a_gateway_fails_in_its_own_ways(answer, failure, reason, monkeypatch):
    monkeypatch.setattr(gateway, "VERDICT_SECONDS", 0.3)
    with SmsGateway(lambda _message: answer) as to, pytest.raises(failure, match=reason) as told:
        delivered(to)
    assert POLISH not in str(told.value)
    assert "secret" not in str(told.value)


def test_no_gateway_there_is_tried_again_later():
    with SmsGateway() as to:
        url = to.url()
    with open_post(Settings(sms_url=url)) as post, pytest.raises(TemporaryFailure, match="no conn"):
        post.deliver(SMS)


@pytest.mark.parametrize(
    ("told", "reference"),
    [
        pytest.param({"id": 17}, "17", id="a number"),
        pytest.param({"id": "a-1"}, "a-1", id="a text"),
        pytest.param({"id": True}, None, id="no number"),
        pytest.param({"id": "x" * 81}, None, id="too long to be kept"),
        pytest.param({"id": "a\nb"}, None, id="not one line"),
        pytest.param([], None, id="a list"),
        pytest.param("not JSON", None, id="no JSON"),
    ],
)
def test_what_a_gateway_says_beyond_yes_is_kept_only_when_it_can_be_named_again(told, reference):
    with SmsGateway(lambda _message: (202, told)) as to:
        assert delivered(to).provider_ref == reference


@pytest.mark.parametrize(
    ("query", "ways"),
    [
        ("sender=CIC&neutral=INFO", {Mode.FULL, Mode.DISCREET}),
        ("sender=CIC", {Mode.FULL}),
    ],
)
def test_without_a_neutral_sender_nothing_discreet_goes(query, ways):
    settings = Settings(sms_url=f"http://{HOST}:9/?{query}")
    assert offered(settings) == {Way(Means.SMS, mode) for mode in ways}


@pytest.mark.parametrize(
    ("reach", "code", "reached"),
    [
        ("", 380, True), ("reach=48", 48, True), ("reach=48", 380, False),
        ("reach=48,380", 380, True), ("reach=48", None, True),
    ],
)  # fmt: skip
def test_a_gateway_reaches_the_countries_it_says(reach, code, reached):
    service = SmsService.read(f"https://sms.example.org/?sender=CIC&{reach}")
    assert service.reaches(code) is reached


def test_a_number_out_of_reach_is_refused_before_it_leaves():
    """Older contacts have no calling code: the number itself tells."""
    with SmsGateway() as to, pytest.raises(PermanentFailure, match="does not reach this number"):
        delivered(to, replace(SMS, recipient=UKRAINIAN), query="sender=CIC&reach=48")
    assert to.headers == []


@pytest.fixture
def told(make) -> Told:
    return Told(make)


@pytest.fixture
def only_poland(app):
    """A gateway that only reaches +48; mail does not exist."""
    before = app.config["CIC"]
    app.config["CIC"] = replace(
        before, sms_url=f"http://{HOST}:9/?sender=CIC&neutral=INFO&reach=48", mail_url=""
    )
    yield
    app.config["CIC"] = before


def person(told, phone: str, code: int) -> int:
    case_id = told.person(email=None, phone=phone)
    contact = told.session.scalars(select(Contact).where(Contact.case_id == case_id)).one()
    contact.calling_code = code
    told.session.commit()
    return case_id


def test_whom_the_gateway_does_not_reach_is_called_at_once_and_visibly(told, only_poland, make):
    by = make.actor(make.staff("reception", told.centre))
    case_id = person(told, UKRAINIAN, 380)
    booking = told.books(case_id, THURSDAY, at=MONDAY)

    assert {(m.state, m.failure) for m in told.messages(booking)} == {
        (State.FAILED, "the SMS gateway does not reach this number")
    }
    assert telling.told(told.session, case_id) == "call"
    [one] = call_list.waiting_to_be_called(told.session, by.scope("call_list.see"), MONDAY)
    assert one.due.kind is Kind.BOOKING_CONFIRMATION
    shown = preview.of_slot(
        told.session, case_id=case_id, centre_id=told.centre.id, starts_at=THURSDAY,
        language="uk", reference="AAAAAA", at=MONDAY,
    )  # fmt: skip
    assert shown == []


def test_whom_it_reaches_gets_it_and_the_try_is_on_record(app, told, only_poland):
    booking = told.books(person(told, POLISH, 48), THURSDAY, at=MONDAY)
    with SmsGateway() as to:
        settings = replace(app.config["CIC"], sms_url=to.url("sender=CIC&neutral=INFO&reach=48"))
        with open_post(settings) as post:
            assert jobs.send_due(MONDAY, post) == 1
    [tried] = told.session.scalars(select(Attempt)).all()
    assert tried.provider_ref == f"ref-{tried.message_id}"
    assert [m.state for m in told.messages(booking)][0] is State.SENT


def test_a_phone_is_kept_with_its_calling_code_and_loses_it_with_the_number(app, make):
    case, _code = make.case()
    centre = make.centre()
    by = make.actor(make.staff("reception", centre))
    full = ContactMode.FULL
    for wish, code in (
        (ContactWish(mode=full, phone=UKRAINIAN), 380),
        (ContactWish(mode=full, email="person@example.org"), 380),
        (ContactWish(mode=full, phone="600 100 200"), 48),
        (ContactWish(mode=ContactMode.NONE), None),
    ):
        given = {"centre_id": centre.id, "at": MONDAY, "by": by}
        cases.set_contact(make.session, case.id, wish, **given)
        make.session.commit()
        kept = make.session.scalars(select(Contact).where(Contact.case_id == case.id)).one()
        assert kept.calling_code == code


def test_the_service_of_the_settings_is_read_once():
    settings = Settings(sms_url="https://sms.example.org/?sender=CIC&reach=48")
    assert sms_service(settings) is sms_service(settings)
