"""Codes: caught when mistyped, read right when ambiguous."""

import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cic_cases.foundation import codes
from cic_cases.foundation.codes import ALPHABET, WrongCode

bodies = st.text(ALPHABET, min_size=8, max_size=8)
case_codes = bodies.map(lambda body: body + codes.check_character(body))
references = st.text(ALPHABET, min_size=5, max_size=5).map(
    lambda body: body + codes.check_character(body)
)
LOOKALIKES = {"0": "0Oo", "1": "1IiLl"}


@given(code=case_codes, place=st.integers(0, 8), other=st.sampled_from(ALPHABET))
def test_every_single_wrong_character_is_caught(code, place, other):
    typed = code[:place] + other + code[place + 1 :]

    if other == code[place]:
        assert codes.read_case_code(typed) == code
    else:
        with pytest.raises(WrongCode):
            codes.read_case_code(typed)


@given(code=references, place=st.integers(0, 5), other=st.sampled_from(ALPHABET))
def test_every_single_wrong_character_of_a_reference_is_caught(code, place, other):
    typed = code[:place] + other + code[place + 1 :]

    if other == code[place]:
        assert codes.read_reference(typed) == code
    else:
        with pytest.raises(WrongCode):
            codes.read_reference(typed)


@given(code=case_codes, data=st.data())
def test_letters_that_look_alike_are_read_alike(code, data):
    drawn = [data.draw(st.sampled_from(LOOKALIKES.get(one, one))) for one in code]
    cased = [data.draw(st.sampled_from([one, one.lower()])) for one in drawn]

    assert codes.read_case_code("".join(cased)) == code


@given(code=case_codes, noise=st.lists(st.sampled_from(["-", " ", "–", "\t"]), max_size=4))
def test_hyphens_and_spaces_do_not_matter(code, noise):
    typed = "".join(noise).join([code[:3], code[3:6], code[6:]])

    assert codes.read_case_code(f" {typed}\r\n") == code


@given(code=case_codes)
def test_what_is_shown_is_read_back(code):
    shown = codes.show(code)

    assert re.fullmatch(r"\w{3}-\w{3}-\w{3}", shown)
    assert codes.read_case_code(shown) == code


@given(text=st.text(max_size=20))
def test_any_text_is_a_code_or_is_refused(text):
    with suppress(WrongCode):
        assert re.fullmatch(f"[{ALPHABET}]{{9}}", codes.read_case_code(text))


def test_new_codes_are_right_and_of_the_agreed_length():
    made = {codes.new_case_code() for _ in range(200)}

    assert len(made) == 200
    assert all(codes.read_case_code(code) == code and len(code) == 9 for code in made)
    assert len(codes.read_reference(codes.new_reference())) == 6


@pytest.mark.parametrize(
    ("shown", "plain"),
    [
        pytest.param("836-VY9-YEX", "836VY9YEX", id="a case code of the drawings"),
        pytest.param("9W8-VHN-7MD", "9W8VHN7MD", id="another"),
        pytest.param("0FY-3E9-SQ3", "0FY3E9SQ3", id="one that begins with zero"),
    ],
)
def test_the_codes_of_the_drawings_are_right(shown, plain):
    assert codes.read_case_code(shown) == plain


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param("", id="nothing"),
        pytest.param("836-VY9-YE", id="a character missing"),
        pytest.param("836-VY9-YEXX", id="one too many"),
        pytest.param("836-VY9-YEU", id="a letter no code has"),
        pytest.param("八三六-VY9-YEX", id="other digits"),
        pytest.param("QNJ-5TQ", id="a reference instead"),
    ],
)
def test_what_is_no_case_code_is_refused(typed):
    with pytest.raises(WrongCode, match="Check it and type it again"):
        codes.read_case_code(typed)
