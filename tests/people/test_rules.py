"""Who may give which role, and where a sign-in may lead."""

import pytest

from cic_cases.people import rules
from cic_cases.people.rules import HeldRole
from cic_cases.privacy.actor import Actor, Grant
from cic_cases.privacy.roles import Role

HERE, THERE = frozenset({1}), frozenset({2})
REGION = HERE | THERE
BELOW = ["reception", "psychologist", "lawyer", "adviser", "interpreter", "partner"]


def actor(role: str, centre_ids: frozenset[int] = HERE) -> Actor:
    return Actor(7, "KEY", "k@example.org", "AK", "pl", (Grant(Role(role), centre_ids),))


@pytest.mark.parametrize(
    ("grantor", "given"),
    [
        ("reception", []),
        ("psychologist", []),
        ("lawyer", []),
        ("adviser", []),
        ("interpreter", []),
        ("partner", []),
        ("auditor", []),
        ("coordinator", BELOW),
        ("region", [*BELOW, "coordinator"]),
        ("admin", [role.value for role in Role]),
    ],
)
def test_everybody_gives_only_roles_below_their_own(grantor: str, given: list[str]) -> None:
    who = actor(grantor)

    assert {role.value for role in rules.grantable(who)} == set(given)
    assert {role.value for role in Role if rules.may_grant(who, role, HERE)} == set(given)


@pytest.mark.parametrize("grantor", ["coordinator", "region", "admin"])
def test_nobody_gives_a_role_in_a_centre_that_is_not_theirs(grantor: str) -> None:
    assert not any(rules.may_grant(actor(grantor), role, THERE) for role in Role)
    assert not any(rules.may_grant(actor(grantor), role, frozenset()) for role in Role)


def test_a_coordinator_of_every_centre_gives_no_role_for_the_region() -> None:
    everywhere = actor("coordinator", REGION)

    assert rules.may_grant(everywhere, Role.RECEPTION, REGION)
    assert not rules.may_grant(everywhere, Role.RECEPTION, REGION, whole_region=True)
    assert rules.may_grant(actor("region", REGION), Role.LAWYER, REGION, whole_region=True)


@pytest.mark.parametrize(
    ("held", "manageable"),
    [
        pytest.param([("reception", HERE)], True, id="reception here"),
        pytest.param([("reception", HERE), ("lawyer", HERE)], True, id="two roles here"),
        pytest.param([("reception", THERE)], False, id="reception elsewhere"),
        pytest.param([("reception", HERE), ("lawyer", THERE)], False, id="one role elsewhere"),
        pytest.param([("coordinator", HERE)], False, id="an equal"),
        pytest.param([("reception", HERE), ("admin", HERE)], False, id="also somebody above"),
        pytest.param([], False, id="no role"),
    ],
)
def test_a_coordinator_manages_only_accounts_wholly_below(
    held: list[tuple[str, frozenset[int]]], manageable: bool
) -> None:
    roles = [HeldRole(Role(role), ids) for role, ids in held]

    assert rules.may_manage(actor("coordinator"), 8, roles) is manageable


def test_an_administrator_cannot_close_their_own_account() -> None:
    assert not rules.may_manage(actor("admin"), 7, [HeldRole(Role.ADMIN, HERE)])
    assert rules.may_manage(actor("admin"), 8, [HeldRole(Role.ADMIN, HERE)])


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" Anna.Kowalska@Example.ORG ", "anna.kowalska@example.org"),
        ("a@cic.example", "a@cic.example"),
    ],
)
def test_an_address_is_kept_in_lower_case(typed: str, kept: str) -> None:
    assert rules.normal_email(typed) == kept


@pytest.mark.parametrize(
    "typed", ["", "anna", "@example.org", "a@", "a b@example.org", "a@b\nbcc:c@d.org", "a\0@b.org"]
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(rules.EmailInvalid):
        rules.normal_email(typed)


@pytest.mark.parametrize("typed", ["", "   ", "ABCDEFGHI", "A\nK", "A\u202eK"])
def test_initials_that_cannot_be_shown_are_refused(typed: str) -> None:
    with pytest.raises(rules.InitialsInvalid):
        rules.normal_initials(typed)


@pytest.mark.parametrize("target", ["/desk", "/bookings?service=x&day=2030-01-07", "/a//b", "/"])
def test_a_path_of_this_site_is_followed(target: str) -> None:
    assert rules.safe_target(target) == target


ELSEWHERE = [
    None,
    "",
    "desk",
    "//evil.example",
    "///evil.example",
    "////evil.example/%2f..",
    "/\\evil.example",
    "\\/evil.example",
    "\\\\evil.example",
    "/\\/evil.example",
    "/\\\\evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https://evil.example",
    "http://evil.example",
    "HTTPS://evil.example",
    "ftp://evil.example",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    " //evil.example",
    " https://evil.example",
    "\t//evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r/evil.example",
    "\n//evil.example",
    "/desk\r\nSet-Cookie: a=b",
    "/desk\nLocation: //evil.example",
    "/\0/evil.example",
    "/\u2028/evil.example",
    "/\u200b/evil.example",
    "/%2f/evil.example",
    "/%2Fevil.example",
    "%2f%2fevil.example",
    "/%5cevil.example",
    "/%5Cevil.example",
    "//xn--80ak6aa92e.example",
    "//evil.example@cic.example",
    "https://cic.example@evil.example",
    "http:///evil.example",
    "//[::1]",
    "//[",
    "/desk\\..\\evil",
    "/login",
    "/login?next=/desk",
    "/logout",
    "?next=//evil.example",
    "#//evil.example",
    ".evil.example",
    "@evil.example",
]


@pytest.mark.parametrize("target", ELSEWHERE, ids=repr)
def test_any_other_target_is_ignored(target: str | None) -> None:
    assert rules.safe_target(target) is None
