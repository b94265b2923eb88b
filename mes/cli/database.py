"""`mes db`: migrations."""

from __future__ import annotations

import click

from mes import migrating
from mes.cli.context import Context, pass_context


@click.group()
def db() -> None:
    """Bring the database up or down, or check it."""


@db.command()
@click.argument("revision", default="head")
@pass_context
def upgrade(context: Context, revision: str) -> None:
    """Bring the database up to REVISION (the newest by default)."""
    migrating.upgrade(context.database, revision)
    click.echo(f"database is at {migrating.current(context.database)}")


@db.command()
@click.argument("revision")
@pass_context
def downgrade(context: Context, revision: str) -> None:
    """Bring the database down to REVISION (`base` for an empty one)."""
    migrating.downgrade(context.database, revision)
    click.echo(f"database is at {migrating.current(context.database) or 'base'}")


@db.command()
@pass_context
def check(context: Context) -> None:
    """Say whether the database is at the newest revision and fits the models."""
    found, newest = migrating.current(context.database), migrating.head()
    if found != newest:
        raise click.ClickException(f"the database is at {found or 'base'}, the newest is {newest}: run mes db upgrade")
    wrong = migrating.differences(context.database)
    if wrong:
        raise click.ClickException("models and database disagree:\n" + "\n".join(map(str, wrong)))
    click.echo(f"database is at {found} and fits the models")


COMMANDS = (db,)
