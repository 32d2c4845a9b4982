"""Where, when and what: every question is answered in a constant number of statements."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, time

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from cic_cases.centres import queries
from cic_cases.centres.models import Centre, HowBooked, OpeningDate, Room
from cic_cases.foundation.errors import NotFound
from tests.factory import Factory

MONDAY, SATURDAY = date(2030, 1, 7), date(2030, 1, 12)


@pytest.fixture
def statements(session: Session) -> Callable[[], Iterator[list[str]]]:
    """Collects the statements sent inside a block."""

    @contextmanager
    def collecting() -> Iterator[list[str]]:
        sent: list[str] = []

        def note(_c: object, _cursor: object, statement: str, *_more: object) -> None:
            if statement.startswith("SELECT"):
                sent.append(statement)

        engine = session.get_bind()
        event.listen(engine, "before_cursor_execute", note)
        try:
            yield sent
        finally:
            event.remove(engine, "before_cursor_execute", note)

    return collecting


@pytest.fixture
def four(make: Factory) -> list[Centre]:
    return [make.centre(slug) for slug in ("poznan", "leszno", "konin", "kalisz")]


def test_hours_follow_the_week_except_on_dates_of_their_own(session, make, four) -> None:
    poznan, leszno = four[:2]
    for on, opens, closes in ((SATURDAY, 9, 13), (MONDAY, 10, 12), (date(2030, 2, 2), 9, 13)):
        make.save(OpeningDate(centre_id=poznan.id, on=on, opens=time(opens), closes=time(closes)))

    hours = queries.opening(session, [poznan.id, leszno.id], MONDAY, SATURDAY)

    assert hours.on(poznan.id, MONDAY) == (time(10), time(12))
    assert hours.on(leszno.id, MONDAY) == (time(7, 30), time(15, 30))
    assert hours.on(poznan.id, date(2030, 1, 8)) == (time(7, 30), time(15, 30))
    assert hours.on(poznan.id, SATURDAY) == (time(9), time(13))
    assert hours.on(leszno.id, SATURDAY) is None
    assert hours.on(four[2].id, MONDAY) is None


def test_hours_of_four_centres_cost_two_statements(session, four, statements) -> None:
    ids = [centre.id for centre in four]

    with statements() as sent:
        queries.opening(session, ids, MONDAY, date(2031, 1, 7))

    assert len(sent) == 2


@pytest.mark.parametrize(
    "question",
    [
        pytest.param(lambda s, ids: queries.all_centres(s), id="all centres"),
        pytest.param(queries.centres_in, id="centres of a scope"),
        pytest.param(lambda s, ids: queries.services_of(s), id="services"),
        pytest.param(lambda s, ids: queries.rooms_of(s, ids[0]), id="rooms"),
        pytest.param(lambda s, ids: queries.institutions(s), id="institutions"),
        pytest.param(lambda s, ids: queries.region_of(s, ids[0]), id="region of a centre"),
    ],
)
def test_a_question_is_one_statement(session, make, four, statements, question) -> None:
    make.service("legal_advice")
    make.institution()
    ids = [centre.id for centre in four]

    with statements() as sent:
        question(session, ids)

    assert len(sent) == 1


def test_services_are_chosen_by_booking_and_by_desk(session, make) -> None:
    make.service("legal_advice")
    make.service("information", booking="walk_in", secrecy="open", desk=True)
    make.service("polish_course", minutes=None, booking="group", secrecy="open", desk=True)

    def keys(**chosen: object) -> set[str]:
        return {service.key for service in queries.services_of(session, **chosen)}

    assert keys() == {"legal_advice", "information", "polish_course"}
    assert keys(booking=HowBooked.SLOT) == {"legal_advice"}
    assert keys(desk=True) == {"information", "polish_course"}
    assert keys(desk=False) == {"legal_advice"}
    assert keys(booking=HowBooked.GROUP, desk=True) == {"polish_course"}
    assert keys(region_id=make.region().id + 1) == set()


def test_rooms_are_in_the_order_of_their_numbers(session, make) -> None:
    centre = make.centre()
    for label in ("10", "2", "1"):
        make.room(centre, label)

    assert [room.label for room in queries.rooms_of(session, centre.id)] == ["1", "2", "10"]


def test_what_is_inactive_is_offered_no_more_but_stays_readable(session, make) -> None:
    centre, service = make.centre(), make.service()
    room: Room = make.room(centre)
    centre.active = service.active = room.active = False
    session.commit()

    assert queries.all_centres(session) == []
    assert queries.services_of(session) == []
    assert queries.rooms_of(session, centre.id) == []
    assert queries.centres_in(session, [centre.id]) == [centre]
    assert queries.services_in(session, [service.id]) == {service.id: service}


@pytest.mark.parametrize(
    "question",
    [
        pytest.param(lambda s: queries.centre_by_slug(s, "atlantis"), id="centre"),
        pytest.param(lambda s: queries.service_by_key(s, "magic"), id="service"),
        pytest.param(lambda s: queries.region_of(s, 0), id="region"),
    ],
)
def test_what_does_not_exist_is_not_found(session, question) -> None:
    with pytest.raises(NotFound):
        question(session)
