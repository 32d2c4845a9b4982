"""The pages about a person without a card, and about two cards of one person."""

import re

from cic_cases.foundation.codes import show


def test_a_number_suggests_a_case_and_a_new_card_is_printed(client_of, make, centre):
    reception = client_of(make.staff("reception", centre))
    case, old = make.case(make.centre("leszno"))
    here = client_of(make.staff("reception", make.centre("leszno")))
    here.post(f"/cases/{show(old)}/contact", data={"mode": "full", "phone": "600 100 200"})
    assert b"/lost-card" in reception.get("/desk").data

    unknown = reception.post("/lost-card", data={"phone": "600 100 201"})
    assert b"No case is suggested" in unknown.data
    assert reception.post("/lost-card", data={"phone": "12"}).status_code == 422
    found = reception.post("/lost-card", data={"phone": "600 100 200"}).get_data(as_text=True)
    assert "January 2030, Leszno" in found
    assert show(old) not in found
    wrong = {"phone": "600 100 201", "case": case.id}
    assert reception.post("/lost-card/confirm", data=wrong).status_code == 404

    issued = reception.post("/lost-card/confirm", data={"phone": "600 100 200", "case": case.id})

    assert re.fullmatch(r"/cases/\w{3}-\w{3}-\w{3}", issued.location)
    assert reception.get(issued.location).status_code == 200
    assert here.get(f"/cases/{show(old)}").status_code == 404


def test_two_cards_are_linked_by_a_coordinator_and_unlinked_again(client_of, make, centre):
    reception = client_of(make.staff("reception", centre))
    coordinator = client_of(make.staff("coordinator", centre))
    (_one, first), (_other, second) = make.case(centre), make.case(centre)
    page = f"/cases/{show(first)}"

    reception.post(f"{page}/links", data={"other": show(second)})
    assert (
        b"wait for a coordinator"
        in reception.post(f"{page}/links", data={"other": show(second)}, follow_redirects=True).data
    )
    assert b"Unlink" not in reception.get(page).data
    listed = coordinator.get(page).get_data(as_text=True)
    (link,) = set(re.findall(rf"{page}/links/(\d+)", listed))
    assert show(second) in listed
    assert reception.post(f"{page}/links/{link}", data={"decision": "link"}).status_code == 404
    coordinator.post(f"{page}/links/{link}", data={"decision": "link"})
    assert b"Unlink" in coordinator.get(f"/cases/{show(second)}").data
    coordinator.post(f"{page}/links/{link}", data={"decision": "unlink"})

    assert show(second) not in coordinator.get(page).get_data(as_text=True)
    assert coordinator.get(f"/cases/{show(second)}").status_code == 200


def test_a_shared_number_is_offered_as_a_link_and_no_code_is_shown(client_of, make, centre):
    reception = client_of(make.staff("reception", centre))
    codes = [show(make.case(centre)[1]) for _ in range(2)]
    for code in codes:
        reception.post(f"/cases/{code}/contact", data={"mode": "full", "phone": "600 100 200"})

    page = reception.get(f"/cases/{codes[0]}").get_data(as_text=True)

    (other,) = re.findall(r'name="same_phone" value="(\d+)"', page)
    assert codes[1] not in page
    address = f"/cases/{codes[0]}/links"
    reception.post(address, data={"same_phone": other})
    assert codes[1] in reception.get(f"/cases/{codes[0]}").get_data(as_text=True)
    wrong = reception.post(address, data={"same_phone": "99"}, follow_redirects=True)
    assert b"The code is not right" in wrong.data
