"""The demo's messages in the browser, and nowhere near production."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from cic_cases.notifications import jobs
from cic_cases.notifications.channels import open_post
from tests.conftest import MONDAY
from tests.notifications.people import Told

pytestmark = pytest.mark.sqlite_only
THREE_DAYS = timedelta(days=3)


@pytest.fixture
def outbox(app, make) -> Path:
    """A folder with one mail and one SMS."""
    told = Told(make)
    case_id = told.person(email="person@example.org", phone="+48600100200")
    told.books(case_id, MONDAY + THREE_DAYS, at=MONDAY)
    with open_post(app.config["CIC"]) as post:
        assert jobs.send_due(MONDAY, post) == 2
    return Path(app.config["CIC"].instance_dir) / "outbox"


def test_every_message_can_be_read(client_of, outbox):
    client = client_of(None)

    page = client.get("/dev/outbox?lang=en").text
    assert "person@example.org" in page
    assert "+48600100200" in page

    for file in outbox.iterdir():
        answer = client.get(f"/dev/outbox/{file.name}?lang=en")
        assert answer.status_code == 200
        assert "CIC Poznań" in answer.text
        assert ("BEGIN:VCALENDAR" in answer.text) is (file.suffix == ".eml")


@pytest.mark.parametrize("name", ["..%2Ftest.sqlite3", "nothing.eml", ".env", "%2e%2e/keys.env"])
def test_only_messages_of_the_folder_are_shown(client_of, outbox, name):
    assert client_of(None).get(f"/dev/outbox/{name}").status_code == 404


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"env": "production"}, id="production"),
        pytest.param({"mail_url": "smtp://localhost", "sms_url": ""}, id="no files"),
    ],
)
def test_the_page_exists_only_in_demo_and_development(app, client_of, outbox, settings):
    app.config["CIC"] = replace(app.config["CIC"], **settings)
    name = next(outbox.iterdir()).name

    assert client_of(None).get("/dev/outbox").status_code == 404
    assert client_of(None).get(f"/dev/outbox/{name}").status_code == 404


def test_an_empty_outbox_says_so(app, client_of):
    answer = client_of(None).get("/dev/outbox?lang=en")

    assert answer.status_code == 200
    assert "No messages yet" in answer.text
