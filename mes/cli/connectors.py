"""`mes connector`: city platforms the ledger is delivered to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from uuid import UUID

import click
import yaml

from mes.cli.context import Context, pass_context
from mes.cli.export import TIMES
from mes.cli.people import OWNER
from mes.traceability import service
from mes.traceability.models import Connector
from mes.traceability.queries import ConnectorStatus, connector_named, connectors, status_of
from mes.traceability.service import AddConnector, ConnectorCommand, PauseConnector, ReplayEvents

KINDS = ("epcis", "signed-json", "file", "webhook")
AVAILABLE = frozenset({"epcis"})


@click.group()
def connector() -> None:
    """City platforms that the ledger is delivered to."""


@connector.command("add")
@click.argument("name")
@click.option("--kind", type=click.Choice(KINDS), required=True)
@click.option("--url", required=True, help="Address below which the platform's /capture lies.")
@click.option("--settings", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="YAML file.")
@pass_context
def add(context: Context, name: str, kind: str, url: str, file: Path | None) -> None:
    """Deliver the ledger to the platform at URL from its first event on.

    Secrets stay in variables or files; the settings name them:
    {credentials: {kind: bearer, secret: {variable: CITY_KEY}}}.
    """
    if kind not in AVAILABLE:
        raise click.UsageError(f"connectors of kind {kind} are not part of this release; epcis is")
    command = AddConnector(name=name, kind="epcis", url=url, settings=_settings(file))
    context.perform(service.add_connector, command, OWNER)
    click.echo(f"{name} is added; the worker delivers to it")


@connector.command("list")
@pass_context
def list_all(context: Context) -> None:
    """Every connector, one line each."""
    for status in _statuses(context):
        row = status.connector
        words = f"{row.name}  {row.kind}  {row.state}  waiting {status.backlog}  refused {status.refused}  {row.url}"
        click.echo(words)


@connector.command("pause")
@click.argument("name")
@click.option("--reason", default="paused on the command line")
@pass_context
def pause(context: Context, name: str, reason: str) -> None:
    """Stop delivering to NAME; its events wait."""
    command = PauseConnector(connector_id=_connector_id(context, name), reason=reason)
    context.perform(service.pause_connector, command, OWNER)
    click.echo(f"{name} is paused")


@connector.command("resume")
@click.argument("name")
@pass_context
def resume(context: Context, name: str) -> None:
    """Deliver to NAME again."""
    context.perform(service.resume_connector, ConnectorCommand(connector_id=_connector_id(context, name)), OWNER)
    click.echo(f"{name} delivers again")


@connector.command("status")
@click.argument("name", required=False)
@pass_context
def show_status(context: Context, name: str | None) -> None:
    """How connectors stand, and why; exit 1 where one is paused or has refused events."""
    if name is not None:
        _connector_id(context, name)
    wrong = False
    for status in _statuses(context):
        if name in (None, status.connector.name):
            click.echo("\n".join(_lines(status)))
            wrong = wrong or status.connector.state == "paused" or status.refused > 0
    if wrong:
        raise click.exceptions.Exit(1)


@connector.command("replay")
@click.argument("name")
@click.option("--element", "serial", type=int, help="Serial number of the element.")
@click.option("--since", type=click.DateTime(TIMES), help="What was recorded since; the factory's time.")
@click.option("--all", "everything", is_flag=True, help="The whole ledger.")
@pass_context
def replay(context: Context, name: str, serial: int | None, since: datetime | None, everything: bool) -> None:
    """Send events to NAME again, with the same ids."""
    if serial is None and since is None and not everything:
        raise click.UsageError("say what to send again: --element, --since or --all")
    if since is not None and since.tzinfo is None:
        since = since.replace(tzinfo=context.clock.zone)
    command = ReplayEvents(
        connector_id=_connector_id(context, name), element_serial=serial, since=since, everything=everything
    )
    answer = context.perform(service.replay_events, command, OWNER)
    click.echo(f"{answer.events} events are sent again")


def _settings(file: Path | None) -> dict[str, object]:
    if file is None:
        return {}
    try:
        found = yaml.safe_load(file.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise click.UsageError(f"{file} is not a YAML file: {error}") from error
    if not isinstance(found, dict):
        raise click.UsageError(f"{file}: settings are expected, such as {{credentials: …}}")
    return found


def _statuses(context: Context) -> Iterator[ConnectorStatus]:
    with context.database.reading() as session:
        for row in connectors(session):
            yield status_of(session, row, context.clock)


def _connector_id(context: Context, name: str) -> UUID:
    with context.database.reading() as session:
        row: Connector | None = connector_named(session, name)
    if row is None:
        raise click.UsageError(f"there is no connector named {name}")
    return row.id


def _lines(status: ConnectorStatus) -> list[str]:
    row = status.connector
    oldest, success = status.oldest_undelivered_at, row.last_success_at
    return [
        f"{row.name}: {row.state}" + (f" ({row.paused_reason})" if row.paused_reason else ""),
        f"  address            {row.url}",
        f"  waiting            {status.backlog}" + (f", the oldest since {oldest:%Y-%m-%d %H:%M}Z" if oldest else ""),
        f"  refused            {status.refused}",
        f"  delivered          {status.delivered}, today {status.delivered_today}",
        f"  last delivery      {f'{success:%Y-%m-%d %H:%M:%S}Z' if success else 'none yet'}",
        *([f"  last error         {row.last_error}"] if row.last_error else []),
    ]


COMMANDS: tuple[click.Command, ...] = (connector,)
