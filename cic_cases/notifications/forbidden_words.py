"""What no message may hold: the kind of help, the specialist, the institution, in eight languages.

The names come from the region itself (services, institutions, places outside); what stands in no
name is in the list below. Of each word its stem is forbidden, so that no case and no ending hides
it; letters are compared without marks, without hidden signs and without regard to case. A
region's own words are refused by this list, and every message is searched by it in the tests.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from cic_cases.centres.models import Centre, Institution, Place, Service

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
# Where the Centres are, in letters of their own: discreet messages may not say it.
PLACES = {
    *("poznań", "poznaniu", "poznan", "познань", "познані", "познани", "პოზნანი"),
    *("wielkopolski", "wielkopolska", "konin", "kalisz", "leszno", "piła", "pila"),
    *("конін", "конин", "каліш", "калиш", "лешно", "піла", "пила"),
    *("კონინი", "კალიში", "ლეშნო", "პილა"),
}
# Words of those names that say nothing by themselves, and that addresses and messages need.
INNOCENT = PLACES | {
    *("centro", "przy", "with", "para", "sobre", "için", "veya", "üçün", "üzrə", "щодо"),
    *("центр", "вопросам", "region", "регіон", "регион", "language"),
}
SHORTEST, BEGINNING, ENDING = 4, 5, 3
_ACRONYM = re.compile(r"\b[A-Z][A-Za-z]?[A-Z]{1,2}\b")
_WORD = re.compile(r"[^\W\d_]+")
_ALIKE = str.maketrans({"ł": "l", "ı": "i", "ə": "e", "đ": "d", "’": "'"})
_HIDDEN = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")


@dataclass(frozen=True, slots=True)
class Forbidden:
    """The beginnings that no word may have, and institutions as they are written on the door."""

    stems: frozenset[str]
    acronyms: frozenset[str]

    def said_in(self, text: str) -> set[str]:
        """What of all that is forbidden stands in `text`."""
        told = {stem for word in _WORD.findall(plain(text)) if (stem := self._stem_of(word))}
        return told | (self.acronyms & set(re.findall(r"[A-Za-z]+", text)))

    def words_in(self, text: str) -> list[str]:
        """The words of `text` as they are written there that must go, in their order."""
        clear = _HIDDEN.sub("", text)
        return [word for word in _WORD.findall(clear) if self.said_in(word)]

    def _stem_of(self, word: str) -> str | None:
        return next((word[:n] for n in range(1, len(word) + 1) if word[:n] in self.stems), None)


def plain(text: str) -> str:
    """`text` without marks, hidden letters and capitals: how it is compared."""
    small = unicodedata.normalize("NFKD", _HIDDEN.sub("", text).casefold()).translate(_ALIKE)
    return "".join(letter for letter in small if not unicodedata.combining(letter))


def forbidden(names: Iterable[str], towns: Iterable[str] = ()) -> Forbidden:
    """What may not be said where services, institutions, places and roles have these names.

    `towns` are where the centres are: an office «in Gdańsk» forbids nobody to write of Gdańsk.
    """
    names = list(names)
    here = {_stem(word) for town in towns for word in _WORD.findall(town) if len(word) >= SHORTEST}
    stems = {_stem(word) for name in names for word in _telling(name)}
    stems = {stem for stem in stems if not any(stem.startswith(town) for town in here)}
    acronyms = {word for name in names for word in _ACRONYM.findall(name)}
    return Forbidden(frozenset(stems | {plain(word) for word in SPECIALISTS}), frozenset(acronyms))


def of_region(session: Session, region_id: int) -> Forbidden:
    """What no message of the region may say; names no longer in use stay forbidden."""
    rows = [
        names
        for entity in (Service, Institution, Place)
        for names in session.scalars(select(entity.names).where(entity.region_id == region_id))
    ]
    keys = session.scalars(select(Institution.key).where(Institution.region_id == region_id))
    towns = session.scalars(select(Centre.city).where(Centre.region_id == region_id))
    return forbidden([*(name for names in rows for name in names.values()), *keys], towns.all())


def _telling(name: str) -> Iterator[str]:
    for word in _WORD.findall(name):
        if len(word) >= SHORTEST and word.casefold() not in INNOCENT:
            yield word


def _stem(word: str) -> str:
    return plain(word)[: max(BEGINNING, len(word) - ENDING)]
