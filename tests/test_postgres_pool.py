"""The databases that tests borrow: always the template's equal, whatever the test before did to one."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest
from sqlalchemy import make_url

from tests.postgres_pool import PostgresPool, likeness

pytestmark = pytest.mark.postgres


def open_database(pool: PostgresPool, name: str) -> psycopg.Connection:
    url = make_url(pool.address).set(database=name)
    return psycopg.connect(url.render_as_string(hide_password=False), autocommit=True)


def fill(connection: psycopg.Connection) -> None:
    connection.execute(
        "INSERT INTO stored_file (sha256, size_bytes, media_type, stored_at) "
        "SELECT repeat(i::text, 64), 1, 'x', now() FROM generate_series(1, 3) AS i"
    )


def index(connection: psycopg.Connection) -> None:
    connection.execute("CREATE INDEX of_the_test ON stored_file (media_type)")


def trigger_off(connection: psycopg.Connection) -> None:
    connection.execute("ALTER TABLE ledger_event DISABLE TRIGGER USER")


def other_schema(connection: psycopg.Connection) -> None:
    connection.execute("CREATE SCHEMA of_the_test")


def other_version(connection: psycopg.Connection) -> None:
    connection.execute("UPDATE alembic_version SET version_num = 'x'")


@pytest.mark.parametrize(
    ("change", "kept"),
    [(fill, True), (index, False), (trigger_off, False), (other_schema, False), (other_version, False)],
)
def test_a_database_is_lent_again_only_as_the_templates_equal(
    postgres_pool: PostgresPool, change: Callable[[psycopg.Connection], None], kept: bool
) -> None:
    pool = PostgresPool(postgres_pool.address, postgres_pool.template)
    name = pool.take()
    with open_database(pool, name) as connection:
        before = likeness(connection)
        change(connection)
        assert likeness(connection) != before
    pool.give_back(name)
    again = pool.take()
    assert (again == name) is kept
    with open_database(pool, again) as connection:
        assert likeness(connection) == before
    pool.give_back(again)
    pool.close()
