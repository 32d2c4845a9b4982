"""The start page and the notice: eight languages, addresses from data, no kind of help."""

import re
from datetime import date, time

import pytest

from cic_cases.calendar.models import Closure
from cic_cases.centres.models import OpeningDate
from cic_cases.foundation.i18n import PERSON_LOCALES
from cic_cases.portal.views import NEUTRAL_SITE

pytestmark = pytest.mark.sqlite_only
KINDS_OF_HELP = re.compile("psych|lawyer|legal|asyl|refugee|violence", re.IGNORECASE)


def get(app, address):
    return app.test_client().get(address)


@pytest.mark.parametrize("language", PERSON_LOCALES)
@pytest.mark.parametrize("address", ["/", "/privacy"])
def test_every_page_is_in_the_language_asked_for(app, address, language):
    answer = get(app, f"{address}?lang={language}")

    assert answer.status_code == 200
    assert f'<html lang="{language}">' in answer.text
    assert re.search(rf'lang="{language}" hreflang="{language}" aria-current="true"', answer.text)


def test_centres_are_shown_with_address_phone_and_hours(app, make):
    make.centre("poznan")
    konin = make.centre("konin", closes="19:00")
    make.save(
        Closure(
            centre_id=konin.id, first_day=date(2030, 1, 7), last_day=date(2030, 1, 7), reason="x"
        )
    )
    make.save(OpeningDate(centre_id=konin.id, on=date(2030, 1, 12), opens=time(9), closes=time(13)))

    page = get(app, "/?lang=en").text

    assert 'href="tel:+48887063112"' in page
    assert "+48 887 063 112" in page
    assert "ul. Przykładowa 1" in page
    assert "Today: 07:30–15:30" in page
    assert "Today: closed" in page
    assert "09:00–13:00" in page


def test_a_centre_that_is_not_active_is_not_shown(app, make):
    centre = make.centre("poznan")
    centre.active = False
    make.save(centre)

    page = get(app, "/?lang=en").text

    assert "tel:+48" not in page
    assert "The addresses will appear here soon." in page


def test_the_way_out_and_the_emergency_number_are_on_every_page(app):
    page = get(app, "/?lang=en").text

    assert 'href="tel:112"' in page
    for address in ("/", "/privacy"):
        assert f'class="exit" href="{NEUTRAL_SITE}" rel="noreferrer"' in get(app, address).text


@pytest.mark.parametrize("address", ["/", "/privacy"])
def test_no_page_tells_a_kind_of_help_or_asks_another_server(app, make, address):
    make.centre()

    page = get(app, f"{address}?lang=en").text

    assert not KINDS_OF_HELP.search(page)
    assert not re.search(r'(src|action)="(https?:)?//', page)
    assert not re.search(r'<link[^>]+href="(https?:)?//', page)


def test_the_notice_says_plainly_that_data_are_pseudonymised(app, make):
    make.centre()

    page = get(app, "/privacy?lang=en").text

    assert "pseudonymised" in page
    assert "not anonymous" in page
    assert "ROPS" in page
