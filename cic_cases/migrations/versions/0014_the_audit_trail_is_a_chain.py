"""Each line of the audit trail has a proof, and all are chained; unusual reading raises an alarm.

The lines that were written before are proven now, by a key of their own: from here on nobody can
change them unseen; that nobody did so earlier, nothing shows.
"""

import secrets

import sqlalchemy as sa
from alembic import op

from cic_cases.foundation.clock import now
from cic_cases.foundation.db import UtcDateTime
from cic_cases.migrations import audit_guard
from cic_cases.privacy.audit_proof import NONCE_BYTES, Line, TrailKey, new_key

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

MOMENT = UtcDateTime(timezone=True)
EARLIER, FIRST = "earlier", "first"
PAGE = 1000
ENTRY = sa.table(
    "audit_entry",
    sa.column("id", sa.Integer),
    sa.column("at", MOMENT),
    sa.column("actor_id", sa.Integer),
    sa.column("action", sa.String),
    sa.column("subject_type", sa.String),
    sa.column("subject_id", sa.Integer),
    sa.column("centre_id", sa.Integer),
    sa.column("nonce", sa.LargeBinary),
    sa.column("key_id", sa.String),
    sa.column("proof", sa.LargeBinary),
)


def upgrade() -> None:
    _chain()
    _reading()
    with op.batch_alter_table("audit_entry") as batch:
        for name, kind in (
            ("nonce", sa.LargeBinary()),
            ("key_id", sa.String(20)),
            ("proof", sa.LargeBinary()),
        ):
            batch.add_column(sa.Column(name, kind, nullable=True))
    _prove_lines()
    with op.batch_alter_table("audit_entry") as batch:
        batch.alter_column("nonce", nullable=False, existing_type=sa.LargeBinary())
        batch.alter_column("key_id", nullable=False, existing_type=sa.String(20))
        batch.alter_column("proof", nullable=False, existing_type=sa.LargeBinary())
        batch.create_unique_constraint("uq_audit_entry_nonce", ["nonce"])
        batch.drop_index("ix_audit_entry_actor_id")
        batch.create_index("ix_audit_entry_actor_id_at", ["actor_id", "at"])
    audit_guard.put_up()


def _chain() -> None:
    op.create_table(
        "audit_key",
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("key_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_audit_key"),
    )
    op.create_table(
        "audit_seal",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.String(20), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_audit_seal"),
        sa.UniqueConstraint("entry_id", name="uq_audit_seal_entry_id"),
    )
    op.create_table(
        "audit_anchor",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("before", MOMENT, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("key_id", sa.String(20), nullable=False),
        sa.Column("proof", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_audit_anchor"),
    )


def _reading() -> None:
    op.create_table(
        "read_habit",
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("usual", sa.Integer(), nullable=False),
        sa.Column("counted_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("role", name="pk_read_habit"),
    )
    op.create_table(
        "read_alarm",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("reads", sa.Integer(), nullable=False),
        sa.Column("allowed", sa.Integer(), nullable=False),
        sa.Column("seen_at", MOMENT, nullable=True),
        sa.Column("seen_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_read_alarm_staff_id"),
        sa.ForeignKeyConstraint(["seen_by"], ["staff.id"], name="fk_read_alarm_seen_by"),
        sa.PrimaryKeyConstraint("id", name="pk_read_alarm"),
    )
    op.create_index("ix_read_alarm_staff_id_at", "read_alarm", ["staff_id", "at"])


def _prove_lines() -> None:
    """Prove what is there already, page by page, and make the key of what is to come."""
    bind, old, last = op.get_bind(), None, 0
    while rows := bind.execute(
        sa.select(*ENTRY.c[:7]).where(ENTRY.c.id > last).order_by(ENTRY.c.id).limit(PAGE)
    ).all():
        old = old or _key(EARLIER)
        bind.execute(
            sa.update(ENTRY)
            .where(ENTRY.c.id == sa.bindparam("row"))
            .values(
                nonce=sa.bindparam("its_nonce", type_=sa.LargeBinary),
                key_id=old.name,
                proof=sa.bindparam("its_proof", type_=sa.LargeBinary),
            ),
            [_proven(old, *row) for row in rows],
        )
        last = rows[-1][0]
    _key(FIRST)


def _proven(key: TrailKey, row: int, *told: object) -> dict[str, object]:
    nonce = secrets.token_bytes(NONCE_BYTES)
    proof = Line(*told).proof(key, nonce)  # type: ignore[arg-type]
    return {"row": row, "its_nonce": nonce, "its_proof": proof}


def _key(name: str) -> TrailKey:
    table = sa.table(
        "audit_key", sa.column("name"), sa.column("key_sealed"), sa.column("made_at", MOMENT)
    )
    key, row = new_key(name, now())
    kept = {"name": row.name, "key_sealed": row.key_sealed, "made_at": row.made_at}
    op.execute(sa.insert(table).values(**kept))
    return key


def downgrade() -> None:
    """Back to 0013; the proofs and the chain go."""
    audit_guard.take_down()
    for name in ("read_alarm", "read_habit", "audit_anchor", "audit_seal", "audit_key"):
        op.drop_table(name)
    with op.batch_alter_table("audit_entry") as batch:
        batch.drop_index("ix_audit_entry_actor_id_at")
        batch.create_index("ix_audit_entry_actor_id", ["actor_id"])
        batch.drop_constraint("uq_audit_entry_nonce", type_="unique")
        for name in ("nonce", "key_id", "proof"):
            batch.drop_column(name)
