"""How each address is called: the words of its form, body or query. Not who may call it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.system.two_centres import Target

Words = Callable[[Target], dict[str, Any]]


@dataclass(frozen=True)
class Asked:
    """How an endpoint is called: words of its form or body, words of its query.

    `pointed`: a target is named elsewhere than in the address. `unfound`: the answer about what is
    foreign or missing (a filter that names it is invalid). `served`: what those who may are
    answered when it is not what `SERVED` says. `values`: words of the address without a target.
    `on_record`: that it was read leaves a line in the audit trail.
    """

    body: Words = lambda _target: {}
    query: Words = lambda _target: {}
    pointed: bool = False
    unfound: int = 404
    served: Mapping[str, set[int]] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    on_record: bool = False


CANCEL = Asked(lambda _: {"by": "person"})
STATUS = Asked(lambda _: {"status": "arrived"})
MOVE = Asked(lambda t: {"slot": t.slot})
SLOTS = Asked(
    query=lambda t: {"service": "legal_advice", "centre": t.centre}, pointed=True, unfound=422
)
PERSON = {
    "citizenship": "UA",
    "gender": "woman",
    "age_band": "18_60",
    "contact_language": "uk",
}
VISIT = {"channel": "desk", "services": ["integration_advice"], "language": "uk"}
A_LINK = Asked(values={"token": "nothing"}, served={"GET": {404}, "POST": {404}})
OWN_TEXT = Asked(
    lambda _: {"text": "{date} {time} {phone}"},
    values={"key": "discreet_reminder", "language": "pl"},
)
NO_REFERRAL = Asked(values={"referral_id": "999999"}, served={"POST": {404}})
A_NUMBER = Asked(values={"ticket_id": "999999"}, served={"POST": {404}})
PUBLIC = Asked(served={"POST": {422}})

ASKED: dict[str, Asked] = {
    "admin.accounts": Asked(),
    "admin.ask_disable": Asked(),
    "admin.disable": Asked(),
    "admin.invite": Asked(),
    "admin.reset": Asked(),
    "roles.change": Asked(lambda target: {"held": "reception@poznan", "seen": "reception@poznan"}),
    "absences.decide": Asked(
        lambda _: {"decision": "approve"},
        values={"request_id": "999999"},
        served={"POST": {404}},
    ),
    "absences.own": Asked(served={"GET": {200}, "POST": {422}}),
    "absences.waiting": Asked(),
    "absences.withdraw": Asked(values={"request_id": "999999"}, served={"POST": {404}}),
    "afterwards.choose": Asked(lambda _: {"outcome": "informed"}),
    "afterwards.follow_up": Asked(lambda _: {"weeks": "2"}),
    "alarms.overview": Asked(),
    "security.events": Asked(),
    "alarms.seen": Asked(values={"alarm_id": "999999"}, served={"POST": {404}}),
    "api_bookings.book": Asked(
        lambda t: {"slot": t.slot, "case": t.code, "language": "uk"}, pointed=True
    ),
    "api_bookings.cancel": CANCEL,
    "api_bookings.move": MOVE,
    "api_bookings.show": Asked(),
    "api_bookings.status": STATUS,
    "api_bookings.undo": Asked(served={"POST": {409}}),
    "api_cases.open_case": Asked(lambda t: {"centre": t.centre, **PERSON}, pointed=True),
    "api_cases.show_case": Asked(),
    "api_duties.cancel": Asked(lambda _: {"date": "2030-01-14", "reason": "illness"}),
    "api_duties.listed": Asked(
        query=lambda t: {"centre": t.centre, "from": "2030-01-07"}, pointed=True, unfound=422
    ),
    "api_duties.undo": Asked(values={"disruption_id": "1"}, served={"POST": {404}}),
    "api_holds.confirm": Asked(served={"POST": {409}}),
    "api_holds.hold": Asked(
        lambda t: {"slot": t.slot, "case": t.code, "language": "uk"}, pointed=True
    ),
    "api_holds.let_go": Asked(served={"DELETE": {409}}),
    "api_places.centres": Asked(),
    "api_places.services": Asked(),
    "api_slots.days": SLOTS,
    "api_slots.slots": SLOTS,
    "api_visits.count": Asked(lambda t: {"centre": t.centre, "channel": "desk"}, pointed=True),
    "api_visits.record": Asked(lambda t: {"centre": t.centre, **VISIT}, pointed=True),
    "api_waiting.accept": Asked(served={"POST": {409}}),
    "api_waiting.decline": Asked(lambda _: {"stays": True}, served={"POST": {409}}),
    "api_waiting.join": Asked(
        lambda t: {"service": t.service, "case": t.code, "centres": ["poznan"]},
        pointed=True,
        served={"POST": {409}},
    ),
    "api_waiting.leave": Asked(served={"DELETE": {200, 409}}),
    "api_waiting.listed": Asked(),
    "audit_log.find": Asked(lambda t: {"code": t.code}),
    "audit_log.of_case": Asked(on_record=True),
    "audit_log.search": Asked(),
    "bookings.book": Asked(),
    "bookings.cancel": CANCEL,
    "bookings.choose_move": Asked(),
    "bookings.detail": Asked(),
    "bookings.move": MOVE,
    "bookings.search": Asked(),
    "bookings.slip": Asked(),
    "bookings.status": STATUS,
    "bookings.undo": Asked(),
    "calendar.feed": Asked(values={"key": "nothing"}, served={"GET": {404}}),
    "call_list.called": Asked(
        lambda _: {"outcome": "told"},
        values={"what": "appointment"},
    ),
    "call_list.number": Asked(values={"what": "appointment"}),
    "call_list.overview": Asked(),
    "cases.book": Asked(),
    "cases.card": Asked(),
    "cases.replace_card": Asked(),
    "cases.set_contact": Asked(lambda _: {"mode": "none"}),
    "cases.show": Asked(),
    "camera.look": Asked(),
    "crisis.check": Asked(values={"key": "nothing"}, served={"POST": {404}}),
    "crisis.help_now": Asked(),
    "bookings.find_interpreter": Asked(),
    "late.number": Asked(),
    "desk.board": Asked(),
    "desk.close": Asked(),
    "desk.live": Asked(),
    "desk.count": Asked(),
    "desk.record": Asked(),
    "desk.scan": Asked(lambda t: {"code": t.code}),
    "desk.take_back": Asked(),
    "dev.message": Asked(values={"name": "nothing.eml"}, served={"GET": {404}}),
    "dev.outbox": Asked(),
    "external.cancel": Asked(),
    "external.coming": Asked(),
    "external.detail": Asked(),
    "external.move": Asked(),
    "external.note": Asked(),
    "external.of_case": Asked(),
    "external.outcome": Asked(lambda _: {"outcome": "done"}),
    "external.slip": Asked(),
    "external.undo": Asked(),
    "forgetting.ask": Asked(),
    "forgetting.erase": Asked(lambda _: {"what": "contact", "sure": "yes"}),
    "further.first": Asked(),
    "further.next_times": Asked(),
    "further.why_not": Asked(
        query=lambda t: {"on": "2030-01-07", "hour": "09:00", "centre": t.centre}
    ),
    "holds.confirm": Asked(served={"POST": {409}}),
    "holds.hold": Asked(),
    "holds.let_go": Asked(served={"POST": {409}}),
    "holds.start": Asked(served={"GET": {302}}),
    "displaced.accept": Asked(values={"displaced_id": "1"}, served={"POST": {404}}),
    "displaced.decline": Asked(values={"displaced_id": "1"}, served={"POST": {404}}),
    "displaced.told": Asked(values={"displaced_id": "1"}, served={"POST": {404}}),
    "disruptions.cancel": Asked(query=lambda _: {"on": "2030-01-14"}, served={"GET": {200, 303}}),
    "disruptions.confirm": Asked(lambda _: {"on": "2030-01-14"}, served={"POST": {303, 409, 422}}),
    "disruptions.confirm_change": Asked(lambda _: {"change": "{}"}, served={"POST": {422}}),
    "disruptions.no_change": Asked(served={"GET": {303}}),
    "disruptions.show": Asked(values={"disruption_id": "1"}, served={"GET": {404}}),
    "disruptions.undo": Asked(values={"disruption_id": "1"}, served={"POST": {404}}),
    "hooks.gateway": Asked(served={"POST": {404}}),
    "hooks.smsapi": Asked(values={"secret": "nothing"}, served={"GET": {404}, "POST": {404}}),
    "referrals.accept": NO_REFERRAL,
    "referrals.decline": Asked(
        lambda _: {"why": "no_time"}, values={"referral_id": "999999"}, served={"POST": {404}}
    ),
    "referrals.finish": NO_REFERRAL,
    "referrals.noted": NO_REFERRAL,
    "referrals.overview": Asked(),
    "referrals.refer": Asked(
        lambda t: {"service": t.service, "why": "asked"}, served={"GET": {200}, "POST": {422}}
    ),
    "referrals.send_again": NO_REFERRAL,
    "referrals.take_back": NO_REFERRAL,
    "referrals.withdraw": NO_REFERRAL,
    "links.settle": Asked(lambda _: {"decision": "link"}),
    "links.suggest": Asked(lambda t: {"other": t.code}),
    "manage.accept": A_LINK,
    "manage.ask": A_LINK,
    "manage.ask_decline": A_LINK,
    "manage.back": Asked(values={"token": "nothing"}, served={"GET": {303}}),
    "manage.calendar": A_LINK,
    "manage.call_me": A_LINK,
    "manage.cancel": A_LINK,
    "manage.coming": A_LINK,
    "manage.decline": A_LINK,
    "manage.lost": Asked(values={"_rest": "nothing/more"}, served={"GET": {404}}),
    "manage.show": A_LINK,
    "messages.again": Asked(lambda _: {"why": "not_received"}),
    "messages.failed": Asked(),
    "messages.show": Asked(),
    "door_sheet.show": Asked(),
    "morning.board": Asked(),
    "my_day.show": Asked(),
    "my_week.show": Asked(),
    "notes.ask": Asked(lambda _: {"author": "0", "reason": "danger"}),
    "notes.correct": Asked(lambda _: {"text": "once more", "seen": "1"}),
    "notes.draft": Asked(lambda _: {"text": "half a sentence"}),
    "notes.history": Asked(on_record=True),
    "notes.show": Asked(on_record=True),
    "notes.write": Asked(lambda _: {"text": "a sentence", "kept_for": "author"}),
    "openapi": Asked(),
    "openings.decide": Asked(lambda _: {"decision": "grant"}),
    "openings.overview": Asked(),
    "openings.seen": Asked(),
    "people.account": Asked(),
    "people.change_password": Asked(),
    "people.choose_language": Asked(),
    "people.link": Asked(values={"token": "nothing"}, served={"GET": {404}, "POST": {404}}),
    "people.login": Asked(served={"GET": {200, 303}, "POST": {422}}),
    "people.open_calendar": Asked(),
    "people.stop_calendar": Asked(),
    "people.logout": Asked(served={"POST": {303}}),
    "steps.second_step": Asked(served={"GET": {303}, "POST": {303}}),
    "steps.enrol": Asked(served={"GET": {303}, "POST": {303}}),
    "steps.prove": Asked(served={"GET": {200, 303}, "POST": {303, 422}}),
    "steps.lock": Asked(served={"POST": {303}}),
    "steps.draft": Asked(served={"GET": {303}}),
    "steps.send_draft": Asked(),
    "steps.discard_draft": Asked(),
    "factors.set_up": Asked(),
    "factors.recovery_codes": Asked(),
    "factors.remove": Asked(),
    "off_duty.show": Asked(served={"GET": {303}}),
    "passkeys.add": Asked(),
    "passkeys.enrol": Asked(),
    "passkeys.options": Asked(values={"purpose": "sign-in"}, served={"POST": {404}}),
    "passkeys.prove": Asked(),
    "passkeys.remove": Asked(values={"number": "999999"}, served={"POST": {404}}),
    "passkeys.rename": Asked(values={"number": "999999"}, served={"GET": {404}, "POST": {404}}),
    "passkeys.second_step": Asked(),
    "passkeys.sign_in": Asked(),
    "factors.end_session": Asked(values={"number": "999999"}, served={"POST": {404}}),
    "portal.healthz": Asked(),
    "portal.privacy": Asked(),
    "portal.metrics": Asked(),
    "portal.readyz": Asked(),
    "portal.start": Asked(),
    "recovery.ask": Asked(),
    "recovery.confirm": Asked(lambda _: {"phone": "600 100 299"}, served={"POST": {404}}),
    "recovery.find": Asked(lambda _: {"phone": "600 100 299"}),
    "reports.overview": Asked(query=lambda t: {"centre": t.centre}, pointed=True),
    "rosters.add_closure": Asked(),
    "rosters.add_duty": Asked(),
    "rosters.copy_week": Asked(),
    "rosters.edit_duty": Asked(),
    "rosters.hours": Asked(),
    "rosters.occurrence": Asked(served={"POST": {422}}),
    "rosters.overview": Asked(),
    "rosters.reopen": Asked(),
    "rosters.set_date": Asked(),
    "rosters.set_week": Asked(),
    "waiting.accept": Asked(),
    "waiting.ask": Asked(),
    "waiting.decline": Asked(),
    "waiting.join": Asked(),
    "waiting.leave": Asked(),
    "staff_news.save": Asked(),
    "staff_news.show": Asked(),
    "texts.edit": OWN_TEXT,
    "texts.overview": Asked(),
    "texts.restore": OWN_TEXT,
    "texts.save": OWN_TEXT,
    "waiting.offer": Asked(),
    "waiting.overview": Asked(),
    "waiting.start": Asked(lambda t: {"code": t.code}, pointed=True),
    "static": Asked(values={"filename": "app.css"}),
    "display.live": Asked(values={"slug": "poznan"}, served={"GET": {404}}),
    "display.place": Asked(values={"key": "nothing"}, served={"GET": {404}}),
    "display.screen": Asked(values={"slug": "poznan"}, served={"GET": {404}}),
    "tour.show": Asked(),
    "waiting_room.call": A_NUMBER,
    "waiting_room.call_next": Asked(),
    "waiting_room.give": Asked(),
    "waiting_room.open_screen": Asked(),
    "waiting_room.overview": Asked(),
    "waiting_room.skip": A_NUMBER,
    "waiting_room.slip": Asked(served={"GET": {303}}),
    "waiting_room.stop_screen": Asked(),
}
