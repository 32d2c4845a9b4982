"""How much of a person's past each reader sees: the whole rule as a table."""

import pytest

from cic_cases.centres.models import Secrecy
from cic_cases.desk.timeline import Reader, Sight, sight
from cic_cases.privacy.actor import Actor, Grant
from cic_cases.privacy.roles import Role

HERE, ELSEWHERE = frozenset({1}), frozenset({2})
ME, COLLEAGUE = 7, 8
OPEN, ROLE, AUTHOR = Secrecy.OPEN, Secrecy.ROLE, Secrecy.AUTHOR
HIDDEN, LABEL, SPECIALIST, KIND = (
    Sight.HIDDEN,
    Sight.PUBLIC_LABEL,
    Sight.SPECIALIST,
    Sight.KIND,
)
RECEPTION = Reader(reception=HERE)
COORDINATOR = Reader(coordination=HERE)
LAWYER = Reader(specialist=ME)
EVERYTHING = Reader(reception=HERE, coordination=HERE, specialist=ME)


@pytest.mark.parametrize(
    ("reader", "secrecy", "where", "whose", "seen"),
    [
        pytest.param(RECEPTION, OPEN, HERE, COLLEAGUE, KIND, id="reception: what is no secret"),
        pytest.param(RECEPTION, ROLE, HERE, COLLEAGUE, LABEL, id="reception: of a role"),
        pytest.param(RECEPTION, AUTHOR, HERE, COLLEAGUE, LABEL, id="reception: of an author"),
        pytest.param(RECEPTION, ROLE, HERE, ME, LABEL, id="reception: also what it recorded"),
        pytest.param(RECEPTION, OPEN, ELSEWHERE, COLLEAGUE, HIDDEN, id="reception: elsewhere"),
        pytest.param(COORDINATOR, OPEN, HERE, COLLEAGUE, KIND, id="coordinator: no secret"),
        pytest.param(COORDINATOR, ROLE, HERE, COLLEAGUE, KIND, id="coordinator: of a role"),
        pytest.param(
            COORDINATOR, AUTHOR, HERE, COLLEAGUE, SPECIALIST, id="coordinator: legal, psychological"
        ),
        pytest.param(COORDINATOR, OPEN, ELSEWHERE, COLLEAGUE, HIDDEN, id="coordinator: elsewhere"),
        pytest.param(LAWYER, AUTHOR, HERE, ME, KIND, id="a specialist: their own"),
        pytest.param(LAWYER, AUTHOR, ELSEWHERE, ME, KIND, id="a specialist: their own elsewhere"),
        pytest.param(LAWYER, OPEN, HERE, COLLEAGUE, HIDDEN, id="a specialist: a colleague's"),
        pytest.param(LAWYER, AUTHOR, HERE, COLLEAGUE, HIDDEN, id="a specialist: another secret"),
        pytest.param(EVERYTHING, AUTHOR, HERE, ME, KIND, id="several roles: their own"),
        pytest.param(EVERYTHING, AUTHOR, HERE, COLLEAGUE, SPECIALIST, id="several roles: not own"),
        pytest.param(
            RECEPTION, ROLE, HERE | ELSEWHERE, COLLEAGUE, LABEL, id="booked here for elsewhere"
        ),
        pytest.param(Reader(), OPEN, HERE, COLLEAGUE, HIDDEN, id="no role at all"),
    ],
)
def test_what_is_seen_of_a_service(reader, secrecy, where, whose, seen):
    assert sight(secrecy, where, whose, reader) is seen


@pytest.mark.parametrize(
    ("role", "reader"),
    [
        pytest.param(Role.RECEPTION, Reader(reception=HERE), id="reception"),
        pytest.param(Role.COORDINATOR, Reader(coordination=HERE), id="coordinator"),
        pytest.param(Role.PSYCHOLOGIST, Reader(specialist=ME), id="psychologist"),
        pytest.param(Role.PARTNER, Reader(specialist=ME), id="partner officer"),
        pytest.param(Role.ADMIN, Reader(), id="administrator: nothing"),
        pytest.param(Role.REGION, Reader(), id="region: nothing"),
        pytest.param(Role.AUDITOR, Reader(), id="auditor: nothing"),
    ],
)
def test_a_role_makes_a_reader(role, reader):
    actor = Actor(ME, "K", "a@example.org", "A.K.", "en", (Grant(role, HERE),))

    assert Reader.of(actor) == reader
