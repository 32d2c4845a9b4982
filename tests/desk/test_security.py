"""What happened to accounts, for who looks after the whole: no case, and no word that was typed."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from cic_cases.foundation.codes import show
from cic_cases.people.service import NOBODY
from cic_cases.privacy import on_record, reading
from cic_cases.privacy.models import AuditEntry
from tests.conftest import MONDAY
from tests.statements import statements
from tests.system.two_centres import another_centre

TYPED = "typed-by-hand@example.org"


@pytest.fixture
def centre(make):
    return make.centre()


@pytest.fixture
def admin(make, centre, client_of):
    return client_of(make.staff("admin", centre, initials="A.A."))


def sign_in(app, email: str):
    return app.test_client().post("/login", data={"email": email, "password": "wrong, and long"})


def lines(session, *actions: str) -> list[AuditEntry]:
    session.rollback()
    wanted = select(AuditEntry).where(AuditEntry.action.in_(actions)).order_by(AuditEntry.id)
    return list(session.scalars(wanted))


def test_a_refused_sign_in_is_on_record_without_what_was_typed(app, make, centre, session, admin):
    staff = make.staff("lawyer", centre, initials="L.L.")
    email, number = staff.email, staff.id
    for typed in (email, TYPED):
        assert sign_in(app, typed).status_code == 422

    refused = lines(session, "staff.sign_in_failed")
    assert [(one.actor_id, one.subject_id) for one in refused] == [(None, number), (None, NOBODY)]
    page = admin.get("/security?lang=en").text
    assert "2 attempts to sign in were refused in the last 24 hours." in page
    assert page.count("Wrong password, or an unknown address") == 2
    assert "L.L." in page
    assert email not in page
    assert TYPED not in page


def test_an_unknown_address_costs_the_same_statements_as_a_known_one(app, make, centre):
    email = make.staff("lawyer", centre).email
    told = []
    for typed in (email, TYPED):
        sign_in(app, typed)  # counted from here on; what a process reads once is read
    for typed in (email, TYPED):
        with statements() as asked:
            sign_in(app, typed)
        told.append([one.split(" ")[0] for one in asked])

    assert told[0] == told[1]


def test_each_part_shows_its_own_acts_and_no_case(make, centre, client_of, admin):
    _case, code = make.case(centre)
    desk = client_of(make.staff("reception", centre, initials="R.R."))
    desk.get("/desk")
    desk.get(f"/cases/{show(code)}")
    parts = (admin.get(f"/security?show={part}&lang=en").text for part in ("lists", "entered"))
    lists, entered = parts

    assert "Looked at a list: Desk" in lists
    assert "R.R." in lists
    assert "Looked at a list" not in entered
    assert show(code) not in lists
    assert "Looked at the case" not in lists


def test_what_happened_in_another_region_or_long_ago_is_not_shown(
    app, make, centre, admin, client_of, clock
):
    near, far = make.staff("lawyer", centre, initials="N.N."), another_region(make)
    for one in (near.email, far.email):
        sign_in(app, one)
    page = admin.get("/security").text
    clock.forward(timedelta(days=31))
    later = client_of(make.staff("admin", centre)).get("/security").text

    assert "N.N." in page
    assert "F.F." not in page
    assert "N.N." not in later


def another_region(make):
    """A member of staff of a centre in another region."""
    return make.staff("lawyer", another_centre(make), initials="F.F.")


def test_a_list_is_one_line_each_quarter_of_an_hour_whichever_process_shows_it(
    app, make, centre, client_of, session, clock
):
    staff = make.staff("reception", centre)
    who, where = staff.id, centre.id
    desk = client_of(staff)
    for path in ("/desk", "/desk", "/desk/live", "/waiting-list"):
        desk.get(path)
    on_record.forget()  # another process has written nothing yet
    desk.get("/desk")
    found = [(one.subject_type, one.actor_id, one.centre_id) for one in lines(session, "list.read")]
    assert found == [("board", who, where), ("waiting", who, where)]
    clock.forward(reading.AGAIN)
    desk.get("/desk")

    told = lines(session, "list.read")
    assert [one.subject_type for one in told] == ["board", "waiting", "board"]
    assert told[0].at == MONDAY


def test_a_list_that_cannot_be_put_on_record_is_not_sent(app, make, centre, client_of, monkeypatch):
    desk = client_of(make.staff("reception", centre))

    def fails(*_args, **_kwargs):
        raise RuntimeError("no line")

    monkeypatch.setattr(reading, "record_list", fails)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)

    assert desk.get("/desk").status_code == 500


def test_whoever_asks_for_what_is_not_there_is_on_record(make, centre, client_of, session, admin):
    _case, foreign = make.case(make.centre("konin"))
    staff = make.staff("reception", centre, initials="T.T.")
    who, desk = staff.id, client_of(staff)
    for path in (f"/cases/{show(foreign)}", "/cases/nothing", "/security", "/not-a-page"):
        assert desk.get(path).status_code == 404
    desk.get("/static/nothing.css")

    found = lines(session, reading.REFUSED)
    assert [(one.actor_id, one.subject_id) for one in found] == [(who, who)] * 2
    page = admin.get("/security?lang=en").text
    assert page.count("Asked for what is not theirs or does not exist") == 2
    assert show(foreign) not in page


@pytest.mark.parametrize("role", ["reception", "lawyer", "partner", "coordinator", "interpreter"])
def test_it_is_for_who_looks_after_the_whole(role, make, centre, client_of):
    assert client_of(make.staff(role, centre)).get("/security").status_code == 404
