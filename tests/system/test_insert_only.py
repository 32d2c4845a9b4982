"""PostgreSQL: the application's own role can add to the audit trail, and do nothing else to it."""

import secrets
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, func, make_url, select, text
from sqlalchemy.exc import DBAPIError

from cic_cases.application import create_app
from cic_cases.foundation.db import db, in_transaction
from cic_cases.privacy import audit, audit_chain
from cic_cases.privacy.models import AuditEntry
from tests.conftest import MONDAY, settings_for
from tests.kept_postgres import OWNER

pytestmark = pytest.mark.postgresql_only


@pytest.fixture
def as_its_role(database_url, tmp_path, clock):
    """The application as a role of its own, to which migrations by the owner gave its rights."""
    role = f"app_{secrets.token_hex(4)}"
    owner = make_url(database_url).set(username=OWNER)
    engine = create_engine(owner, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE ROLE {role} LOGIN"))
    urls = [url.render_as_string(hide_password=False) for url in (owner.set(username=role), owner)]
    app = create_app(settings_for(urls[0], tmp_path, database_owner_url=urls[1]))
    upgraded = app.test_cli_runner().invoke(args=["db", "upgrade"])
    assert upgraded.exit_code == 0, upgraded.output
    with app.app_context():
        yield db.session()
        db.session.remove()
        db.engine.dispose()
    with engine.connect() as connection:
        connection.execute(text(f"DROP OWNED BY {role}"))
        connection.execute(text(f"DROP ROLE {role}"))
    engine.dispose()


def test_its_role_adds_lines_and_changes_none(as_its_role):
    session, later = as_its_role, MONDAY + timedelta(days=800)
    in_transaction(audit.note, "case.opened", "case", 1, by=None, at=MONDAY)
    in_transaction(audit_chain.seal, at=MONDAY)

    for table in ("audit_entry", "audit_seal", "audit_anchor"):
        for act in ("UPDATE {} SET key_id = 'x'", "DELETE FROM {}", "TRUNCATE {}"):
            with pytest.raises(DBAPIError, match=f"permission denied for table {table}"):
                session.execute(text(act.format(table)))
            session.rollback()
    with pytest.raises(DBAPIError, match="must be owner"):
        session.execute(text("DROP TRIGGER audit_entry_remains ON audit_entry"))
    session.rollback()
    in_transaction(audit_chain.cut, 1, before=later, at=later)

    assert session.scalar(select(func.count()).select_from(AuditEntry)) == 0
