"""The vault: sealed for one place, opened only there, with any key that is still held."""

import base64

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from cic_cases.privacy.vault import Keyring, VaultError, open_sealed, seal

PLACE = "contact‖1‖phone_sealed".encode()


def key(letter: str) -> str:
    return base64.b64encode(letter.encode() * 32).decode()


OLD = Keyring.parse(f"k1:{key('a')}")
NEW = Keyring.parse(f"k2:{key('b')},k1:{key('a')}")


@given(text=st.text(max_size=300))
def test_whatever_is_sealed_is_opened_unchanged(text):
    assert OLD.open(OLD.seal(text, PLACE), PLACE) == text


def test_the_same_text_never_looks_the_same_twice():
    assert OLD.seal("+48600100200", PLACE) != OLD.seal("+48600100200", PLACE)


def test_nothing_of_the_text_shows():
    assert b"600100200" not in OLD.seal("+48600100200", PLACE)


def test_the_first_key_seals_and_every_key_opens():
    before = OLD.seal("a@example.org", PLACE)
    after = NEW.seal("a@example.org", PLACE)

    assert before.startswith(b"k1\0")
    assert after.startswith(b"k2\0")
    assert NEW.open(before, PLACE) == NEW.open(after, PLACE) == "a@example.org"


def test_a_value_whose_key_is_gone_does_not_open():
    with pytest.raises(VaultError, match="not among CIC_DATA_KEYS"):
        OLD.open(NEW.seal("x", PLACE), PLACE)


@pytest.mark.parametrize(
    ("table", "row", "column"),
    [
        pytest.param("contact", "2", "phone_sealed", id="another row"),
        pytest.param("contact", "1", "email_sealed", id="another column"),
        pytest.param("note", "1", "phone_sealed", id="another table"),
    ],
)
@pytest.mark.sqlite_only
def test_a_value_that_was_moved_does_not_open(app, table, row, column):
    with app.app_context():
        sealed = seal("+48600100200", table="contact", row="1", column="phone_sealed")

        with pytest.raises(VaultError, match="moved or changed"):
            open_sealed(sealed, table=table, row=row, column=column)


@given(place=st.integers(0, 100))
def test_a_value_that_was_changed_does_not_open(place):
    sealed = bytearray(OLD.seal("+48600100200", PLACE))
    place = 3 + place % (len(sealed) - 3)  # behind the key id
    sealed[place] ^= 1

    with pytest.raises(VaultError):
        OLD.open(bytes(sealed), PLACE)


def test_a_value_that_was_cut_short_does_not_open():
    with pytest.raises(VaultError):
        OLD.open(OLD.seal("x", PLACE)[:5], PLACE)


def test_it_is_plain_aes_gcm_so_that_another_program_could_read_it():
    key_id, _, rest = OLD.seal("text", PLACE).partition(b"\0")

    assert key_id == b"k1"
    assert AESGCM(b"a" * 32).decrypt(rest[:12], rest[12:], PLACE) == b"text"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("", "no data key", id="nothing"),
        pytest.param("k1:!!!", "not base64", id="not base64"),
        pytest.param("k1:YWJj", "3 bytes, not 32", id="too short"),
        pytest.param(f"k1:{key('a')},k1:{key('b')}", "the same id", id="two keys, one id"),
    ],
)
def test_a_bad_key_stops_with_the_reason(text, reason):
    with pytest.raises(ValueError, match=reason):
        Keyring.parse(text)
