"""Officers of other institutions know people by codes of their own institution, on no card."""

import re
from dataclasses import dataclass

import pytest
from sqlalchemy import select

from cic_cases.cases import service
from cic_cases.cases.models import Card, Case
from cic_cases.centres.models import Centre, Institution
from cic_cases.foundation.codes import show
from cic_cases.foundation.db import in_transaction
from cic_cases.people.models import Staff
from tests.conftest import MONDAY
from tests.factory import Factory
from tests.system.two_centres import appointment, as_officer

CODE = re.compile(r"\b[0-9A-Z]{3}-[0-9A-Z]{3}-[0-9A-Z]{3}\b")


@dataclass
class Office:
    """A centre with an officer, and one person who comes to them today."""

    make: Factory
    centre: Centre
    wuw: Institution
    officer: Staff
    card: str
    reference: str

    def called_by(self, officer: Staff) -> str:
        """By which code an officer calls the person."""
        return show(as_officer(self.make, officer, self.card))

    def case(self) -> Case:
        """The person's case."""
        wanted = select(Case).join(Card, Card.case_id == Case.id).where(Card.code == self.card)
        return self.make.session.scalars(wanted).one()


@pytest.fixture
def office(make) -> Office:
    centre, wuw = make.centre(), make.institution("WUW")
    officer = make.staff("partner", centre, institution=wuw)
    card, reference = appointment(make, centre, officer, 0)
    return Office(make, centre, wuw, officer, card, show(reference))


def test_an_officer_reads_no_code_of_a_card_on_any_page(office, client_of):
    client, own = client_of(office.officer), office.called_by(office.officer)
    client.post(f"/cases/{own}/book")
    pages = {
        path: client.get(path)
        for path in (
            "/my-day",
            "/my-day/week",
            f"/cases/{own}",
            f"/cases/{own}/notes",
            f"/bookings/{office.reference}",
            "/bookings",
            f"/api/v1/cases/{own}",
        )
    }

    for path, page in pages.items():
        assert page.status_code == 200 or path.startswith("/api"), path
        assert office.card not in page.text, path
        assert set(CODE.findall(page.text)) <= {own}, path
    told = [path for path, page in pages.items() if own in page.text]
    assert told == [path for path in pages if not path.startswith("/api")]
    assert "no other institution knows it" in pages[f"/cases/{own}"].text
    assert office.reference in pages["/my-day"].text


def test_the_code_of_the_card_opens_nothing_for_an_officer(office, client_of):
    client = client_of(office.officer)
    missing = client.get("/cases/000-000-000")

    for path in ("", "/notes", "/card"):
        answer = client.get(f"/cases/{show(office.card)}{path}")
        assert (answer.status_code, answer.data) == (404, missing.data), path
    assert client.get(f"/cases/{office.called_by(office.officer)}/card").status_code == 404


def test_a_pseudonym_opens_nothing_for_anybody_else(office, client_of):
    own, make = office.called_by(office.officer), office.make
    other = make.staff("partner", office.centre, institution=make.institution("ZUS"))
    appointment(make, office.centre, other, 1)

    for staff in (make.staff("reception", office.centre), make.staff("coordinator", office.centre)):
        assert client_of(staff).get(f"/cases/{own}").status_code == 404
        assert client_of(staff).get(f"/cases/{show(office.card)}").status_code == 200
    assert client_of(other).get(f"/cases/{own}").status_code == 404
    assert office.called_by(other) != own


def test_officers_of_one_institution_call_a_person_alike_and_see_only_their_own(office, client_of):
    make = office.make
    colleague = make.staff("partner", office.centre, institution=office.wuw)

    assert office.called_by(colleague) == office.called_by(office.officer)
    assert client_of(colleague).get(f"/cases/{office.called_by(colleague)}").status_code == 404


def test_it_stays_the_same_when_the_card_is_replaced(office, client_of):
    client, own = client_of(office.officer), office.called_by(office.officer)
    desk = office.make.actor(office.make.staff("reception", office.centre))
    case_id, centre_id = office.case().id, office.centre.id
    new = in_transaction(service.replace_card, case_id, centre_id=centre_id, at=MONDAY, by=desk)
    page = client.get(f"/cases/{own}")

    assert page.status_code == 200
    assert show(new) not in page.text


def test_who_also_works_for_the_centre_sees_the_codes(office, client_of):
    office.make.grant(office.officer, "lawyer", office.centre)
    client = client_of(office.officer)

    assert client.get(f"/cases/{show(office.card)}").status_code == 200
    assert show(office.card) in client.get("/my-day").text
