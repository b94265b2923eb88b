"""Column types, ids, and migrations that go up and down and agree with the models."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import inspect
from sqlalchemy.exc import StatementError

from mes import migrating
from mes.core.database import Database
from mes.core.files import StoredFile
from mes.core.ids import new_id
from mes.tables import metadata


def keep(database: Database, at: datetime) -> datetime:
    with database.writing() as session:
        session.add(StoredFile(sha256="a" * 64, media_type="image/png", size_bytes=1, stored_at=at))
    with database.reading() as session:
        return session.get_one(StoredFile, "a" * 64).stored_at


def test_a_naive_time_is_refused(any_database: Database) -> None:
    with pytest.raises(StatementError, match="no time zone"):
        keep(any_database, datetime(2026, 11, 23, 9, 0))  # noqa: DTZ001 - that is the point


def test_a_time_comes_back_in_utc_whatever_its_zone_was(any_database: Database) -> None:
    shanghai = timezone(timedelta(hours=8))
    assert keep(any_database, datetime(2026, 11, 23, 9, 0, tzinfo=shanghai)) == datetime(2026, 11, 23, 1, tzinfo=UTC)


def test_ids_are_uuid_version_7_and_sort_by_time() -> None:
    made = [new_id() for _ in range(3)]
    assert all(one.version == 7 and one.variant == "specified in RFC 4122" for one in made)
    assert made[0].int >> 80 <= made[2].int >> 80


def test_models_and_migrations_agree(any_database: Database) -> None:
    assert migrating.current(any_database) == migrating.head()
    assert migrating.differences(any_database) == []


def test_migrations_go_down_to_nothing_and_up_again(any_database: Database) -> None:
    migrating.downgrade(any_database, "base")
    left = set(inspect(any_database.engine).get_table_names()) & set(metadata.tables)
    assert left == set()
    migrating.upgrade(any_database)
    assert migrating.differences(any_database) == []
