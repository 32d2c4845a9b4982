"""One migrated PostgreSQL database for one test after another, empty again after each.

To make a database takes PostgreSQL far longer than to empty one. Whatever a migration wrote is put
back from the schema `kept`; a test that alters the schema leaves a mark there, and its database is
not used again. The application works as a role that owns nothing, as in production.
"""

import os
import secrets

import psycopg

APP_ROLE, OWNER = "cic_app", "cic"
A_ROLE = f"""
DO $$ BEGIN CREATE ROLE {APP_ROLE} LOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$
"""
AS_MIGRATED = """
CREATE SCHEMA kept;
CREATE TABLE kept.altered (tag text NOT NULL);
CREATE TABLE kept.counter AS
  SELECT format('%I', sequencename) AS name, coalesce(last_value, start_value) AS value,
    last_value IS NOT NULL AS used FROM pg_sequences WHERE schemaname = 'public';
CREATE FUNCTION kept.mark() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN INSERT INTO kept.altered VALUES (tg_tag); END $$;
DO $$
DECLARE name text; filled boolean;
BEGIN
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('SELECT EXISTS (SELECT 1 FROM public.%I)', name) INTO filled;
    IF filled THEN
      EXECUTE format('CREATE TABLE kept.%I AS TABLE public.%I', 'row_' || name, name);
    END IF;
  END LOOP;
END $$;
CREATE EVENT TRIGGER altered ON ddl_command_end EXECUTE FUNCTION kept.mark();
ALTER EVENT TRIGGER altered ENABLE ALWAYS;
"""
EMPTIED = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid();
SET session_replication_role = replica;
DO $$
DECLARE name text;
BEGIN
  FOR name IN SELECT relname FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND pg_relation_size(oid) > 0
  LOOP
    EXECUTE format('DELETE FROM public.%I', name);
  END LOOP;
  FOR name IN SELECT substr(tablename, 5) FROM pg_tables
    WHERE schemaname = 'kept' AND tablename LIKE 'row\\_%'
  LOOP
    EXECUTE format(
      'INSERT INTO public.%I OVERRIDING SYSTEM VALUE TABLE kept.%I', name, 'row_' || name);
  END LOOP;
  PERFORM setval('public.' || counter.name, counter.value, counter.used) FROM kept.counter;
END $$;
"""


class KeptPostgres:
    """The databases of one process of tests in the cluster at `base`, SQLAlchemy's address."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._template = f"template_{secrets.token_hex(4)}"
        self._free: list[str] = []
        on_cluster(base, f"CREATE DATABASE {self._template}")
        on_cluster(base, A_ROLE)

    @property
    def template_url(self) -> str:
        """Where the migrations run, once; then say `migrated`."""
        return self._address(self._template)

    def migrated(self) -> None:
        """Remember what the migrations wrote."""
        as_owner(self.template_url, AS_MIGRATED)

    def lend(self) -> str:
        """The address of a migrated database in which nothing else is; `take_back` it."""
        if self._free:
            return self._free.pop()
        name = f"test_{os.getpid()}_{secrets.token_hex(4)}"
        wanted = f"CREATE DATABASE {name} TEMPLATE {self._template} STRATEGY FILE_COPY"
        on_cluster(self._base, wanted)
        return self._address(name)

    def take_back(self, url: str) -> None:
        """Empty it for the next test, or drop it when this one altered its schema."""
        with psycopg.connect(_libpq(owners_address(url)), autocommit=True) as connection:
            altered = connection.execute("SELECT FROM kept.altered LIMIT 1").fetchone() is not None
            name = connection.info.dbname
            if not altered:
                connection.execute(EMPTIED)
        if altered:
            on_cluster(self._base, f"DROP DATABASE {name} WITH (FORCE)")
        else:
            self._free.append(url)

    def _address(self, name: str) -> str:
        return self._base.replace(f"//{OWNER}@/postgres?", f"//{APP_ROLE}@/{name}?")


def owners_address(url: str) -> str:
    """The same database by the owner of its tables; empty when it is not the application's role."""
    by_app = f"//{APP_ROLE}@" in url
    return url.replace(f"//{APP_ROLE}@", f"//{OWNER}@") if by_app else ""


def as_owner(url: str, statements: str) -> None:
    """What only the owner of the tables may do to a database of a test."""
    _say(owners_address(url) or url, statements)


def on_cluster(base: str, statement: str) -> None:
    """One statement to the database `postgres`, such as CREATE DATABASE."""
    _say(base, statement)


def _say(url: str, statements: str) -> None:
    with psycopg.connect(_libpq(url), autocommit=True) as connection:
        connection.execute(statements)  # type: ignore[call-overload]


def _libpq(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://", 1)
