"""What the audit trail tells, in the reader's words."""

from cic_cases.foundation.i18n import pgettext


def act_names() -> dict[str, str]:
    """By the action of a line of the audit trail."""
    return {
        "case.registered": pgettext("act", "Registered the person"),
        "case.opened": pgettext("act", "Opened the case by its card"),
        "case.read": pgettext("act", "Looked at the case"),
        "case.suggested": pgettext("act", "Was shown the case for a phone number"),
        "card.replaced": pgettext("act", "Issued a new card"),
        "contact.changed": pgettext("act", "Changed the contact"),
        "contact.revealed": pgettext("act", "Was shown the phone number"),
        "contact.erased": pgettext("act", "Had the contact forgotten"),
        "contact.erased_again": pgettext("act", "Forgot the contact again after a restored backup"),
        "contact.purged": pgettext("act", "Forgot the contact because its time was over"),
        "person.erased": pgettext("act", "Had the person forgotten"),
        "person.erased_again": pgettext("act", "Forgot the person again after a restored backup"),
        "person.purged": pgettext("act", "Forgot the person because the time was over"),
        "person.exported": pgettext("act", "Made the person's copy of their data"),
        "trail.read": pgettext("act", "Looked who opened the case"),
    }


def event_names() -> dict[str, str]:
    """By the action of a line about an account, or about confidential reading."""
    return {
        **act_names(),
        "staff.signed_in": pgettext("act", "Signed in"),
        "staff.sign_in_failed": pgettext("act", "Wrong password, or an unknown address"),
        "staff.second_step_failed": pgettext("act", "Wrong code of the second step"),
        "access.refused": pgettext("act", "Asked for what is not theirs or does not exist"),
        "staff.recovery_used": pgettext("act", "Used a recovery code"),
        "staff.session_ended": pgettext("act", "Ended a session elsewhere"),
        "staff.signin_link": pgettext("act", "A link to sign in was made"),
        "staff.signin_accepted": pgettext("act", "Signed in by a link"),
        "staff.invited": pgettext("act", "Was invited"),
        "staff.invite_accepted": pgettext("act", "Accepted the invitation"),
        "staff.reset_link": pgettext("act", "A link to set a new password was made"),
        "staff.reset_accepted": pgettext("act", "Set a new password by a link"),
        "staff.password_changed": pgettext("act", "Changed the password"),
        "staff.roles": pgettext("act", "The roles were changed"),
        "staff.disabled": pgettext("act", "The account was closed"),
        "staff.second_step_set": pgettext("act", "Set up a second step"),
        "staff.second_step_removed": pgettext("act", "The second step was taken away"),
        "staff.passkey_added": pgettext("act", "Added a passkey"),
        "staff.passkey_removed": pgettext("act", "Removed a passkey"),
        "staff.token_issued": pgettext("act", "A key for a program was issued"),
        "staff.token_revoked": pgettext("act", "A key for a program was withdrawn"),
        "calendar.opened": pgettext("act", "Opened a calendar feed"),
        "calendar.stopped": pgettext("act", "Stopped a calendar feed"),
        "note.opening_asked": pgettext("act", "Asked to read a colleague's notes"),
        "note.opening_granted": pgettext("act", "Let somebody read a colleague's notes"),
        "note.opening_refused": pgettext("act", "Did not let somebody read a colleague's notes"),
        "note.read_opened": pgettext("act", "Read a colleague's notes"),
        "reading.alarm": pgettext("act", "Opened unusually many cases"),
        "alarm.seen": pgettext("act", "Looked into unusual reading"),
        "list.read": pgettext("act", "Looked at a list"),
        "region.load": pgettext("act", "A region's file was loaded"),
        "walls.worker": pgettext("act", "The program looked after every centre on this day"),
        "walls.report": pgettext("act", "A report was made over every centre"),
        "walls.retention": pgettext("act", "What may be kept no longer was looked for everywhere"),
    }


def list_names() -> dict[str, str]:
    """By the subject of a line that says that somebody looked at a list."""
    return {
        "board": pgettext("menu", "Desk"),
        "waiting": pgettext("menu", "Waiting list"),
        "call_list": pgettext("menu", "Call list"),
        "my_day": pgettext("menu", "My day"),
        "my_week": pgettext("list", "My week"),
        "referrals": pgettext("menu", "Referrals"),
        "external": pgettext("menu", "Outside"),
        "security": pgettext("menu", "Security"),
    }
