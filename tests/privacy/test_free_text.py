"""What is recognised in free text, measured on a labelled corpus: enough is found, little else."""

import random

import pytest
from stdnum.pl import pesel

from cic_cases.privacy.free_text import NEVER, Found, findings, mark

SEEN = random.Random(5)
AROUND = ("{}", "Podała: {}.", "тел. {}, дзвонити ввечері", "see {} (checked)", "—{}—\nnext line")
WIDE = "44051401359".translate({ord(one): ord(one) + 0xFEE0 for one in "0123456789"})
HARMLESS = """\
Rozmowa 40 min, druga wizyta. Umówiono na 12.05.2026 o 10:30, pokój 112.
Art. 14 ust. 1 ustawy, Dz.U. 2026 poz. 187; decyzja w ciągu 30 dni, termin do 2026-12-31.
Dochód 4300 zł, czynsz PLN 150000 rocznie, troje dzieci (2, 5 i 11 lat), 61-001 Poznań.
Вона приїхала у березні 2022 року, двоє дітей, 7 і 12 років, працює 8-16.
Потрібна довідка форми 5/2026, додаток 3; наступна зустріч 14.01 о 09:00.
Говорили о страхе и бессоннице, 3 раза в неделю, упражнение 4-7-8.
Client sleeps 4-5 hours; scale 27/40 (was 31/40), exercise 4-7-8, ICD-10 F43.1, session 3 of 12.
Skierowana do lekarza; telefon zaufania 116 123, numer alarmowy 112.
Sprawa II SA/Po 123/26, pełnomocnik z urzędu, opłata 100 zł, znaczki 17 zł.
NIP pracodawcy 7781234567, umowa zlecenia od 01.02.2025 do 31.01.2026, 28,10 zł/h.
W 2023/2024 klasa 7b, średnia 4,75; egzamin B1 za 6 tygodni; autobus 174, przystanek 3.
Odczuwa niepokój od 3 miesięcy, 10 napadów w tygodniu, opowieści o dzieciństwie, wspomnienia.
Wniosek złożony elektronicznie w MOS 27.04.2026, czeka na wezwanie do odcisków.
""".splitlines()


def a_pesel() -> str:
    born = f"{SEEN.randint(40, 99)}{SEEN.randint(1, 12):02}{SEEN.randint(1, 28):02}"
    body = f"{born}{SEEN.randint(0, 9999):04}"
    return body + pesel.calc_check_digit(body)


def a_phone() -> str:
    first = SEEN.choice(("50", "60", "66", "69", "72", "78", "88"))
    digits = first + "".join(SEEN.choices("0123456789", k=7))
    grouped = f"{digits[:3]} {digits[3:6]} {digits[6:]}"
    return SEEN.choice(
        (digits, grouped, f"+48 {grouped}", f"+48{digits}", grouped.replace(" ", "-"))
    )


def a_mailbox() -> str:
    name = "".join(SEEN.choices("abcdefghijklmnoprstuwz", k=6))
    return SEEN.choice((f"{name}@example.org", f"{name}.k+1@mail.example.pl", f"{name} (at) wp.pl"))


@pytest.mark.parametrize(
    ("kind", "one"),
    [
        pytest.param(Found.PESEL, a_pesel, id="PESEL"),
        pytest.param(Found.PHONE, a_phone, id="phones"),
        pytest.param(Found.EMAIL, a_mailbox, id="e-mail"),
    ],
)
def test_at_least_98_of_100_are_recognised(kind, one):
    texts = [SEEN.choice(AROUND).format(one()) for _ in range(400)]
    missed = [text for text in texts if kind not in {found.kind for found in findings(text)}]

    assert len(missed) <= 8, missed[:5]


def test_ordinary_sentences_are_left_alone():
    assert {line: findings(line) for line in HARMLESS if findings(line)} == {}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        pytest.param("44 05 14 01-359", Found.PESEL, id="PESEL in groups"),
        pytest.param(
            "\uff14\uff14\uff10\uff15\uff11\uff14\uff10\uff11\uff13\uff15\uff19",
            Found.PESEL,
            id="wide digits",
        ),
        pytest.param("٤٤٠٥١٤٠١٣٥٩", Found.PESEL, id="Arabic digits"),
        pytest.param("paszport FA123456", Found.DOCUMENT, id="a passport"),
        pytest.param("паспорт № ЕЕ123456", Found.DOCUMENT, id="a Cyrillic passport"),
        pytest.param("dowód ABS 123456", Found.DOCUMENT, id="an identity card"),
        pytest.param("karta pobytu RP1234567", Found.DOCUMENT, id="a residence card"),
        pytest.param("WSC-II-P.6151.12345.2026", Found.OFFICE_CASE, id="a case at the office"),
        pytest.param("4111 1111 1111 1111", Found.PAYMENT, id="a payment card"),
        pytest.param("PL61109010140000071219812874", Found.PAYMENT, id="an account"),
        pytest.param("61 1090 1014 0000 0712 1981 2874", Found.PAYMENT, id="an account by itself"),
        pytest.param("067 123 45 67", Found.PHONE, id="a Ukrainian phone"),
        pytest.param("836-VY9-YEX", Found.CODE, id="the code of a card"),
        pytest.param("836vy9yex", Found.CODE, id="a code in small letters"),
    ],
)
def test_each_kind_is_told_apart(text, kind):
    (found,) = findings(f"Powiedziała: {text}, potem wyszła.")

    assert found.kind is kind
    assert found.text in text
    assert found.text not in repr(found)


def test_a_number_with_a_wrong_checksum_is_no_pesel():
    assert not [one for one in findings("nr 44051401358.") if one.kind is Found.PESEL]


def test_a_confirmation_is_for_what_was_found_and_nothing_more():
    one, other = findings("tel. 600 100 200"), findings("tel. 600 100 200 i 600 100 201")

    assert mark(one) == mark(findings("inaczej: 600 100 200"))
    assert mark(one) != mark(other)
    assert Found.PHONE not in NEVER
