"""What an appointment came to: a code of its kind of help, kept with the visit."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("service", sa.Column("outcomes", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("visit", sa.Column("outcome", sa.String(40), nullable=True))


def downgrade() -> None:
    op.drop_column("visit", "outcome")
    op.drop_column("service", "outcomes")
