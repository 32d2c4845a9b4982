"""When this happens, do that: the whole list, on one page."""

from collections.abc import Mapping

from cic_cases.bookings.events import (
    BookingCancelled,
    BookingDone,
    BookingMade,
    BookingMoved,
    BookingReopened,
)
from cic_cases.cases.events import ContactChanged
from cic_cases.foundation.events import Handler
from cic_cases.notifications import planning
from cic_cases.visits import service as visits

AFTER: Mapping[type, tuple[Handler, ...]] = {
    BookingMade: (planning.on_made,),
    BookingMoved: (planning.on_moved,),
    BookingCancelled: (planning.on_cancelled,),
    ContactChanged: (planning.on_contact_changed,),
    BookingDone: (visits.record_for_booking,),
    BookingReopened: (visits.void_for_booking,),
}
