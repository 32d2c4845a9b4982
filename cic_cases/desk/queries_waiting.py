"""What the page of the waiting list asks of the rooms below, in a constant number of questions."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from cic_cases.cases.models import Contact


def contacts(session: Session, case_ids: Iterable[int]) -> dict[int, Contact]:
    """How each of these cases is reached; one without a contact is missing."""
    rows = session.scalars(select(Contact).where(Contact.case_id.in_(list(case_ids))))
    return {row.case_id: row for row in rows if row.case_id is not None}
