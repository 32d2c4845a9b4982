"""Passkeys have names, given by whoever uses them."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("passkey") as batch:
        batch.add_column(sa.Column("name", sa.String(40), nullable=True))
    op.execute("UPDATE passkey SET name = '-'")
    with op.batch_alter_table("passkey") as batch:
        batch.alter_column("name", nullable=False, existing_type=sa.String(40))


def downgrade() -> None:
    with op.batch_alter_table("passkey") as batch:
        batch.drop_column("name")
