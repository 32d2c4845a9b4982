"""How long a project keeps what: the `[retention]` of a region file, checked."""

from dataclasses import dataclass

from cic_cases.centres.region_table import Table

LONGEST_CONTACT, LONGEST_NOTE, LONGEST_AUDIT, LONGEST_RECORD = 24, 240, 240, 30
SHORTEST_AUDIT = 24
"""Months; the regulation on interoperability (Dz.U. 2024 poz. 773, § 20) asks for two years."""
FIRST_YEAR, LAST_YEAR = 2021, 2060


@dataclass(frozen=True)
class Periods:
    """Months after the last visit or note, of the audit trail, and years after the last payment.

    `last_payment_year` is the fund's; until it is known the records are kept.
    """

    contact_months: int = 6
    note_months: int = 60
    audit_months: int = SHORTEST_AUDIT
    record_years: int = 5
    last_payment_year: int | None = None


def periods_of(file: Table) -> Periods:
    """The periods a region file sets, or the usual ones; what is wrong is noted in the file."""
    table = file.table("retention", needed=False)
    if table is None:
        return Periods()
    usual = Periods()
    year = table.whole("last_payment_year", FIRST_YEAR, LAST_YEAR, otherwise=0)
    found = Periods(
        contact_months=table.whole("contact_months", 1, LONGEST_CONTACT, usual.contact_months),
        note_months=table.whole("note_months", 1, LONGEST_NOTE, usual.note_months),
        audit_months=table.whole("audit_months", SHORTEST_AUDIT, LONGEST_AUDIT, usual.audit_months),
        record_years=table.whole("record_years", 1, LONGEST_RECORD, usual.record_years),
        last_payment_year=year or None,
    )
    table.close()
    return found
