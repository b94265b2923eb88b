"""PostgreSQL databases for tests: emptied and lent again, since to make and drop one makes the server write its disk.

A database is lent again only if it is the template's equal: same tables, columns, constraints, indexes, triggers and
schemas, same rows where the template has rows. Otherwise it is dropped and another one made.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import uuid4

import psycopg
from psycopg import sql
from sqlalchemy import make_url

SHAPE = """
SELECT md5(string_agg(line, chr(10) ORDER BY line)) FROM (
  SELECT 'schema ' || nspname FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%%' AND nspname <> 'information_schema'
  UNION ALL SELECT
      format('column %s.%s %s(%s) %s', attrelid::regclass, attname, atttypid::regtype, atttypmod, attnotnull)
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    WHERE relnamespace = 'public'::regnamespace AND attnum > 0
  UNION ALL SELECT format('constraint %s %s', conrelid::regclass, pg_get_constraintdef(oid))
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
  UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
  UNION ALL SELECT format('trigger %s %s %s', tgrelid::regclass, tgname, tgenabled) FROM pg_trigger
    WHERE NOT tgisinternal
  UNION ALL SELECT 'function ' || pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
) AS shape(line)
"""
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
SEQUENCES = "SELECT sequencename, start_value, last_value FROM pg_sequences WHERE schemaname = 'public'"
OTHERS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> %s"


@dataclass(frozen=True)
class Likeness:
    """What makes a database the template's equal: its shape, and the digest of each table that is not empty."""

    shape: str
    filled: dict[str, str]
    sequences: dict[str, tuple[int, bool]]


@dataclass
class PostgresPool:
    """Copies of a template database on one server; `address` is a URL of the server, with any database."""

    address: str
    template: str
    _idle: list[str] = field(default_factory=list)
    _likeness: Likeness | None = None

    def take(self) -> str:
        """The name of a database like the template."""
        if self._idle:
            return self._idle.pop()
        if self._likeness is None:
            with self._connect(self.template) as connection:
                self._likeness = likeness(connection)
        name = f"mes_test_{uuid4().hex[:12]}"
        self._admin(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(self.template))
        )
        return name

    def give_back(self, name: str) -> None:
        """Empty the database for the next one; drop it where that does not make it the template's equal."""
        assert self._likeness is not None
        with self._connect(name) as connection:
            like = _emptied(connection, self._likeness)
        if like:
            self._idle.append(name)
        else:
            self._drop(name)

    def close(self) -> None:
        """Drop what was lent and has come back."""
        while self._idle:
            self._drop(self._idle.pop())

    def _drop(self, name: str) -> None:
        self._admin(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def _admin(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.address, autocommit=True) as connection:
            connection.execute(statement)

    def _connect(self, name: str) -> psycopg.Connection:
        url = make_url(self.address).set(database=name)
        return psycopg.connect(url.render_as_string(hide_password=False), autocommit=True)


def likeness(connection: psycopg.Connection) -> Likeness:
    """What there is in a database."""
    shape = connection.execute(SHAPE).fetchone()
    assert shape is not None
    sequences = {
        name: (start if last is None else last, last is not None)
        for name, start, last in connection.execute(SEQUENCES).fetchall()
    }
    return Likeness(shape[0], {name: _digest(connection, name) for name in _filled(connection)}, sequences)


def _filled(connection: psycopg.Connection) -> list[str]:
    """The tables with rows."""
    each = sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})")
    tables = [name for (name,) in connection.execute(TABLES).fetchall()]
    asked = [each.format(sql.Literal(name), sql.Identifier(name)) for name in tables]
    return [name for (name,) in connection.execute(sql.SQL(" UNION ALL ").join(asked)).fetchall()] if asked else []


def _digest(connection: psycopg.Connection, table: str) -> str:
    query = sql.SQL("SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM {} AS t")
    row = connection.execute(query.format(sql.Identifier(table))).fetchone()
    assert row is not None
    return str(row[0])


def _emptied(connection: psycopg.Connection, wanted: Likeness) -> bool:
    connection.execute(OTHERS, [connection.info.backend_pid])
    try:
        connection.execute("SET session_replication_role = replica")  # no trigger holds a row back
    except psycopg.errors.InsufficientPrivilege:
        return False
    for name in _filled(connection):
        if name not in wanted.filled:
            connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(name)))
    for name, (value, is_called) in wanted.sequences.items():
        place = sql.Identifier(name).as_string(connection)
        connection.execute("SELECT setval(to_regclass(%s), %s, %s)", [place, value, is_called])
    return likeness(connection) == wanted
