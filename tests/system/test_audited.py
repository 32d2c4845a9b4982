"""What cannot be put on record does not happen: every act and its line are one transaction."""

import pytest

from cic_cases.privacy import audit_proof
from cic_cases.privacy.access import OPEN, declared
from cic_cases.privacy.policy import POLICY
from tests.system.asked import ASKED
from tests.system.test_access import call, methods_of, world  # noqa: F401 - fixture
from tests.system.two_centres import OWN, World

WITHOUT_A_LINE = {
    "factors.set_up",  # a key is shown; that it was confirmed is on record
    "notes.draft",  # nobody but the author sees it; the note is on record
}
WITH_A_LINE = {"api_bookings.book", "cases.set_contact", "forgetting.erase", "notes.write"}


class NoLine(RuntimeError):
    """Nothing can be put on record."""


def test_whatever_changes_something_and_cannot_be_put_on_record_is_undone(
    world: World,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
):
    def fails(_session):
        raise NoLine

    monkeypatch.setattr(audit_proof, "current", fails)
    declares, changed, stopped = declared(world.app), set(), set()
    world.restore()
    kept = list(world.kept.iterdump())
    for endpoint in ASKED:
        if declares[endpoint] == OPEN or "POST" not in methods_of(world.app, endpoint):
            continue
        for role in POLICY[declares[endpoint]]:
            try:
                call(world, endpoint, "POST", role, world.targets[role, OWN])
            except NoLine:
                stopped.add(endpoint)
            if world.rows() != kept:
                changed.add(endpoint)
                world.restore()
            if endpoint in stopped | changed:
                break  # the other roles do the same

    assert changed == WITHOUT_A_LINE
    assert stopped >= WITH_A_LINE
