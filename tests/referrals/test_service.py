"""Somebody is referred, answered for, and the sender hears of it; each step can be taken back."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import update

from cic_cases.calendar.models import Duty
from cic_cases.cases.queries import case_in
from cic_cases.desk.queries_cases import is_own
from cic_cases.foundation.errors import NotFound
from cic_cases.privacy.actor import Scope
from cic_cases.referrals import queries, service
from cic_cases.referrals.service import AlreadyReferred, NobodyGivesIt, Settled, Wish
from cic_cases.referrals.states import NotTaken, State, Why
from tests.referrals.team import Team

TOO_LONG = timedelta(days=31)


def test_any_of_those_who_give_the_help_may_take_it_and_only_one_does(team: Team):
    case, _code = team.make.case()
    referral = team.send(case.id)
    helper, colleague = team.actor(team.helper), team.actor(team.colleague)
    for one in (helper, colleague):
        assert queries.unanswered(team.make.session, one.id, team.clock.at.date()) == 1

    team.do(service.accept, referral, by=colleague)
    assert queries.unanswered(team.make.session, helper.id, team.clock.at.date()) == 0
    with pytest.raises(NotFound):
        team.do(service.accept, referral, by=helper)


def test_who_gives_a_help_is_told_by_the_local_day(team: Team):
    """A rule that ends today counts until midnight in the centre, not in UTC."""
    session = team.make.session
    session.execute(update(Duty).values(valid_until=date(2030, 1, 7)))
    session.commit()
    first, second, third = (team.make.case()[0].id for _ in range(3))
    helper = team.actor(team.helper)
    team.clock.at = datetime(2030, 1, 7, 22, 59, tzinfo=UTC)  # 23:59 in Warsaw
    referral, late = team.send(first), team.send(second)
    team.do(service.accept, referral, by=helper)

    team.clock.at = datetime(2030, 1, 7, 23, 0, tzinfo=UTC)  # midnight
    with pytest.raises(NobodyGivesIt):
        team.send(third)
    with pytest.raises(NotFound):
        team.do(service.accept, late, by=helper)


def test_one_who_is_named_is_asked_alone(team: Team):
    referral = team.send(team.make.case()[0].id, team.helper)
    with pytest.raises(NotFound):
        team.do(service.accept, referral, by=team.actor(team.colleague))
    team.do(service.accept, referral, by=team.actor(team.helper))


def test_an_accepted_referral_makes_the_case_ones_own_and_taking_it_back_ends_that(team: Team):
    case, _code = team.make.case()
    referral, helper = team.send(case.id), team.actor(team.helper)

    def own() -> bool:
        return is_own(team.make.session, case.id, helper.id, team.clock.at)

    assert not own()
    team.do(service.accept, referral, by=helper)
    assert own()
    team.do(service.take_back, referral, by=helper)
    assert not own()
    team.do(service.decline, referral, NotTaken.NO_TIME, by=helper)
    assert not own()


@pytest.mark.parametrize("ended", [service.accept, service.withdraw])
def test_what_was_answered_or_withdrawn_is_not_answered_again(team: Team, ended):
    referral, helper = team.send(team.make.case()[0].id), team.actor(team.helper)
    if ended is service.accept:
        team.do(ended, referral, by=helper)
        late = [
            (service.accept, helper, {}),
            (service.withdraw, team.adviser, {"scope": mine(team)}),
        ]
    else:
        team.do(ended, referral, by=team.adviser, scope=mine(team))
        late = [(service.withdraw, team.adviser, {"scope": mine(team)})]
    for verb, by, words in late:
        with pytest.raises(Settled):
            team.do(verb, referral, by=by, **words)


def mine(team: Team) -> Scope:
    return team.adviser.scope("referral.send")


def test_the_sender_sees_why_it_was_declined_until_they_have_noted_it(team: Team):
    referral = team.send(team.make.case()[0].id)
    team.do(service.decline, referral, NotTaken.NOT_OURS, by=team.actor(team.helper))
    [line] = queries.sent(team.make.session, mine(team), team.clock.at)
    assert (line.state, line.declined_for, line.noted_at) == (
        State.DECLINED,
        NotTaken.NOT_OURS,
        None,
    )

    team.do(service.noted, referral, by=team.adviser, scope=mine(team))
    [line] = queries.sent(team.make.session, mine(team), team.clock.at)
    assert line.noted_at == team.clock.at
    assert queries.sent(team.make.session, mine(team), team.clock.at + TOO_LONG) == []


def test_a_withdrawal_is_undone_unless_another_stands_in_its_place(team: Team):
    case, _code = team.make.case()
    referral = team.send(case.id)
    team.do(service.withdraw, referral, by=team.adviser, scope=mine(team))
    team.do(service.send_again, referral, by=team.adviser, scope=mine(team))
    team.do(service.withdraw, referral, by=team.adviser, scope=mine(team))
    team.send(case.id)
    with pytest.raises(AlreadyReferred):
        team.do(service.send_again, referral, by=team.adviser, scope=mine(team))


def test_nobody_is_referred_twice_to_the_same_help_or_to_somebody_who_does_not_give_it(team: Team):
    case, _code = team.make.case()
    team.send(case.id)
    with pytest.raises(AlreadyReferred):
        team.send(case.id, team.helper)
    other = team.make.staff("lawyer", team.centre)
    with pytest.raises(NobodyGivesIt):
        team.send(team.make.case()[0].id, other)
    elsewhere = team.make.centre("leszno")
    wish = Wish(case.id, team.support.id, elsewhere.id, Why.ASKED)
    with pytest.raises(NobodyGivesIt):
        service.send(
            team.make.session, wish, centre_id=team.centre.id, at=team.clock.at, by=team.adviser
        )


def test_the_centre_of_the_help_serves_the_case_once_it_is_accepted(team: Team):
    elsewhere = team.make.centre("leszno")
    helper = team.make.staff("psychologist", elsewhere)
    team.make.duty(helper, elsewhere, team.make.room(elsewhere, "9"), [team.support])
    case, _code = team.make.case()
    wish = Wish(case.id, team.support.id, elsewhere.id, Why.ASKED)
    at, by = team.clock.at, team.adviser
    referral = service.send(team.make.session, wish, centre_id=team.centre.id, at=at, by=by)
    service.accept(team.make.session, referral.id, at=at, by=team.actor(helper))
    team.make.session.flush()
    assert case_in(team.make.session, case.id, frozenset({elsewhere.id})) is not None


def test_whoever_is_forgotten_leaves_no_referral(team: Team):
    case, _code = team.make.case()
    team.send(case.id)
    service.forget(team.make.session, case.id)
    assert queries.sent(team.make.session, mine(team), team.clock.at) == []


def test_only_the_first_reading_counts(team: Team):
    referral, helper = team.send(team.make.case()[0].id), team.actor(team.helper)
    first = team.clock.at
    service.read(team.make.session, [referral.id], at=first, by=helper)
    service.read(team.make.session, [referral.id], at=first + TOO_LONG, by=helper)
    assert referral.read_at == first


def test_what_a_colleague_takes_while_it_is_being_read_is_left_as_it_is(team: Team):
    referral = team.send(team.make.case()[0].id)
    team.do(service.accept, referral, by=team.actor(team.colleague))
    taken = referral.read_at
    late = team.clock.at + timedelta(hours=1)
    service.read(team.make.session, [referral.id, 999_999], at=late, by=team.actor(team.helper))
    assert (referral.state, referral.read_at) == (State.ACCEPTED, taken)
