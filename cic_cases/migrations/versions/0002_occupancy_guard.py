"""The database decides who gets the slot: no resource is ever taken twice at one time.

PostgreSQL: an exclusion constraint over the resource and its time. SQLite: triggers that skip the
row, so that `INSERT ... RETURNING` omits it; a migration that rebuilds `occupancy` there makes the
triggers again (`migrations/parts.py`).
"""

from alembic import op

from cic_cases.migrations.parts import add_guard, drop_guard

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

EXCLUSION = """
ALTER TABLE occupancy ADD CONSTRAINT ex_occupancy_overlap
EXCLUDE USING gist (resource_id WITH =, tstzrange(starts_at, ends_at) WITH &&)
"""


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        add_guard()
        return
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    op.execute(EXCLUSION)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        drop_guard()
        return
    op.execute("ALTER TABLE occupancy DROP CONSTRAINT ex_occupancy_overlap")
