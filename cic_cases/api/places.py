"""Where help is given and which kinds of it: public, no token."""

from typing import Any

from flask import request

from cic_cases.api import schemas
from cic_cases.api.answers import group
from cic_cases.api.auth import open_to_all
from cic_cases.centres import queries
from cic_cases.foundation.db import db
from cic_cases.foundation.i18n import in_reader_language

bp = group("places", "Centres and services")


@bp.get("/centres")
@open_to_all
@bp.response(200, schemas.CentresOut)
@bp.without_token
def centres() -> dict[str, Any]:
    """Every centre that works."""
    regions = {region.id: region.slug for region in queries.regions(db.session())}
    return {
        "centres": [
            {
                "slug": centre.slug,
                "city": centre.city,
                "name": centre.name,
                "address": centre.address,
                "phone": centre.phone,
                "email": centre.email,
                "timezone": centre.timezone,
                "region": regions[centre.region_id],
            }
            for centre in queries.all_centres(db.session())
        ]
    }


@bp.get("/services")
@open_to_all
@bp.response(200, schemas.ServicesOut)
@bp.without_token
def services() -> dict[str, Any]:
    """Every kind of help given now, named in the language of `lang`."""
    regions = {region.id: region.slug for region in queries.regions(db.session())}
    return {
        "services": [
            {
                "key": service.key,
                "name": _named(service.names),
                "minutes": service.minutes,
                "booking": service.booking.value,
                "region": regions[service.region_id],
            }
            for service in queries.services_of(db.session())
        ]
    }


def _named(names: dict[str, str]) -> str:
    """In the asked language, of which data has more than the pages for staff."""
    return names.get(request.args.get("lang", "")) or in_reader_language(names)
