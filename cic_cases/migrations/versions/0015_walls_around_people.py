"""PostgreSQL: rows about people are seen only by whoever asks as somebody (row-level security)."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# All centres of the regions in which an account in use holds a role that works with people; all
# centres for named work; none for nobody. A disabled account sees nothing from then on.
CENTRES = """
CREATE FUNCTION cic_centres() RETURNS integer[] LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
  who text := coalesce(current_setting('cic.scope', true), '');
BEGIN
  IF starts_with(who, 'named:') THEN
    RETURN ARRAY(SELECT id FROM centre);
  ELSIF starts_with(who, 'staff:') THEN
    RETURN ARRAY(
      SELECT reached.id FROM staff_grant AS held
      JOIN staff ON staff.id = held.staff_id AND staff.disabled_at IS NULL
      LEFT JOIN centre AS place ON place.id = held.centre_id
      JOIN centre AS reached ON reached.region_id = coalesce(held.region_id, place.region_id)
      WHERE held.staff_id = substr(who, 7)::integer AND held.role NOT IN ('auditor', 'admin')
    );
  END IF;
  RETURN '{}';
END $$
"""
OURS = "ANY ((SELECT cic_centres())::integer[])"
OF_BOOKING = "(SELECT FROM booking WHERE booking.id = message.booking_id)"
OUTSIDE = f"(SELECT FROM external_appointment AS one WHERE one.id = external_id AND one.centre_id = {OURS})"
TO_STAFF = "(staff_id IS NOT NULL AND cardinality((SELECT cic_centres())) > 0)"
SEEN = {
    "case_file": f"opened_centre_id = {OURS} OR EXISTS (SELECT FROM case_centre AS served"
    f" WHERE served.case_id = case_file.id AND served.centre_id = {OURS})",
    "contact": "EXISTS (SELECT FROM case_file WHERE case_file.id = contact.case_id)",
    "booking": f"centre_id = {OURS} OR booked_centre_id = {OURS}",
    "visit": f"centre_id = {OURS}",
    "message": f"EXISTS {OF_BOOKING} OR EXISTS {OUTSIDE} OR {TO_STAFF}",
}


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute(CENTRES)
    for table, seen in SEEN.items():
        op.execute(f"CREATE POLICY cic_{table} ON {table} USING ({seen})")
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")


def downgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in SEEN:
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
        op.execute(f"DROP POLICY cic_{table} ON {table}")
    op.execute("DROP FUNCTION cic_centres()")
