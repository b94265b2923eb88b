"""`mes export epcis`, `mes export data`: the ledger's events as one EPCIS 2.0 document, and a period as open data."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from mes.cli.context import Context, pass_context
from mes.traceability.epcis import encode, epcis_document
from mes.traceability.export import export_events, export_settings
from mes.traceability.queries import events_to_export

TIMES = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"]


@click.command("epcis")
@click.option("--element", "serial", type=int, help="Only events of this element.")
@click.option("--project", help="Only events of elements of this project.")
@click.option("--since", type=click.DateTime(TIMES), help="Only what was recorded since; the factory's time.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write it here instead of printing it.")
@pass_context
def export_epcis(
    context: Context, serial: int | None, project: str | None, since: datetime | None, output: Path | None
) -> None:
    """One EPCIS 2.0 JSON document of the ledger's events, in ledger order."""
    if since is not None and since.tzinfo is None:
        since = since.replace(tzinfo=context.clock.zone)
    with context.database.reading() as session:
        rows = events_to_export(session, serial=serial, project_code=project, since=since)
        events = list(export_events(rows, export_settings(session)))
    if not events and (serial is not None or project is not None):
        click.echo("no event fits", err=True)
    document = encode(epcis_document(events, context.clock.now()))
    if output is None:
        click.echo(document.decode())
        return
    output.write_bytes(document + b"\n")
    click.echo(f"{len(events)} events written to {output}", err=True)


@click.command("data")
@click.option("--from", "begins", type=click.DateTime(TIMES), required=True, help="Recorded then or later.")
@click.option("--to", "ends", type=click.DateTime(TIMES), required=True, help="Recorded before; the factory's time.")
@click.option("--format", "form", type=click.Choice(["parquet", "csv", "jsonl"]), default="parquet", show_default=True)
@click.option("-o", "--output", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder.")
@click.option("--chunk", type=click.IntRange(1, 1_000_000), default=50_000, show_default=True, help="Events a file.")
@pass_context
def export_data(context: Context, begins: datetime, ends: datetime, form: str, output: Path, chunk: int) -> None:
    """Events and states of elements of a period as files, with a data dictionary.

    A run that was ended is taken up where it was by the same command.
    """
    from mes.traceability.open_data.folder import export_folder
    from mes.traceability.open_data.queries import Period

    first, after = (moment if moment.tzinfo else moment.replace(tzinfo=context.clock.zone) for moment in (begins, ends))
    rows = export_folder(
        context.database, Period(first, after), form, output, lambda words: click.echo(words, err=True), events=chunk
    )
    click.echo(f"{rows} rows written to {output}", err=True)
