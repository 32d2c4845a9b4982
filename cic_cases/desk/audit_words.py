"""What is done with a case, in the reader's words."""

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
