"""The database decides who gets the slot: no resource is ever taken twice at one time.

PostgreSQL: an exclusion constraint over the resource and its time. SQLite: triggers that skip the
row, so that `INSERT ... RETURNING` omits it. A later migration must never rebuild `occupancy` in
batch mode on SQLite without making the triggers again.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TRIGGER = """
CREATE TRIGGER occupancy_no_overlap_{verb} BEFORE {event} ON occupancy
WHEN EXISTS (
  SELECT 1 FROM occupancy AS other
  WHERE other.resource_id = NEW.resource_id
    AND other.starts_at < NEW.ends_at AND NEW.starts_at < other.ends_at
    {not_itself}
)
BEGIN SELECT RAISE(IGNORE); END
"""
EXCLUSION = """
ALTER TABLE occupancy ADD CONSTRAINT ex_occupancy_overlap
EXCLUDE USING gist (resource_id WITH =, tstzrange(starts_at, ends_at) WITH &&)
"""


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(TRIGGER.format(verb="insert", event="INSERT", not_itself=""))
        op.execute(
            TRIGGER.format(verb="update", event="UPDATE", not_itself="AND other.id <> NEW.id")
        )
        return
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    op.execute(EXCLUSION)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER occupancy_no_overlap_insert")
        op.execute("DROP TRIGGER occupancy_no_overlap_update")
        return
    op.execute("ALTER TABLE occupancy DROP CONSTRAINT ex_occupancy_overlap")
