"""One time that can be had in two ways: whichever way is free is the one that is booked."""

from tests.bookings.conftest import Practice


def test_a_time_offered_in_the_second_of_two_rooms_is_booked_there(practice: Practice):
    make, other_room = practice.make, practice.make.room(practice.centre, "2")
    make.duty(practice.lawyer, practice.centre, other_room, [practice.service], grid=40)
    colleague = make.staff("lawyer", practice.centre, initials="C.C.")
    make.duty(colleague, practice.centre, practice.room, [practice.service], grid=40)
    of = {"specialist_key": colleague.key}
    practice.book(practice.slots(**of)[1], make.case()[0].id)

    of = {"specialist_key": practice.lawyer.key}
    for slot in practice.slots(**of):
        booked = practice.book(slot, make.case()[0].id)
        assert booked.room_id == slot.room_id
