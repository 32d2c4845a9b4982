"""PostgreSQL: every other table with people's rows has its wall; notes also one by profession.

Whoever reaches the region of a note still sees it only as its author or a colleague of the
profession in which it was written. What was typed and not saved is its author's alone.
"""

from alembic import op

from cic_cases.migrations.walled import (
    ANYBODY,
    COLLEAGUES,
    MINE,
    NAMED,
    OURS,
    of,
    take_down,
    wall,
)

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

STAFF = """
CREATE FUNCTION cic_staff() RETURNS integer LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN starts_with(current_setting('cic.scope', true), 'staff:')
    THEN substr(current_setting('cic.scope', true), 7)::integer END
$$
"""
# The roles whose notes somebody may come upon: of their profession, as `notes.rules` has it.
PROFESSIONS = """
CREATE FUNCTION cic_professions() RETURNS text[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  SELECT CASE WHEN starts_with(current_setting('cic.scope', true), 'named:')
    THEN ARRAY['psychologist', 'lawyer', 'adviser', 'partner']
    ELSE ARRAY(
      SELECT pair.written_as FROM staff_grant AS held
      JOIN (VALUES ('psychologist', 'psychologist'), ('lawyer', 'lawyer'), ('lawyer', 'adviser'),
        ('adviser', 'lawyer'), ('adviser', 'adviser')) AS pair (role, written_as)
        ON pair.role = held.role
      WHERE held.staff_id = cic_staff()
    ) END
$$
"""
EITHER = f"{of('booking', 'booking_id')} OR {of('external_appointment', 'external_id')}"
SEEN = {
    "attempt": of("message", "message_id"),
    "booking_trace": of("booking", "booking_id"),
    "call": EITHER,
    "card": of("case_file", "case_id"),
    "case_centre": f"centre_id = {OURS}",
    "case_link": f"centre_id = {OURS}",
    "contact_match": of("contact", "contact_id"),
    "displaced": of("booking", "booking_id"),
    "erasure": of("case_file", "case_id"),
    "external_appointment": f"centre_id = {OURS}",
    "external_former_assistant": of("external_appointment", "external_id"),
    "idempotent_answer": f"staff_id = {MINE} OR {NAMED}",
    "manage_link": of("booking", "booking_id"),
    "note": f"centre_id = {OURS} AND (author_id = {MINE} OR role = {COLLEAGUES})",
    "note_draft": f"author_id = {MINE} OR {NAMED}",
    "note_opening": f"centre_id = {OURS}",
    "note_version": of("note", "note_id"),
    # Times that are taken, of numbers: nobody may be booked twice, wherever they are booked.
    "occupancy": ANYBODY,
    "reply": of("booking", "booking_id"),
    "resending": of("message", "message_id"),
    "ticket": f"centre_id = {OURS}",
    "visit_service": of("visit", "visit_id"),
    "waiting": f"joined_centre_id = {OURS} OR EXISTS (SELECT FROM waiting_centre AS wanted"
    f" WHERE wanted.waiting_id = waiting.id AND wanted.centre_id = {OURS})",
    "waiting_centre": f"centre_id = {OURS}",
    "waiting_offer": of("waiting", "waiting_id"),
}


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(STAFF)
        op.execute(PROFESSIONS)
    wall(SEEN)


def downgrade() -> None:
    take_down(SEEN)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION cic_professions()")
        op.execute("DROP FUNCTION cic_staff()")
