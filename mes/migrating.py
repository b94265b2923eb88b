"""Migrations: bring a database to a revision, or say at which one it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from mes.core.database import Database
from mes.core.jobs import prepare_job_tables
from mes.tables import metadata

MIGRATIONS = Path(__file__).parents[1] / "migrations"


def upgrade(database: Database, revision: str = "head") -> None:
    """Bring the database up to a revision; the job library's tables as well."""
    _run(database, lambda config: command.upgrade(config, revision))
    prepare_job_tables(database)


def downgrade(database: Database, revision: str) -> None:
    """Bring the database down to a revision."""
    _run(database, lambda config: command.downgrade(config, revision))


def current(database: Database) -> str | None:
    """The revision the database is at; None for an empty one."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head() -> str | None:
    """The newest revision there is."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def differences(database: Database) -> list[object]:
    """Where the models and the migrated database disagree; empty when they agree."""
    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "include_object": lambda _o, name, kind, _r, _c: kind != "table" or name in metadata.tables,
            },
        )
        return list(compare_metadata(context, metadata))


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def _run(database: Database, action: Callable[[Config], None]) -> None:
    config = _config()
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        action(config)
        connection.commit()
