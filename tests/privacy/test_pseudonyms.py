"""The codes under which officers see people: their office's own, and no way back."""

from hypothesis import given
from hypothesis import strategies as some

from cic_cases.foundation.codes import read_case_code, show
from cic_cases.privacy import pseudonyms
from cic_cases.privacy.actor import Actor, Grant
from cic_cases.privacy.roles import Role

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
NUMBERS = some.integers(1, 2**31 - 1)
HERE = frozenset({1})


def _actor(*roles: str, institution_id: int | None = 7) -> Actor:
    grants = tuple(Grant(Role(role), HERE) for role in roles)
    return Actor(3, "K", "o@example.org", "O.O.", "en", grants, institution_id)


@given(NUMBERS, NUMBERS)
def test_a_pseudonym_is_spelled_as_a_code_and_is_another_in_each_office(case_id, office):
    code = pseudonyms._code(KEY, f"institution:{office}", case_id)

    assert read_case_code(show(code)) == code
    assert code == pseudonyms._code(KEY, f"institution:{office}", case_id)
    others = {
        pseudonyms._code(KEY, f"institution:{office + 1}", case_id),
        pseudonyms._code(KEY, f"staff:{office}", case_id),
        pseudonyms._code(KEY, f"institution:{office}", case_id + 1),
        pseudonyms._code(OTHER_KEY, f"institution:{office}", case_id),
    }
    assert code not in others
    assert len(others) == 4


def test_its_key_is_drawn_once_for_each_database(session):
    first = pseudonyms.of(session, "institution:1", 5)

    assert first == pseudonyms.of(session, "institution:1", 5)
    assert pseudonyms.meant(session, "institution:1", first, [4, 5, 6]) == 5
    assert pseudonyms.meant(session, "institution:2", first, [4, 5, 6]) is None
    assert pseudonyms.meant(session, "institution:1", first, []) is None


def test_only_who_is_nothing_else_to_a_centre_sees_pseudonyms():
    assert _actor("partner").office == "institution:7"
    assert _actor("partner", institution_id=None).office == "staff:3"
    assert _actor("partner", "interpreter").office == "institution:7"
    assert _actor("partner").scope("case.see").office == "institution:7"
    for roles in (("partner", "lawyer"), ("lawyer",), ("interpreter",), ("reception",), ()):
        assert _actor(*roles).office is None
