"""Databases that are used again: to empty one takes two milliseconds, to copy a template two hundred times as long."""

from itertools import count

import psycopg
from psycopg import sql

from tests.rig.postgres import Postgres

TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' ORDER BY 1"
SEQUENCES = "SELECT setval(format('%I.%I', schemaname, sequencename), 1, false) FROM pg_sequences"
# Whatever a test could have changed that is not a row: tables and indexes, columns, constraints, triggers, settings.
SHAPE = """
    WITH ours AS (SELECT * FROM pg_class WHERE relnamespace = 'public'::regnamespace)
    SELECT (SELECT string_agg(concat_ws(' ', relname, relkind, relnatts, relchecks), ',' ORDER BY relname)
            FROM ours),
           (SELECT string_agg(concat_ws(' ', relname, attname, atttypid, attnotnull), ',' ORDER BY relname, attnum)
            FROM pg_attribute JOIN ours ON ours.oid = attrelid WHERE attnum > 0),
           (SELECT string_agg(concat_ws(' ', conname, contype), ',' ORDER BY conname)
            FROM pg_constraint WHERE connamespace = 'public'::regnamespace),
           (SELECT string_agg(version_num, ',') FROM alembic_version),
           (SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal),
           (SELECT count(*) FROM pg_db_role_setting JOIN pg_database ON pg_database.oid = setdatabase
            WHERE datname = current_database())
"""


class Recycled:
    """Gives databases like a template: one that was given back, emptied, or else a new one."""

    def __init__(self, postgres: Postgres, template: str) -> None:
        """Take the server, and the name of a migrated database that nobody is connected to."""
        self._postgres = postgres
        self._template = template
        self._numbers = count(1)
        self._free: list[str] = []
        with self._connected(postgres.url(template)) as connection:
            self._shape = connection.execute(SHAPE).fetchone()
            self._tables = [name for (name,) in connection.execute(TABLES)]

    def __call__(self) -> str:
        """Return the URL of a database without rows."""
        while self._free:
            url = self._free.pop()
            if self._is_emptied(url):
                return url
        return self._postgres.create_database(f"test{next(self._numbers)}", template=self._template)

    def give_back(self, url: str) -> None:
        """Take back a database that nobody uses any more."""
        self._free.append(url)

    def _is_emptied(self, url: str) -> bool:
        try:
            with self._connected(url) as connection, connection.transaction():
                # Somebody is still at it, or it was changed too much: it is left to itself.
                connection.execute("SET LOCAL lock_timeout = '500ms'")
                connection.execute("SET LOCAL default_transaction_read_only = off")
                others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                if connection.execute(others).fetchone() != (1,) or connection.execute(SHAPE).fetchone() != self._shape:
                    return False
                connection.execute("SET LOCAL session_replication_role = replica")
                for name in self._tables:
                    connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(name)))
                connection.execute(SEQUENCES)
        except psycopg.Error:
            return False
        return True

    def _connected(self, url: str) -> psycopg.Connection:
        return psycopg.connect(url.replace("postgresql+psycopg:", "postgresql:"), autocommit=True)
