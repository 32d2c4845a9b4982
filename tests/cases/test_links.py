"""Cases of one person on both databases: linked and unlinked without loss, found by a number."""

import pytest
from sqlalchemy import func, select

from cic_cases.cases import links, matching, queries, service
from cic_cases.cases.attributes import ContactMode
from cic_cases.cases.models import Case, CaseLink, ContactMatch, LinkState
from cic_cases.cases.rules import ContactWish
from cic_cases.foundation import clock
from cic_cases.foundation.db import in_transaction
from cic_cases.foundation.errors import NotFound
from cic_cases.privacy.models import AuditEntry

PHONE = "+48600100200"
FULL, NONE = ContactMode.FULL, ContactMode.NONE


@pytest.fixture
def acting(make):
    centre = make.centre()
    by = make.actor(make.staff("coordinator", centre))
    return {"centre_id": centre.id, "at": clock.now(), "by": by}


@pytest.fixture
def pair(make):
    return sorted(make.case()[0].id for _ in range(2))


def standing(session, case_id):
    session.rollback()
    return [(one.other_id, one.state) for one in links.of_case(session, case_id)]


def test_a_link_is_suggested_confirmed_taken_back_and_made_again(session, pair, acting):
    first, second = pair
    link = in_transaction(links.suggest, second, first, **acting)
    assert standing(session, first) == [(second, LinkState.SUGGESTED)]
    with pytest.raises(links.AlreadyLinked):
        in_transaction(links.suggest, first, second, **acting)
    with pytest.raises(links.LinkSettled):
        in_transaction(links.settle, first, link.id, LinkState.UNLINKED, **acting)

    in_transaction(links.settle, first, link.id, LinkState.LINKED, **acting)
    assert standing(session, second) == [(first, LinkState.LINKED)]
    in_transaction(links.settle, second, link.id, LinkState.UNLINKED, **acting)

    assert standing(session, first) == []
    assert session.scalar(select(func.count()).select_from(Case)) == 2
    assert all(queries.current_code(session, one) for one in pair)
    in_transaction(links.suggest, first, second, **acting)
    assert session.scalar(select(func.count()).select_from(CaseLink)) == 2
    told = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id))
    assert list(told) == ["link.suggested", "link.linked", "link.unlinked", "link.suggested"]


def test_what_is_declined_links_nothing_and_a_link_of_others_is_not_found(
    session, make, pair, acting
):
    first, second = pair
    link = in_transaction(links.suggest, first, second, **acting)
    stranger, _code = make.case()
    with pytest.raises(NotFound):
        in_transaction(links.settle, stranger.id, link.id, LinkState.LINKED, **acting)
    with pytest.raises(links.SameCase):
        in_transaction(links.suggest, first, first, **acting)

    in_transaction(links.settle, first, link.id, LinkState.DECLINED, **acting)

    assert standing(session, first) == []


def test_a_number_suggests_its_cases_and_goes_from_the_index_with_the_contact(
    session, pair, acting
):
    first, second = pair
    for case_id in pair:
        wish = ContactWish(FULL, phone="600 100 200")
        in_transaction(service.set_contact, case_id, wish, **acting)
    assert matching.cases_with(session, PHONE) == pair
    assert matching.sharing(session, first) == [second]
    kept = session.scalars(select(ContactMatch.digest)).all()
    assert len(set(kept)) == 1
    assert "600100200" not in kept[0]

    wish = ContactWish(FULL, email="a@example.org")
    in_transaction(service.set_contact, first, wish, **acting)
    assert matching.cases_with(session, PHONE) == pair  # the number was kept
    in_transaction(service.set_contact, first, ContactWish(NONE), **acting)
    wish = ContactWish(FULL, phone="600 100 201")
    in_transaction(service.set_contact, second, wish, **acting)

    assert matching.cases_with(session, PHONE) == []
    assert matching.cases_with(session, "+48600100201") == [second]


def test_without_a_key_there_is_no_index(app, session, pair, acting, monkeypatch):
    monkeypatch.setitem(app.extensions, "match_keys", None)
    wish = ContactWish(FULL, phone="600 100 200")
    in_transaction(service.set_contact, pair[0], wish, **acting)

    assert matching.cases_with(session, PHONE) == []
    assert session.scalars(select(ContactMatch)).all() == []


def test_whoever_lost_a_card_is_recognised_by_a_person_and_gets_a_new_one(session, make, acting):
    case, old = make.case(make.centre("leszno"))
    wish = ContactWish(FULL, phone="600 100 200")
    in_transaction(service.set_contact, case.id, wish, **acting)

    (found,) = in_transaction(service.suggested_by_phone, PHONE, **acting)
    new = in_transaction(service.recover, found.id, **acting)

    assert queries.current_code(session, case.id) == new != old
    told = list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))
    assert told[-3:] == ["case.suggested", "case.opened", "card.replaced"]
