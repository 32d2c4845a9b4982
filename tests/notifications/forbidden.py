"""What no message may hold, in eight languages, and how a message is searched for it.

The words come from the region file (services, institutions, places), from the catalogues (roles)
and, for what stands in neither, from the list below. Of each word its stem is forbidden, so that
no case and no ending hides it; letters are compared without marks and without regard to case.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator
from email import message_from_bytes
from email.policy import default
from functools import cache

import vobject

from cic_cases.foundation.resources import PACKAGE
from cic_cases.notifications.channels import TextMessage
from cic_cases.notifications.letters import Letter, mail
from tests.notifications.speech import catalogue

# Specialists and their help in every language; es, tr, ka and az have no names of roles elsewhere.
_SPECIALISTS = """
psycholog psychiatr terapeut prawnik prawn adwokat radca mecenas doradc doradztw specjalist ekspert
tłumacz urzędni cudzoziem uchodź azyl przemoc trauma deportac
психолог психіатр психиатр терапевт юрист юриди адвокат правник правов консульт радник советник
фахівець фахівц спеціаліст специалист переклад перевод чиновник іноземц иностран біжен беженц
притулк убежищ насильств насили травм депорт
psycholog psychiatr therap counsel lawyer solicitor attorney legal advis specialist interpret
translator officer foreigner refugee asylum violence trauma deport
psicól psiquia terap abogad jurídic legal asesor especialist intérpret traductor funcionari
extranjer refugiad asilo violenci trauma deport
psikolo psikiyat terapi avukat hukuk danışman uzman tercüman çevirmen memur yabancı mülteci iltica
sığınma şiddet travma
ფსიქოლოგ ფსიქიატრ თერაპ იურისტ იურიდ ადვოკატ სამართლ კონსულტ სპეციალისტ თარჯიმ მთარგმნ მოხელ
უცხოელ ლტოლვილ თავშესაფ ძალადობ ტრავმ
psixolo psixiat terapev hüquq vəkil məsləhət mütəxəssis tərcüm məmur əcnəbi qaçqın sığınacaq zorakı
travma
sąd суд
"""
SPECIALISTS = _SPECIALISTS.split()
# Words of those names that say nothing by themselves, and that addresses and messages need.
INNOCENT = {
    *("poznań", "poznaniu", "poznan", "познань", "познані", "познани", "პოზნანი"),
    *("wielkopolski", "wielkopolska", "konin", "kalisz", "leszno", "piła", "pila"),
    *("конін", "конин", "каліш", "калиш", "лешно", "піла", "пила"),
    *("კონინი", "კალიში", "ლეშნო", "პილა"),
    *("centro", "przy", "with", "para", "sobre", "için", "veya", "üçün", "üzrə", "щодо"),
    *("центр", "вопросам", "region", "регіон", "регион", "language"),
}
SHORTEST, BEGINNING, ENDING = 4, 5, 3
_ACRONYM = re.compile(r"\b[A-Z][A-Za-z]?[A-Z]{1,2}\b")
_WORD = re.compile(r"[^\W\d_]+")
_ALIKE = str.maketrans({"ł": "l", "ı": "i", "ə": "e", "đ": "d", "’": "'"})
_HIDDEN = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")


def plain(text: str) -> str:
    """`text` without marks, hidden letters and capitals: how it is compared."""
    small = unicodedata.normalize("NFKD", _HIDDEN.sub("", text).casefold()).translate(_ALIKE)
    return "".join(letter for letter in small if not unicodedata.combining(letter))


@cache
def names_of_help() -> frozenset[str]:
    """Every name of a service, an institution, a place outside and a role, in every language."""
    text = (PACKAGE / "regions" / "wielkopolska.toml").read_text(encoding="utf-8")
    region = tomllib.loads(text)
    entries = [*region["service"], *region["institution"], *region["place"]]
    names = {name for entry in entries for name in entry["names"].values()}
    roles = (
        role
        for language in ("pl", "uk", "ru", "en")
        for role in catalogue(language)
        if role.msgctxt == "role"
    )
    return frozenset(names | {word for role in roles for word in (role.msgid, role.msgstr)})


@cache
def stems() -> frozenset[str]:
    """The beginnings that no word of a message may have."""
    found = {_stem(word) for name in names_of_help() for word in _words(name)}
    return frozenset(found | {plain(word) for word in SPECIALISTS})


@cache
def acronyms() -> frozenset[str]:
    """Institutions as they are written on the door: WUW, ZUS, UdSC."""
    return frozenset(word for name in names_of_help() for word in _ACRONYM.findall(name))


def _words(name: str) -> Iterator[str]:
    for word in _WORD.findall(name):
        if len(word) >= SHORTEST and word.casefold() not in INNOCENT:
            yield word


def _stem(word: str) -> str:
    return plain(word)[: max(BEGINNING, len(word) - ENDING)]


def said_in(text: str) -> set[str]:
    """What of all that is forbidden stands in `text`."""
    told = {
        word[:end]
        for word in _WORD.findall(plain(text))
        for end in range(1, len(word) + 1)
        if word[:end] in stems()
    }
    return told | (acronyms() & set(re.findall(r"[A-Za-z]+", text)))


def everywhere(sent: Letter | TextMessage) -> list[tuple[str, str]]:
    """All that leaves the house for one message, each piece with where it stands."""
    if isinstance(sent, TextMessage):
        return [("sms", sent.text), ("sms id", sent.message_id)]
    parsed = message_from_bytes(mail(sent).as_bytes(), policy=default)
    found: list[tuple[str, str]] = []
    for part in parsed.walk():
        found += [(f"header {name}", f"{name}: {value}") for name, value in part.items()]
        found.append(("filename", part.get_filename() or ""))
        if part.get_content_type() == "text/calendar":
            found += _of_calendar(part.get_content())
        elif not part.is_multipart():
            found.append(("body", part.get_content()))
    return found


def _of_calendar(text: str) -> Iterable[tuple[str, str]]:
    """Every property of every component with its parameters, unfolded, and the file as it is."""
    yield "calendar", text.replace("\r\n ", "").replace("\n ", "")
    [file] = vobject.readComponents(text)
    for part in (file, *file.components()):
        for line in part.lines():
            yield f"calendar {line.name}", f"{line.value} {line.params}"
