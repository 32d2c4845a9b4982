"""Officers of other institutions see people under codes of their own office."""

import sqlalchemy as sa
from alembic import op

from cic_cases.foundation.clock import now
from cic_cases.foundation.db import UtcDateTime
from cic_cases.privacy import drawn_keys
from cic_cases.privacy.models import PseudonymKey
from cic_cases.privacy.pseudonyms import FIRST

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

MOMENT = UtcDateTime(timezone=True)


def upgrade() -> None:
    """Make the table and draw the key."""
    op.create_table(
        "pseudonym_key",
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("key_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_pseudonym_key"),
    )
    table = sa.table(
        "pseudonym_key", sa.column("name"), sa.column("key_sealed"), sa.column("made_at", MOMENT)
    )
    _key, row = drawn_keys.draw(PseudonymKey, FIRST, now())
    kept = {"name": row.name, "key_sealed": row.key_sealed, "made_at": row.made_at}
    op.execute(table.insert().values(**kept))


def downgrade() -> None:
    """Drop it."""
    op.drop_table("pseudonym_key")
