"""What a text message costs: letters folded to GSM-7 where that is possible, parts counted.

One letter outside GSM-7 makes the whole message UCS-2 and two or three times as long. Latin
languages lose their diacritics, which everybody reads; Cyrillic and Georgian are never
transliterated, because people in distress should not have to decipher a message.
"""

import enum
import unicodedata

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("\f^{}\\[~]|€")  # sent as an escape and a letter: two septets
ONE_PART = {"GSM7": 160, "UCS2": 70}
OF_SEVERAL = {"GSM7": 153, "UCS2": 67}  # the rest is the header that joins the parts
FOLDED_LANGUAGES = frozenset({"pl", "en", "es", "tr", "az"})
# Letters that normalisation does not take apart, and typographic signs.
_EXPLICIT = str.maketrans(
    {
        "ł": "l",
        "Ł": "L",
        "ı": "i",
        "ə": "e",
        "Ə": "E",
        "đ": "d",
        "Đ": "D",
        "’": "'",
        "‘": "'",
        "“": '"',
        "”": '"',
        "„": '"',
        "«": '"',
        "»": '"',
        "–": "-",
        "—": "-",
        "…": "...",
        "\u00a0": " ",
        "\u202f": " ",
    }
)


class Encoding(enum.StrEnum):
    """How a gateway sends the text: 7 bits a letter, or 16."""

    GSM7 = "GSM7"
    UCS2 = "UCS2"


def encoding(text: str) -> Encoding:
    """The encoding that `text` needs."""
    return Encoding.GSM7 if set(text) <= BASIC | EXTENDED else Encoding.UCS2


def parts(text: str) -> int:
    """How many messages `text` is sent as; an empty text is one."""
    how = encoding(text)
    widths = [_width(letter, how) for letter in text]
    if sum(widths) <= ONE_PART[how]:
        return 1
    count, room = 1, OF_SEVERAL[how]
    for width in widths:  # a letter of two units is never split between two parts
        if width > room:
            count, room = count + 1, OF_SEVERAL[how]
        room -= width
    return count


def size(text: str) -> tuple[int, int]:
    """How many units `text` takes, and how many the messages hold that it is sent as."""
    how, count = encoding(text), parts(text)
    room = ONE_PART[how] if count == 1 else count * OF_SEVERAL[how]
    return sum(_width(letter, how) for letter in text), room


def fold(text: str, language: str) -> str:
    """`text` in GSM-7 letters, if its language allows that and all of it can be folded."""
    if language not in FOLDED_LANGUAGES:
        return text
    folded = "".join(_plain(letter) for letter in text.translate(_EXPLICIT))
    return folded if encoding(folded) is Encoding.GSM7 else text


def _width(letter: str, how: Encoding) -> int:
    if how is Encoding.GSM7:
        return 2 if letter in EXTENDED else 1
    return len(letter.encode("utf-16-be")) // 2


def _plain(letter: str) -> str:
    if letter in BASIC:
        return letter
    apart = unicodedata.normalize("NFKD", letter)
    return "".join(mark for mark in apart if not unicodedata.combining(mark))
