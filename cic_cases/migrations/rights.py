"""PostgreSQL: the application works as a role that owns nothing and only adds to the audit trail.

Migrations run as the owner of the tables (CIC_DATABASE_OWNER_URL) and give the rights anew each
time, so that a table that was added is never forgotten.
"""

from sqlalchemy import Connection, inspect, text

from cic_cases.migrations import audit_guard

RIGHTS = (
    "GRANT USAGE ON SCHEMA public TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
    "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
    "REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {role}",
)


def give_rights(connection: Connection, role: str | None) -> None:
    """Let `role` read and write every table there is, and change the shape of none."""
    if connection.dialect.name != "postgresql" or not role:
        return
    quoted = connection.dialect.identifier_preparer.quote_identifier(role)
    there = set(inspect(connection).get_table_names())
    only_added_to = [table for table in audit_guard.TABLES if table in there]
    takes = [f"REVOKE UPDATE, DELETE ON {table} FROM {{role}}" for table in only_added_to]
    for statement in (*RIGHTS, *takes):
        connection.execute(text(statement.format(role=quoted)))
