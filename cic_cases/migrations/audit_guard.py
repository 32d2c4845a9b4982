"""The database refuses to change or take out a line of the audit trail, whoever asks.

Lines go only when an anchor says that their time is over, at least two years after they were
written; then the database takes them away itself, so the application's role needs INSERT only. An
administrator of the database can take the triggers away: what they do then shows in the chain.
"""

from alembic import op

TABLES = ("audit_entry", "audit_seal", "audit_anchor")
OVER = {
    "audit_entry": "SELECT 1 FROM audit_seal JOIN audit_anchor"
    " ON audit_anchor.seq >= audit_seal.seq WHERE audit_seal.entry_id = OLD.id",
    "audit_seal": "SELECT 1 FROM audit_anchor WHERE audit_anchor.seq >= OLD.seq",
    "audit_anchor": "SELECT 1 WHERE 1 = 0",
}
TOO_EARLY = """SELECT 1 FROM audit_seal JOIN audit_entry ON audit_entry.id = audit_seal.entry_id
  WHERE audit_seal.seq <= NEW.seq AND audit_entry.at >= NEW.before"""
LET_GO = (
    "DELETE FROM audit_entry WHERE id IN (SELECT entry_id FROM audit_seal WHERE seq <= NEW.seq)",
    "DELETE FROM audit_seal WHERE seq <= NEW.seq",
)
NO = "the audit trail is only added to"
EARLY = "the audit trail is kept for two years"

SQLITE = (
    *(
        f"CREATE TRIGGER {table}_stays BEFORE UPDATE ON {table}"
        f" BEGIN SELECT RAISE(ABORT, '{NO}'); END"
        for table in TABLES
    ),
    *(
        f"CREATE TRIGGER {table}_remains BEFORE DELETE ON {table}"
        f" WHEN NOT EXISTS ({OVER[table]}) BEGIN SELECT RAISE(ABORT, '{NO}'); END"
        for table in TABLES
    ),
    "CREATE TRIGGER audit_anchor_early BEFORE INSERT ON audit_anchor"
    f" WHEN julianday(NEW.at) - julianday(NEW.before) < 730 OR EXISTS ({TOO_EARLY})"
    f" BEGIN SELECT RAISE(ABORT, '{EARLY}'); END",
    f"CREATE TRIGGER audit_anchor_lets_go AFTER INSERT ON audit_anchor"
    f" BEGIN {'; '.join(LET_GO)}; END",
)

POSTGRESQL = (
    *(
        f"CREATE FUNCTION {table}_remains() RETURNS trigger LANGUAGE plpgsql"
        f" SET search_path FROM CURRENT AS $$ BEGIN"
        f" IF TG_OP = 'DELETE' THEN IF EXISTS ({OVER[table]}) THEN RETURN OLD; END IF; END IF;"
        f" RAISE EXCEPTION '{NO}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
        for table in TABLES
    ),
    *(
        f"CREATE TRIGGER {table}_remains BEFORE UPDATE OR DELETE ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION {table}_remains()"
        for table in TABLES
    ),
    *(
        f"CREATE TRIGGER {table}_whole BEFORE TRUNCATE ON {table}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION {table}_remains()"
        for table in TABLES
    ),
    "CREATE FUNCTION audit_anchor_lets_go() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER"
    " SET search_path FROM CURRENT AS $$ BEGIN"
    f" IF NEW.at - NEW.before < interval '730 days' OR EXISTS ({TOO_EARLY}) THEN"
    f" RAISE EXCEPTION '{EARLY}' USING ERRCODE = 'integrity_constraint_violation'; END IF;"
    f" {'; '.join(LET_GO)}; RETURN NULL; END $$",
    "CREATE TRIGGER audit_anchor_lets_go AFTER INSERT ON audit_anchor"
    " FOR EACH ROW EXECUTE FUNCTION audit_anchor_lets_go()",
)


def put_up() -> None:
    """From now on lines stay."""
    for statement in SQLITE if _sqlite() else POSTGRESQL:
        op.execute(statement)


def take_down() -> None:
    """For as long as the tables are changed themselves."""
    if _sqlite():
        names = [statement.split()[2] for statement in SQLITE]
        for name in names:
            op.execute(f"DROP TRIGGER {name}")
        return
    for name in (*(f"{table}_remains" for table in TABLES), "audit_anchor_lets_go"):
        op.execute(f"DROP FUNCTION {name}() CASCADE")


def _sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
