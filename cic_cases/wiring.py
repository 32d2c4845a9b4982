"""When this happens, do that: the whole list, on one page."""

from collections.abc import Mapping

from cic_cases.bookings import ahead, displaced, next_in_line, waiting_list
from cic_cases.bookings.events import (
    BookingCancelled,
    BookingDisplaced,
    BookingDone,
    BookingMade,
    BookingMissed,
    BookingMoved,
    BookingReassigned,
    BookingReopened,
    BookingRestored,
    HoldEnded,
    MissedUndone,
    TimeFreed,
    TimeOffered,
)
from cic_cases.cases.events import ContactChanged
from cic_cases.foundation.events import Handler
from cic_cases.notifications import external as outside
from cic_cases.notifications import manage_links, planning, replies
from cic_cases.visits import service as visits
from cic_cases.visits.events import (
    ExternalCancelled,
    ExternalChanged,
    ExternalMoved,
    ExternalNoted,
)

AFTER: Mapping[type, tuple[Handler, ...]] = {
    BookingMade: (planning.on_made, displaced.on_made, waiting_list.on_made),
    BookingMoved: (displaced.on_moved, planning.on_moved, replies.on_changed),
    BookingCancelled: (displaced.on_moved, planning.on_cancelled, replies.on_changed),
    BookingDisplaced: (planning.on_displaced,),
    BookingRestored: (ahead.on_restored, planning.on_restored, replies.on_same),
    BookingReassigned: (planning.on_reassigned, replies.on_same),
    HoldEnded: (waiting_list.on_hold_ended, planning.on_hold_ended),
    TimeFreed: (next_in_line.on_freed,),
    TimeOffered: (planning.on_offered,),
    ContactChanged: (
        planning.on_contact_changed,
        outside.on_contact_changed,
        manage_links.on_contact_changed,
    ),
    BookingMissed: (planning.on_missed,),
    MissedUndone: (planning.on_missed_undone,),
    BookingDone: (visits.record_for_booking,),
    BookingReopened: (visits.void_for_booking,),
    ExternalNoted: (outside.on_noted,),
    ExternalMoved: (outside.on_moved,),
    ExternalChanged: (outside.on_changed,),
    ExternalCancelled: (outside.on_cancelled,),
}
