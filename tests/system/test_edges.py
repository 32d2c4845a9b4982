"""Under foreign names nothing is answered, and no form of another site is taken."""

import re

import pytest

from cic_cases.application import create_app
from cic_cases.foundation.db import db
from tests.conftest import settings_for

OURS = "cic.example.org"
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
FOREIGN = (
    "evil.example",
    "evil.example:8000",
    "cic.example.org.evil.example",
    "evilcic.example.org",
    "cic.example.org@evil.example",
    "cic.example.org, evil.example",
    "cic.example.org evil.example",
    "cic.example.org/evil",
    "cic.example.org#evil.example",
    "cic.example.org:80@evil.example",
    "example.org",
    "www.cic.example.org",
    "127.0.0.2",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "10.0.0.1",
    "[::1]",
    "[::2]",
    "xn--80ak6aa92e.example",
    "evil.example\t",
    "ciс.example.org".encode().decode("latin-1"),
    "*",
)


@pytest.fixture
def site(database_url, tmp_path):
    """The application under a name of its own."""
    app = create_app(settings_for(database_url, tmp_path, base_url=f"https://{OURS}"))
    yield app.test_client()
    with app.app_context():
        db.engine.dispose()


@pytest.mark.parametrize("host", FOREIGN, ids=repr)
@pytest.mark.parametrize("path", ["/", "/login", "/desk", "/nowhere", "/api/v1/centres"])
def test_under_a_foreign_name_nothing_is_answered(site, host, path):
    answer = site.get(path, headers={"Host": host, "X-Forwarded-Host": OURS})

    assert answer.status_code == 400
    assert "Location" not in answer.headers
    assert "evil" not in answer.text
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("host", [OURS, f"{OURS}:443", OURS.upper(), "127.0.0.1:8000", "localhost"])
def test_under_its_own_name_and_from_its_own_machine_it_answers(site, host):
    assert site.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("place", ["cross-site", "same-site", "nonsense"])
@pytest.mark.parametrize("path", ["/login", "/desk/scan", "/api/v1/bookings", "/nowhere"])
def test_a_form_that_another_site_sends_is_refused_before_anything_is_read(site, place, path):
    said = {"Host": OURS, "Sec-Fetch-Site": place, "Accept-Language": "en"}

    answer = site.post(path, headers=said)

    assert answer.status_code == 400
    assert "Nothing was changed." in answer.text


@pytest.mark.parametrize("place", ["same-origin", "none", None])
def test_a_form_of_ours_is_taken(site, place):
    said = {"Sec-Fetch-Site": place} if place else {}
    here = f"https://{OURS}"
    token = TOKEN.search(site.get("/login", base_url=here).text)
    assert token

    answer = site.post("/login", data={"csrf_token": token[1]}, base_url=here, headers=said)

    assert answer.status_code == 422


@pytest.mark.parametrize("place", ["cross-site", "same-site"])
def test_a_link_of_another_site_opens_the_page(site, place):
    answer = site.get("/", headers={"Host": OURS, "Sec-Fetch-Site": place})

    assert answer.status_code == 200
