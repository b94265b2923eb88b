"""`mes printers`: label printers and which labels go to them."""

from __future__ import annotations

from typing import Any

import click
from pydantic import ValidationError

from mes.cli.context import Context, pass_context
from mes.cli.people import OWNER
from mes.printing import queries, service
from mes.printing.service import AddPrinter, PrintTestLabel, RemoveRoute, SetRoute
from mes.printing.words import kept


@click.group()
def printers() -> None:
    """Label printers, and which labels go to them."""


@printers.command("list")
@pass_context
def list_all(context: Context) -> None:
    """Every printer and how it is, with the labels that are led to it."""
    with context.database.reading() as session:
        waiting, routes = queries.waiting_counts(session), queries.routes(session)
        for row in queries.printers(session):
            place = f"{row.host}:{row.port}" if row.kind == "zpl" else "file"
            size = f"{row.media_width_mm:g}x{row.media_height_mm:g} mm"
            said = f"{row.state or 'not asked'}" + (f" ({kept(row.state_reason)})" if row.state_reason else "")
            click.echo(f"{row.code}  {row.name}  {row.kind}  {place}  {size}  {said}  waiting {waiting.get(row.id, 0)}")
            for route in (route for route in routes if route.printer_id == row.id):
                click.echo(f"  {route.label} at {route.station or 'every station'}: {route.design}")


@printers.command("add")
@click.argument("code")
@click.option("--name", default="", help="What people call it; its code if nothing is said.")
@click.option("--host", default="", help="Name or address in the network; without it, labels are files to download.")
@click.option("--port", type=int, default=9100, show_default=True)
@click.option("--dpi", type=click.Choice(["203", "300", "600"]), default="203", show_default=True)
@click.option("--media", default="100x70", show_default=True, help="A label's width and height in millimetres.")
@click.option("--rfid", is_flag=True, help="It writes RFID tags.")
@click.option("--no-status", is_flag=True, help="It does not answer ~HS.")
@pass_context
def add(
    context: Context, code: str, name: str, host: str, port: int, dpi: str, media: str, rfid: bool, no_status: bool
) -> None:
    """Make the printer CODE known. Then lead labels to it: mes printers route."""
    width, height = _size(media)
    facts: dict[str, Any] = {"code": code, "name": name or code, "kind": "zpl" if host else "pdf", "host": host}
    facts |= {"port": port, "dpi": int(dpi), "media_width_mm": width, "media_height_mm": height}
    try:
        command = AddPrinter.model_validate({**facts, "writes_rfid": rfid, "answers_status": not no_status})
    except ValidationError as error:
        first = error.errors()[0]
        raise click.UsageError(f"{' '.join(map(str, first['loc']))}: {first['msg']}") from error
    context.perform(service.add_printer, command, OWNER)
    click.echo(f"{code} is added; the worker sends to it")


@printers.command("route")
@click.argument("label")
@click.argument("code", required=False)
@click.option("--station", default="", help="Only from this station.")
@click.option("--design", default="", help="A design of labels/layout/designs; the largest that fits if not said.")
@pass_context
def route(context: Context, label: str, code: str | None, station: str, design: str) -> None:
    """Print labels of kind LABEL (element, pallet, slot …) at the printer CODE; without CODE the route is removed."""
    if code is None:
        context.perform(service.remove_route, RemoveRoute(label=label, station=station), OWNER)
        click.echo(f"{label} at {station or 'every station'}: removed")
        return
    command = SetRoute(label=label, station=station, printer=code, design=design)
    context.perform(service.set_route, command, OWNER)
    click.echo(f"{label} at {station or 'every station'}: {code}")


@printers.command("test")
@click.argument("code")
@pass_context
def test(context: Context, code: str) -> None:
    """Put a test label into the queue of the printer CODE; the worker sends it."""
    language = "en" if context.settings.locale == "en" else "zh"
    command = PrintTestLabel.model_validate(
        {"code": code, "language": language, "public_url": context.settings.effective_public_url}
    )
    job = context.perform(service.print_test_label, command, OWNER).jobs[0]
    click.echo(f"job {job.number} waits for {code}")


def _size(text: str) -> tuple[float, float]:
    width, _, height = text.lower().partition("x")
    try:
        return float(width), float(height)
    except ValueError as error:
        raise click.UsageError(f"--media {text}: width and height are expected, such as 100x70") from error


COMMANDS: tuple[click.Command, ...] = (printers,)
