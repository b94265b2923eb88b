"""`mes doctor`: what is wrong and what to do, one line each."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Callable
from datetime import UTC, datetime

import click
import requests
from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError

from mes import __version__, migrating
from mes.cli.connectors import problem_of
from mes.cli.context import Context, pass_context
from mes.core.assets import STATIC_DIR
from mes.printing.designs import faults_of_own_designs, use_own_designs
from mes.traceability.models import Connector
from mes.traceability.platforms.addresses import read_rules, use_rules

OLDEST_SENSIBLE_CLOCK = datetime(2026, 1, 1, tzinfo=UTC)
LEAST_FREE_BYTES = 1_000_000_000
Check = Callable[[Context], str | None]


def check_database(context: Context) -> str | None:
    """The database answers."""
    try:
        with context.database.reading() as session:
            session.execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        return f"does not answer ({str(error).splitlines()[0]}): check MES_DATABASE_URL"
    return None


def check_migrations(context: Context) -> str | None:
    """The database is at the newest revision."""
    try:
        found = migrating.current(context.database)
    except SQLAlchemyError:
        return "cannot be read: see database"
    newest = migrating.head()
    return None if found == newest else f"at {found or 'base'}, newest is {newest}: run mes db upgrade"


def check_clock(_context: Context) -> str | None:
    """The machine's clock is not from the past."""
    now = datetime.now(UTC)
    if now < OLDEST_SENSIBLE_CLOCK:
        return f"says {now:%Y-%m-%d}: set the machine's clock, events would carry wrong times"
    return None


def check_fonts(_context: Context) -> str | None:
    """The Chinese fonts for labels and certificates are there."""
    missing = [
        name
        for name in ("NotoSansSC-Regular.ttf", "NotoSansSC-Bold.ttf")
        if not (STATIC_DIR / "vendor" / "fonts" / name).exists()
    ]
    return f"missing {', '.join(missing)}: run mes assets" if missing else None


def check_port(context: Context) -> str | None:
    """The web server's port is free, or it is our own server that answers there."""
    settings = context.settings
    with socket.socket() as probe:
        if probe.connect_ex((settings.host, settings.port)) != 0:
            return None
    try:
        answer = requests.get(f"http://{settings.host}:{settings.port}/health", timeout=3)
    except requests.RequestException:
        return f"{settings.port} is taken by another program: set MES_PORT"
    return None if answer.text == "ok\n" else f"{settings.port} is taken by another program: set MES_PORT"


def check_disk(context: Context) -> str | None:
    """There is room for photos and events."""
    context.settings.data.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(context.settings.data).free
    return (
        f"only {free // 1_000_000} MB free in {context.settings.data}: make room" if free < LEAST_FREE_BYTES else None
    )


def check_connectors(context: Context) -> str | None:
    """Every running connector's platform answers."""
    try:
        with context.database.reading() as session:
            rows = session.scalars(select(Connector)).all()
    except SQLAlchemyError:
        return "cannot be read: see database"
    use_rules(read_rules(context.settings.connector_hosts))
    for row in rows:
        if row.state == "paused":
            return f"{row.name} is paused ({row.paused_reason}): run mes connector resume {row.name}"
        problem = problem_of(row) if row.state == "running" else None
        if problem is not None:
            return f"{row.name}: {problem}: is {row.url} right and reachable?"
    return None


def check_designs(context: Context) -> str | None:
    """The plant's own label designs can be printed."""
    use_own_designs(context.settings.label_designs)
    faults = faults_of_own_designs()
    return f"{'; '.join(faults)}: see docs/labels.md" if faults else None


CHECKS: dict[str, Check] = {
    "database": check_database,
    "migrations": check_migrations,
    "clock": check_clock,
    "fonts": check_fonts,
    "label designs": check_designs,
    "port": check_port,
    "disk": check_disk,
    "connectors": check_connectors,
}


@click.command()
@pass_context
def doctor(context: Context) -> None:
    """Check this installation, and say what to do."""
    click.echo(f"precast-mes {__version__}, data in {context.settings.data.absolute()}")
    wrong = 0
    for name, check in CHECKS.items():
        problem = check(context)
        wrong += problem is not None
        click.echo(f"{'ok   ' if problem is None else 'WRONG'} {name}{': ' + problem if problem else ''}")
    if wrong:
        raise click.exceptions.Exit(1)


COMMANDS = (doctor,)
