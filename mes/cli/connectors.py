"""`mes connector`: city platforms the ledger is delivered to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from uuid import UUID

import click

from mes.cli.context import Context, pass_context
from mes.cli.export import TIMES
from mes.cli.people import OWNER
from mes.core.errors import MesError
from mes.ledger.models import LedgerEvent
from mes.traceability import service
from mes.traceability.models import Connector
from mes.traceability.platforms import KINDS, Delivered
from mes.traceability.platforms.addresses import read_rules, use_rules
from mes.traceability.platforms.dry_run import dry_run
from mes.traceability.platforms.fields import read_declared, read_yaml
from mes.traceability.platforms.file_drop import Layout
from mes.traceability.platforms.masking import Masker
from mes.traceability.platforms.signed_json import City
from mes.traceability.queries import (
    Alarm,
    ConnectorStatus,
    Thresholds,
    alarms_of,
    connector_named,
    connectors,
    status_of,
)
from mes.traceability.queries.persons import masker_of_names
from mes.traceability.renditions import original_of
from mes.traceability.service import AddConnector, ConnectorCommand, PauseConnector, ReplayEvents, preview_replay
from mes.traceability.service.connectors import kind_of
from mes.traceability.service.replay import SENT_STATES, SentState
from mes.traceability.settings import SecretMissing

_YAML = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def connector() -> None:
    """City platforms that the ledger is delivered to."""


@connector.command("add")
@click.argument("name")
@click.option("--kind", type=click.Choice(tuple(KINDS)), required=True)
@click.option(
    "--url", required=True, help="Address of the platform; of a folder: its name in the data folder, or a whole path."
)
@click.option("--settings", "file", type=_YAML, help="YAML file.")
@click.option("--definition", type=_YAML, help="The city's file or the folder's layout, where it is the plant's own.")
@pass_context
def add(context: Context, name: str, kind: str, url: str, file: Path | None, definition: Path | None) -> None:
    """Deliver the ledger to the platform at URL from its first event on.

    Secrets stay in variables or files; the settings name them:
    {credentials: {kind: bearer, secret: {variable: CITY_KEY}}}.
    """
    command = AddConnector(name=name, kind=kind, url=url, settings=_settings(file, definition))
    context.perform(service.add_connector, command, OWNER)
    click.echo(f"{name} is added; the worker delivers to it")


@connector.command("check")
@click.argument("file", type=_YAML)
def check(file: Path) -> None:
    """Whether FILE, a city's file or a folder's layout, is right; exit 1 where not, with the place of each fault."""
    read = _read(file)
    try:
        told = (read_declared(Layout, read) if "layout" in read else read_declared(City, read)).told
    except MesError as error:
        click.echo("\n".join(_faults(error)), err=True)
        raise click.exceptions.Exit(1) from error
    for name, each in told.items():
        click.echo(f"{name}: {', '.join(each.kinds)}")
    click.echo(f"{file} is right")


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
    """How connectors stand, and why; exit 1 where one does not deliver or something needs a person at once."""
    if name is not None:
        _connector_id(context, name)
    wrong, thresholds = False, Thresholds.of(context.settings)
    with context.database.reading() as session:
        masker = masker_of_names(session)
        for row in connectors(session):
            if name not in (None, row.name):
                continue
            alarms = alarms_of(session, row, context.clock.now(), thresholds)
            click.echo(masker.text("\n".join(_lines(status_of(session, row, context.clock), alarms))))
            wrong = wrong or row.state == "paused" or any(alarm.level == "bad" for alarm in alarms)
    if wrong:
        raise click.exceptions.Exit(1)


@connector.command("replay")
@click.argument("name")
@click.option("--element", "serial", type=int, help="Serial number of the element.")
@click.option("--project", "project", help="Code of the project.")
@click.option("--since", type=click.DateTime(TIMES), help="What was recorded since; the factory's time.")
@click.option("--until", type=click.DateTime(TIMES), help="What was recorded before.")
@click.option("--state", "states", type=click.Choice(SENT_STATES), multiple=True, help="Only events in this state.")
@click.option("--all", "everything", is_flag=True, help="The whole ledger.")
@click.option("--dry-run", "only_show", is_flag=True, help="Say what would be sent again, and change nothing.")
@pass_context
def replay(
    context: Context,
    name: str,
    serial: int | None,
    project: str | None,
    since: datetime | None,
    until: datetime | None,
    states: tuple[SentState, ...],
    everything: bool,
    only_show: bool,
) -> None:
    """Send events to NAME again, with the same ids."""
    if not any((serial is not None, project, since, until, states, everything)):
        raise click.UsageError("say what to send again: --element, --project, --since, --until, --state or --all")
    command = ReplayEvents(
        connector_id=_connector_id(context, name),
        element_serial=serial,
        project_code=project,
        since=_zoned(context, since),
        until=_zoned(context, until),
        states=states or SENT_STATES,
        everything=everything,
    )
    if only_show:
        with context.database.reading() as session:
            preview = preview_replay(session, command)
        counts = ", ".join(f"{state} {count}" for state, count in sorted(preview.states.items()))
        click.echo(f"{preview.events} events would be sent again" + (f" ({counts})" if counts else ""))
        return
    answer = context.perform(service.replay_events, command, OWNER)
    click.echo(f"{answer.events} events are sent again")


@connector.command("dry-run")
@click.argument("name")
@click.option("--event", "sequence", type=click.IntRange(1, 2**31 - 1), required=True, help="Its number in the ledger.")
@click.option("--with-names", is_flag=True, help="Show the names of people too, which are hidden otherwise.")
@pass_context
def show_dry_run(context: Context, name: str, sequence: int, with_names: bool) -> None:
    """What NAME would get of an event, byte for byte, secrets hidden; exit 1 where something is missing."""
    _connector_id(context, name)
    with context.database.reading() as session:
        row, event = connector_named(session, name), session.get(LedgerEvent, sequence)
        if row is None or event is None:
            raise click.UsageError(f"the ledger has no event {sequence}")
        original = original_of(session, row.id, event.content, {})
        shown = dry_run(row.kind, event.content, row.url, row.settings, context.clock.now(), original)
        masker = Masker() if with_names else masker_of_names(session)
    for sent in shown.requests:
        click.echo(f"{sent.method} {sent.url}".strip())
        for header, value in sent.headers.items():
            click.echo(masker.text(f"{header}: {value}"))
        if sent.signed_text:
            click.echo(masker.text(f"signed: {sent.signed_text}"))
        click.echo()
        click.echo(sent.body if with_names else masker.text(sent.body.decode("utf-8", "replace")))
    for item in shown.missing:
        click.echo(f"missing: {' '.join(filter(None, (item.about, item.field, item.source)))}: {item.reason}", err=True)
    for note in shown.notes:
        click.echo(f"note: {note}", err=True)
    if shown.missing:
        raise click.exceptions.Exit(1)


@connector.command("test")
@click.argument("name")
@pass_context
def try_out(context: Context, name: str) -> None:
    """Whether NAME's platform answers and knows us; no event is sent and nothing is changed. Exit 1 where not."""
    _connector_id(context, name)
    use_rules(read_rules(context.settings.connector_hosts))
    with context.database.reading() as session:
        row = connector_named(session, name)
        problem = problem_of(row) if row is not None else None
    if problem is not None:
        click.echo(f"{name}: {problem}")
        raise click.exceptions.Exit(1)
    click.echo(f"{name} answers")


def problem_of(row: Connector) -> str | None:
    """Why a connector's platform cannot be delivered to now, as far as asking it tells; None where it can."""
    kind = kind_of(row.kind)
    try:
        platform = kind.connect(row.url, kind.read_settings(row.settings))
    except (SecretMissing, MesError) as error:
        return str(error)
    try:
        answer = platform.discover().answer
    finally:
        platform.close()
    return None if isinstance(answer, Delivered) else str(getattr(answer, "reason", answer))


def _zoned(context: Context, moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=context.clock.zone) if moment is not None and moment.tzinfo is None else moment


def _settings(file: Path | None, definition: Path | None) -> dict[str, object]:
    found = dict(_read(file)) if file is not None else {}
    return found | ({"definition": dict(_read(definition))} if definition is not None else {})


def _read(file: Path) -> Mapping[str, object]:
    """A YAML file's keys and values; where they are not right, each fault with its place."""
    try:
        return read_yaml(file.read_text(encoding="utf-8"))
    except (MesError, UnicodeDecodeError) as error:
        raise click.UsageError("\n".join([f"{file} is not right", *_faults(error)])) from error


def _faults(error: Exception) -> list[str]:
    told = error.faults if isinstance(error, MesError) else ()
    return [f"{fault.where}: {fault.reason}" if fault.where else str(fault.reason) for fault in told] or [str(error)]


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


def _lines(status: ConnectorStatus, alarms: Sequence[Alarm]) -> list[str]:
    row, figures = status.connector, status.figures
    oldest, success, rate = status.waits_since, row.last_success_at, figures.success_rate
    waits = f", the oldest since {oldest:%Y-%m-%d %H:%M}Z" if oldest else ""
    return [
        f"{row.name}: {row.state}" + (f" ({row.paused_reason})" if row.paused_reason else ""),
        f"  address            {row.url}",
        f"  waiting            {status.backlog}{waits}",
        f"  refused            {status.refused}",
        f"  differences        {status.open_differences}",
        f"  delivered          {status.delivered}, today {status.delivered_today}",
        "  succeeded, 24 h    " + (f"{100 * rate:.0f} % of {figures.requests} requests" if rate is not None else "–"),
        f"  last delivery      {f'{success:%Y-%m-%d %H:%M:%S}Z' if success else 'none yet'}",
        *([f"  next try           {row.retry_at:%Y-%m-%d %H:%M:%S}Z"] if row.retry_at else []),
        *([f"  last error         {row.last_error}"] if row.last_error else []),
        *[f"  {alarm.level.upper():<5}{alarm.words.render(str)}" for alarm in alarms],
    ]


COMMANDS: tuple[click.Command, ...] = (connector,)
