"""The board that is up to date by itself, and the scanner that checks in at once."""

from datetime import timedelta

from flask import Flask

from cic_cases.bookings.statuses import Status
from cic_cases.foundation.codes import show
from tests.desk.reception import Reception
from tests.statements import statements

MOST_OF_A_POLL = 2


def poll(reception: Reception, seen: str = "", show: str = "all"):
    headers = {"If-None-Match": seen} if seen else {}
    return reception.browser.get(f"/desk/live?show={show}", headers=headers)


def test_nothing_new_is_answered_by_two_small_statements_and_any_change_by_the_board(
    reception: Reception,
):
    case, code = reception.make.case()
    first = poll(reception)
    assert first.status_code == 200
    assert "No appointments today" in first.text
    assert "<html" not in first.text

    with statements() as sent:
        same = poll(reception, first.headers["ETag"])
    assert (same.status_code, same.text) == (304, "")
    assert len([one for one in sent if one.startswith("SELECT")]) <= MOST_OF_A_POLL

    booking = reception.book(case)
    changes = {
        "a booking": lambda: None,
        "somebody arrives": lambda: reception.browser.post(
            f"/bookings/{booking.reference}/status", data={"status": "arrived"}
        ),
        "undone": lambda: reception.browser.post(f"/bookings/{booking.reference}/undo"),
        "a quick enquiry": lambda: reception.browser.post("/desk/quick-contacts"),
        "taken back": lambda: reception.browser.post("/desk/quick-contacts/undo"),
        "another filter": None,
        "a minute later": None,
    }
    seen, filtered = first.headers["ETag"], "all"
    for change, make_it in changes.items():
        if make_it:
            make_it()
        elif change == "another filter":
            filtered = "booked"
        else:
            reception.clock.at += timedelta(minutes=1)
        answer = poll(reception, seen, filtered)
        assert answer.status_code == 200, change
        assert show(code) in answer.text, change
        assert poll(reception, answer.headers["ETag"], filtered).status_code == 304, change
        seen = answer.headers["ETag"]


def test_what_the_desk_asks_by_itself_is_no_sign_that_somebody_sits_there(app: Flask):
    views = app.view_functions
    noted = {name for name in ("desk.live", "desk.board") if not hasattr(views[name], "by_itself")}
    assert noted == {"desk.board"}


def test_a_scanned_card_checks_in_at_its_hour_and_a_typed_code_only_opens(
    reception: Reception,
):
    case, code = reception.make.case()
    booking = reception.book(case)

    def shown(by: str) -> str:
        sent = {"code": code, "by": by}
        return reception.browser.post("/desk/scan", data=sent, follow_redirects=True).text

    shown("keyboard")
    assert reception.status_of(booking) is Status.BOOKED
    reception.browser.post("/desk/close")

    reception.clock.at = booking.starts_at - timedelta(minutes=61)
    assert show(code) in shown("scanner")
    assert reception.status_of(booking) is Status.BOOKED, "hours early is about something else"
    reception.browser.post("/desk/close")

    reception.clock.at = booking.starts_at - timedelta(minutes=60)
    page = shown("scanner")
    assert reception.status_of(booking) is Status.ARRIVED
    assert "Undo" in page
    assert show(code) in page.split('class="desk cols"')[0], "what is to be told stays in sight"
