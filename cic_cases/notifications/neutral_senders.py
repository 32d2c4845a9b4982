"""A neutral sender must not say what the region's own data says: the Centre, its town, who runs it.

The settings refuse what gives any Centre away (`config.GIVES_AWAY`); the names of these ones are
in the database. They are looked at whenever a process starts and whenever a region is loaded.
"""

import re
from collections.abc import Collection, Iterable, Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from cic_cases.centres.models import Centre, Region
from cic_cases.centres.region_entries import RegionFile
from cic_cases.notifications.channels import sms_service
from cic_cases.notifications.channels.post import PostSettings
from cic_cases.notifications.forbidden_words import plain

SHORTEST, LONG = 4, 5  # letters; the last of a long word may be another (Leszno, Lesznie)
_WORD = re.compile(r"[^\W\d_]+")
_ACRONYM = re.compile(r"\b[A-Z]{3,}\b")


def telling(names: Iterable[str]) -> frozenset[str]:
    """What no neutral sender may hold where region, operator and centres have these names."""
    found = set()
    for name in names:
        words = [plain(word) for word in _WORD.findall(name)]
        found |= {word[: max(LONG, len(word) - 1)] for word in words if len(word) >= SHORTEST}
        found |= {plain(word) for word in _ACRONYM.findall(name)}
    return frozenset(found)


def problems(session: Session, settings: PostSettings) -> list[str]:
    """Why no message may leave with these settings: a sentence for each sender that tells."""
    columns = Centre.slug, Centre.city, Centre.name, Centre.sms_name
    of_centres = [name for row in session.execute(select(*columns)) for name in row]
    regions = session.execute(select(Region.slug, Region.name, Region.operator))
    names = [*of_centres, *(name for row in regions for name in row)]
    return list(_told(settings, telling(names)))


def problems_of(file: RegionFile, settings: PostSettings) -> list[str]:
    """Why this region cannot be loaded with these settings, as `problems`."""
    names = [file.slug, file.name, file.operator]
    for centre in file.centres:
        names += [centre.slug, centre.city, centre.name, centre.sms_name]
    return [f"{file.source}: {one}" for one in _told(settings, telling(names))]


def _told(settings: PostSettings, words: Collection[str]) -> Iterator[str]:
    senders = {
        "CIC_MAIL_FROM_NEUTRAL": settings.mail_from_neutral,
        "the neutral sender of CIC_SMS_URL": sms_service(settings).neutral,
    }
    for where, sender in senders.items():
        if found := sorted(word for word in words if word in plain(sender)):
            yield f"{where} says «{found[0]}», which gives a Centre away: choose another"
