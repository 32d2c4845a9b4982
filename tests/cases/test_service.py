"""A case from its first card to its last, on both databases."""

import pytest
from sqlalchemy import func, select, text

from cic_cases.calendar.models import Resource, ResourceKind
from cic_cases.cases import queries, rules, service
from cic_cases.cases.attributes import AgeBand, ContactMode, Gender
from cic_cases.cases.events import ContactChanged
from cic_cases.cases.models import Card, Case, CaseCentre, Contact
from cic_cases.cases.rules import CardReplaced, CaseAttributes, ContactWish
from cic_cases.foundation import clock, events
from cic_cases.foundation.codes import WrongCode, new_case_code, read_case_code, show
from cic_cases.foundation.db import in_transaction
from cic_cases.foundation.errors import NotFound
from cic_cases.privacy.actor import Scope
from cic_cases.privacy.models import AuditEntry

WOMAN = CaseAttributes("UA", Gender.WOMAN, AgeBand.FROM_18_TO_60, "uk")
FULL, DISCREET, NONE = ContactMode.FULL, ContactMode.DISCREET, ContactMode.NONE


@pytest.fixture
def centre(make):
    return make.centre()


@pytest.fixture
def by(make, centre):
    return make.actor(make.staff("reception", centre))


@pytest.fixture
def acting(centre, by):
    """Where, when and by whom."""
    return {"centre_id": centre.id, "at": clock.now(), "by": by}


def actions(session):
    return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def test_a_new_case_has_a_card_a_centre_and_time_of_its_own(session, centre, acting):
    opened = in_transaction(service.open_case, WOMAN, **acting)

    assert read_case_code(show(opened.code)) == opened.code
    assert queries.case_of_code(session, opened.code).id == opened.case.id
    assert opened.case.gender is Gender.WOMAN
    assert session.get_one(Resource, opened.case.resource_id).kind is ResourceKind.CASE
    assert session.get(CaseCentre, (opened.case.id, centre.id))
    assert actions(session) == ["case.registered"]


def test_a_code_that_is_in_use_is_never_given_twice(session, acting, monkeypatch):
    taken = in_transaction(service.open_case, WOMAN, **acting).code
    fresh = new_case_code()
    drawn = iter([taken, taken, fresh])
    monkeypatch.setattr(service, "new_case_code", lambda: next(drawn))

    assert in_transaction(service.open_case, WOMAN, **acting).code == fresh


def test_a_shown_card_opens_the_case_and_attaches_the_centre(session, make, acting):
    case, code = make.case(make.centre("leszno"))

    found = in_transaction(service.open_by_code, show(code).lower(), **acting)
    in_transaction(service.open_by_code, code, **acting)

    assert found.id == case.id
    served = session.scalars(select(CaseCentre.centre_id).where(CaseCentre.case_id == case.id))
    assert set(served) == {acting["centre_id"], case.opened_centre_id}
    assert actions(session) == ["case.opened", "case.opened"]


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("836-VY9-YEX", id="right, but nobody's"),
        pytest.param("836-VY9-YEA", id="mistyped"),
        pytest.param("", id="empty"),
    ],
)
def test_a_wrong_code_and_a_missing_one_are_the_same(make, acting, code):
    with pytest.raises(WrongCode, match="The code is not right"):
        in_transaction(service.open_by_code, code, **acting)


def test_a_replaced_card_stops_and_says_so_to_staff(session, make, acting):
    case, old = make.case()

    new = in_transaction(service.replace_card, case.id, **acting)

    assert new != old
    assert queries.current_code(session, case.id) == new
    assert in_transaction(service.open_by_code, new, **acting).id == case.id
    with pytest.raises(CardReplaced, match="This card was replaced. Ask for the new card"):
        in_transaction(service.open_by_code, old, **acting)
    with pytest.raises(WrongCode):
        queries.case_of_code(session, old)
    assert actions(session) == ["card.replaced", "case.opened"]


def test_a_second_click_does_not_stop_the_card_that_was_just_issued(session, make, acting):
    case, old = make.case()
    new = in_transaction(service.replace_card, case.id, replacing=show(old), **acting)

    with pytest.raises(CardReplaced):
        in_transaction(service.replace_card, case.id, replacing=show(old), **acting)

    assert queries.current_code(session, case.id) == new
    cards = session.scalar(select(func.count()).select_from(Card).where(Card.case_id == case.id))
    assert cards == 2


def test_an_address_is_sealed_and_only_its_presence_is_seen(session, make, acting):
    case, _ = make.case()
    wish = ContactWish(FULL, phone="600 100 200", email="Person@example.org")

    facts = in_transaction(service.set_contact, case.id, wish, **acting)

    assert facts == queries.contact_of(session, case.id)
    assert (facts.mode, facts.has_phone, facts.has_email) == (FULL, True, True)
    raw = repr(session.execute(text("SELECT phone_sealed, email_sealed FROM contact")).all())
    assert "600100200" not in raw
    assert "example" not in raw
    contact = queries.sealed_contact(session, facts.id)
    assert queries.addresses(contact) == ("+48600100200", "Person@example.org")
    assert actions(session) == ["contact.changed"]


def test_changing_the_mode_keeps_the_addresses_until_none_is_chosen(session, make, acting):
    case, _ = make.case()
    change = service.set_contact
    first = in_transaction(change, case.id, ContactWish(FULL, phone="600100200"), **acting)

    discreet = in_transaction(change, case.id, ContactWish(DISCREET), **acting)
    assert discreet.has_phone
    assert discreet.id == first.id
    replaced = ContactWish(DISCREET, email="a@example.org", forget_phone=True)
    assert not in_transaction(change, case.id, replaced, **acting).has_phone
    nothing = in_transaction(change, case.id, ContactWish(NONE, phone="junk"), **acting)

    assert not (nothing.has_phone)
    assert not (nothing.has_email)
    assert not (nothing.reachable)
    row = session.get_one(Contact, first.id)
    assert queries.addresses(row) == (None, None)


@pytest.mark.parametrize(
    ("wish", "refusal"),
    [
        pytest.param(ContactWish(FULL), rules.AddressMissing, id="messages to nowhere"),
        pytest.param(ContactWish(DISCREET), rules.AddressMissing, id="discreet to nowhere"),
        pytest.param(ContactWish(FULL, phone="12"), rules.PhoneInvalid, id="impossible phone"),
        pytest.param(ContactWish(FULL, email="x"), rules.EmailInvalid, id="impossible email"),
    ],
)
def test_a_contact_that_cannot_work_is_refused_and_nothing_is_kept(
    session, make, acting, wish, refusal
):
    case, _ = make.case()

    with pytest.raises(refusal):
        in_transaction(service.set_contact, case.id, wish, **acting)

    assert queries.contact_of(session, case.id) is None


def test_the_rest_of_the_house_hears_of_a_changed_contact(session, make, acting):
    case, _ = make.case()
    heard = []
    before = events._table
    events.connect({ContactChanged: (lambda _session, event: heard.append(event),)})
    try:
        in_transaction(service.set_contact, case.id, ContactWish(NONE), **acting)
    finally:
        events.connect(before)

    assert heard == [ContactChanged(case.id, acting["at"])]


def test_who_may_not_see_a_case_does_not_find_it(session, make, centre):
    case, code = make.case(centre)
    other, _ = make.case(centre)
    mine = select(Case.id).where(Case.id == case.id)
    not_mine = select(Case.id).where(Case.id == other.id)
    foreign = Scope(frozenset({make.centre("leszno").id}))

    assert queries.visible_case(session, show(code), Scope(frozenset({centre.id}))).id == case.id
    assert queries.visible_case(session, code, foreign, mine).id == case.id
    for scope, served in [(foreign, ()), (Scope(own=1), (not_mine,)), (Scope(), ())]:
        with pytest.raises(NotFound):
            queries.visible_case(session, code, scope, *served)
    with pytest.raises(NotFound):
        queries.visible_case(session, "836-VY9-YEA", Scope(frozenset({centre.id})))


def test_the_codes_of_many_cases_are_one_question(session, make):
    (first, code), (second, other) = make.case(), make.case()

    assert queries.current_codes(session, [first.id, second.id, 0]) == {
        first.id: code,
        second.id: other,
    }
    assert queries.case_in(session, first.id, frozenset()) is None
