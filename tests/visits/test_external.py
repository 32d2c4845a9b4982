"""Appointments elsewhere: they take the person's and the assistant's time, and nothing collides."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from cic_cases.calendar import appointments
from cic_cases.calendar.models import Occupancy
from cic_cases.centres.models import Region
from cic_cases.foundation.db import in_transaction
from cic_cases.foundation.errors import NotFound, Refusal
from cic_cases.foundation.intervals import Interval
from cic_cases.privacy.actor import Scope
from cic_cases.privacy.models import AuditEntry
from cic_cases.visits import external, external_rules
from cic_cases.visits import external_queries as queries
from cic_cases.visits.models import ExternalAppointment
from cic_cases.visits.statuses import ExternalStatus
from tests.errand import HOUR, MINUTE, Errand

DAY = timedelta(days=1)
TUESDAY = date(2030, 1, 8)


def taken(errand: Errand) -> dict[int, Interval]:
    rows = errand.session.execute(
        select(Occupancy.resource_id, Occupancy.starts_at, Occupancy.ends_at)
    )
    return {resource: Interval(start, end) for resource, start, end in rows}


def noted_acts(errand: Errand) -> list[str]:
    wanted = select(AuditEntry.action).where(AuditEntry.subject_type == "external")
    return list(errand.session.scalars(wanted.order_by(AuditEntry.id)))


def test_it_takes_the_person_and_the_assistant_with_the_way_there_and_back(errand: Errand):
    noted = errand.note(assistant_id=errand.assistant.id)

    away = Interval(errand.tomorrow - 30 * MINUTE, errand.tomorrow + 70 * MINUTE)
    assert taken(errand) == {errand.case.resource_id: away, errand.assistant.resource_id: away}
    assert (noted.status, noted.version, noted.company) == (ExternalStatus.NOTED, 1, True)
    assert noted_acts(errand) == ["external.noted"]


@pytest.mark.parametrize(
    ("later", "refusal"),
    [
        (99 * MINUTE, external_rules.PersonBusy),
        (100 * MINUTE, None),
        (-99 * MINUTE, external_rules.PersonBusy),
        (-100 * MINUTE, None),
    ],
)
def test_nobody_is_in_two_places_nor_on_two_ways(errand: Errand, later, refusal):
    errand.note()

    if refusal is None:
        assert errand.note(errand.tomorrow + later).id
        return
    with pytest.raises(refusal) as caught:
        errand.note(errand.tomorrow + later)
    assert (caught.value.field, caught.value.problem) == ("time", "person-busy")
    assert len(errand.session.scalars(select(ExternalAppointment)).all()) == 1


def test_an_assistant_goes_with_one_person_at_a_time(errand: Errand):
    errand.note(assistant_id=errand.assistant.id)
    other, _ = errand.make.case(errand.centre)

    with pytest.raises(external_rules.AssistantBusy) as caught:
        errand.note(errand.tomorrow + HOUR, case=other, assistant_id=errand.assistant.id)

    assert (caught.value.field, caught.value.problem) == ("assistant", "assistant-busy")
    assert errand.case.resource_id in taken(errand)
    assert other.resource_id not in taken(errand)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"starts_at": "now"}, "day"),
        ({"starts_at": "far"}, "day"),
        ({"minutes": 4}, "minutes"),
        ({"minutes": 721}, "minutes"),
        ({"travel_minutes": -1}, "travel_minutes"),
        ({"travel_minutes": 241}, "travel_minutes"),
        ({"language": "qq"}, "language"),
        ({"place_id": 0}, "place"),
        ({"assistant_id": 0}, "assistant"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(errand: Errand, more, field):
    named = {"now": errand.clock.at, "far": errand.clock.at + 731 * DAY}
    if "starts_at" in more:
        more = {"starts_at": named[more["starts_at"]]}

    with pytest.raises(Refusal) as caught:
        errand.note(**more)

    assert caught.value.field == field
    assert taken(errand) == {}
    assert noted_acts(errand) == []


def test_a_place_of_another_region_or_out_of_use_is_no_place(errand: Errand):
    words = {"operator": "X", "country": "PL", "citizenships": "UA", "languages": "uk"}
    elsewhere = errand.make.save(Region(slug="elsewhere", name="elsewhere", **words))
    foreign = errand.make.place("court", elsewhere)
    old = errand.make.place("old")
    old.active = False
    errand.make.save(old)

    for place in (foreign, old):
        with pytest.raises(external_rules.UnknownPlace):
            errand.note(place_id=place.id)


def test_only_advisers_and_interpreters_of_the_centre_go_along(errand: Errand):
    make, leszno = errand.make, errand.make.centre("leszno")
    adviser = make.staff("adviser", errand.centre, initials="A.A.")
    whole = make.staff("interpreter", region=make.region(), initials="Z.Z.")
    gone = make.staff("adviser", errand.centre, initials="G.G.")
    gone.disabled_at = errand.clock.at
    make.save(gone)
    strangers = [make.staff("lawyer", errand.centre), make.staff("adviser", leszno), gone]

    found = queries.assistants(errand.session, errand.centre.id)

    assert [person.id for person in found] == [adviser.id, errand.assistant.id, whole.id]
    for stranger in strangers:
        with pytest.raises(external_rules.NoAssistant):
            errand.note(assistant_id=stranger.id)


def test_a_move_frees_the_old_time_and_takes_the_new(errand: Errand):
    noted = errand.note(assistant_id=errand.assistant.id)
    adviser = errand.make.staff("adviser", errand.centre)

    moved = errand.move(noted, errand.tomorrow + HOUR, assistant_id=adviser.id, version=1)

    away = Interval(errand.tomorrow + 30 * MINUTE, errand.tomorrow + 130 * MINUTE)
    assert taken(errand) == {errand.case.resource_id: away, adviser.resource_id: away}
    assert (moved.version, moved.assistant_id) == (2, adviser.id)
    assert noted_acts(errand) == ["external.noted", "external.moved"]


def test_a_refused_move_leaves_everything_as_it_was(errand: Errand):
    noted = errand.note()
    other, _ = errand.make.case(errand.centre)
    errand.note(errand.tomorrow + 3 * HOUR, case=other, assistant_id=errand.assistant.id)
    before = taken(errand)

    with pytest.raises(external_rules.AssistantBusy):
        errand.move(noted, errand.tomorrow + 3 * HOUR, assistant_id=errand.assistant.id)

    assert taken(errand) == before
    errand.session.refresh(noted)
    assert (noted.version, noted.starts_at) == (1, errand.tomorrow)


def test_a_change_decided_on_an_older_state_is_refused(errand: Errand):
    noted = errand.note()
    errand.move(noted, company=True, version=1)

    with pytest.raises(appointments.VersionConflict):
        errand.move(noted, errand.tomorrow + HOUR, version=1)
    with pytest.raises(appointments.VersionConflict):
        errand.cancel(noted, version=1)
    assert noted_acts(errand) == ["external.noted", "external.changed"]


def test_a_cancelled_one_gives_all_time_back_and_stays_cancelled(errand: Errand):
    noted = errand.note(assistant_id=errand.assistant.id)

    cancelled = errand.cancel(noted)

    assert taken(errand) == {}
    assert (cancelled.status, cancelled.version) == (ExternalStatus.CANCELLED, 2)
    with pytest.raises(appointments.WrongStatus):
        errand.cancel(noted)
    with pytest.raises(appointments.WrongStatus):
        errand.move(noted)


def test_an_outcome_is_told_on_its_day_and_can_be_taken_back(errand: Errand):
    noted = errand.note()
    asked = {"scope": errand.scope, "by": errand.by}
    with pytest.raises(appointments.NotYet):
        in_transaction(
            external.set_outcome,
            noted.reference,
            ExternalStatus.DONE,
            at=errand.clock.at,
            **asked,
        )

    at = errand.clock.forward(DAY)
    done = in_transaction(
        external.set_outcome, noted.reference, ExternalStatus.NO_SHOW, at=at, **asked
    )
    assert done.status is ExternalStatus.NO_SHOW
    with pytest.raises(appointments.WrongStatus):
        in_transaction(external.set_outcome, noted.reference, ExternalStatus.DONE, at=at, **asked)
    undone = in_transaction(external.undo, noted.reference, at=at, **asked)

    assert undone.status is ExternalStatus.NOTED
    with pytest.raises(appointments.WrongStatus):
        in_transaction(external.undo, noted.reference, at=at, **asked)
    assert noted_acts(errand) == ["external.noted", "external.no_show", "external.undone"]


@pytest.mark.parametrize("to", [ExternalStatus.NOTED, ExternalStatus.CANCELLED])
def test_only_done_and_no_show_are_outcomes(errand: Errand, to):
    noted = errand.note(errand.clock.at + HOUR)

    with pytest.raises(appointments.WrongStatus):
        in_transaction(
            external.set_outcome,
            noted.reference,
            to,
            scope=errand.scope,
            at=errand.clock.at,
            by=errand.by,
        )


def test_out_of_scope_is_the_same_as_missing(errand: Errand):
    noted = errand.note(assistant_id=errand.assistant.id)
    leszno = errand.make.centre("leszno")

    def found(scope: Scope) -> bool:
        try:
            return queries.by_reference(errand.session, noted.reference, scope).id == noted.id
        except NotFound:
            return False

    assert found(Scope(frozenset({errand.centre.id})))
    assert found(Scope(own=errand.assistant.id))  # whoever goes along
    assert found(Scope(own=errand.by.id))  # whoever noted it
    assert not found(Scope(frozenset({leszno.id})))
    assert not found(Scope(own=errand.make.staff("adviser", errand.centre).id))
    assert not found(Scope())


def test_company_that_nobody_gives_yet_is_an_open_task(errand: Errand):
    centre_ids, at = [errand.centre.id], errand.clock.at
    alone = errand.note()
    assert queries.without_company(errand.session, centre_ids, at) == 0

    waiting = errand.move(alone, company=True)
    [line] = queries.coming(errand.session, errand.scope, at)
    assert (line.open_task, line.assistant) == (True, None)
    assert queries.without_company(errand.session, centre_ids, at) == 1
    assert queries.without_company(errand.session, [errand.make.centre("konin").id], at) == 0

    errand.move(waiting, assistant_id=errand.assistant.id)
    [line] = queries.coming(errand.session, errand.scope, at)
    assert (line.open_task, line.assistant) == (False, "O.M.")
    assert queries.without_company(errand.session, centre_ids, at) == 0


def test_the_lists_hold_what_they_say(errand: Errand):
    first = errand.note(assistant_id=errand.assistant.id)
    later = errand.note(errand.tomorrow + 5 * HOUR)
    errand.cancel(later)
    session, scope = errand.session, errand.scope

    assert [one.id for one in queries.coming(session, scope, errand.clock.at)] == [first.id]
    assert queries.coming(session, scope, first.ends_at) == []
    of_case = queries.of_case(session, errand.case.id)
    assert [(one.id, one.code) for one in of_case] == [
        (later.id, errand.code),
        (first.id, errand.code),
    ]
    day = Interval(errand.tomorrow - 11 * HOUR, errand.tomorrow + 13 * HOUR)
    mine = queries.with_assistant(session, errand.assistant.id, day)
    assert [(one.id, one.time.start) for one in mine] == [(first.id, errand.tomorrow - 30 * MINUTE)]
