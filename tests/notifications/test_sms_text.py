"""Short messages stay short, and stay readable."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cic_cases.notifications.sms_text import Encoding, encoding, fold, parts

ALPHABETS = {
    "pl": "aąbcćdeęfghijklłmnńoóprsśtuwyzźżAĄBCĆDEĘFGHIJKLŁMNŃOÓPRSŚTUWYZŹŻ",
    "es": "aábcdeéfghiíjklmnñoópqrstuúüvwxyzAÁBCDEÉFGHIÍJKLMNÑOÓPQRSTUÚÜVWXYZ¿¡",
    "tr": "abcçdefgğhıijklmnoöprsştuüvyzâîûABCÇDEFGĞHIİJKLMNOÖPRSŞTUÜVYZ",
    "az": "abcçdeəfgğhxıijkqlmnoöprsştuüvyzABCÇDEƏFGĞHXIİJKQLMNOÖPRSŞTUÜVYZ",
    "en": "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ’“”–…",
}


@pytest.mark.parametrize("language", ALPHABETS)
def test_every_letter_of_a_latin_alphabet_is_folded(language):
    assert encoding(fold(ALPHABETS[language], language)) is Encoding.GSM7


@pytest.mark.parametrize(
    ("text", "language", "sent"),
    [
        pytest.param("Zażółć gęślą jaźń", "pl", "Zazolc gesla jazn", id="Polish"),
        pytest.param("mañana, ¿dónde?", "es", "mañana, ¿donde?", id="Spanish keeps its ñ and ¿"),
        pytest.param("İptal için arayın", "tr", "Iptal icin arayin", id="Turkish dotted and not"),
        pytest.param("Görüş ləğv edildi", "az", "Görüs legv edildi", id="Azerbaijani schwa"),
        pytest.param("візит CIC Poznań", "uk", "візит CIC Poznań", id="Cyrillic is left alone"),
        pytest.param("ვიზიტი CIC Piła", "ka", "ვიზიტი CIC Piła", id="Georgian is left alone"),
        pytest.param("Łódź і Львів", "pl", "Łódź і Львів", id="half folded would help nobody"),
    ],
)
def test_folding(text, language, sent):
    assert fold(text, language) == sent


@pytest.mark.parametrize(
    ("text", "count"),
    [
        pytest.param("", 1, id="nothing"),
        pytest.param("a" * 160, 1, id="a full GSM-7 message"),
        pytest.param("a" * 161, 2, id="one letter more"),
        pytest.param("a" * 306, 2, id="two full parts"),
        pytest.param("a" * 307, 3, id="two full parts and a letter"),
        pytest.param("€" * 80, 1, id="euro signs take two septets"),
        pytest.param("€" * 81, 2, id="one euro sign more"),
        pytest.param("a" * 152 + "€" + "a" * 153, 3, id="an escape is never cut in two"),
        pytest.param("ж" * 70, 1, id="a full UCS-2 message"),
        pytest.param("ж" * 71, 2, id="one Cyrillic letter more"),
        pytest.param("ж" * 134, 2, id="two full UCS-2 parts"),
        pytest.param("ж" * 135, 3, id="two full UCS-2 parts and a letter"),
        pytest.param("😀" * 35, 1, id="emoji take two units"),
        pytest.param("😀" * 36, 2, id="one emoji more"),
    ],
)
def test_parts(text, count):
    assert parts(text) == count


@given(text=st.text(max_size=400), language=st.sampled_from(["pl", "es", "tr", "az", "uk", "ka"]))
def test_folding_never_makes_a_message_unreadable_or_folds_twice(text, language):
    once = fold(text, language)

    assert fold(once, language) == once
    assert once == text or encoding(once) is Encoding.GSM7
    assert parts(once) >= 1
