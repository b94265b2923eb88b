"""`mes readers`: the plant's RFID readers, at benches and gates."""

from __future__ import annotations

import click

from mes.cli.context import Context, pass_context
from mes.cli.people import OWNER
from mes.core.text import Text
from mes.identity import queries, service
from mes.identity.reading import bench
from mes.identity.reading.link import Address


@click.group()
def readers() -> None:
    """RFID readers that speak LLRP."""


@readers.command("list")
@pass_context
def list_all(context: Context) -> None:
    """Every reader, one line each."""
    with context.database.reading() as session:
        for row in queries.readers(session):
            state = "off" if not row.active else str(Text.from_json(row.fault)) if row.fault else "no fault"
            click.echo(f"{row.code}  {row.use}  {row.host}:{row.port}  {row.name}  {state}")


@readers.command("add")
@click.argument("code")
@click.option("--use", type=click.Choice(["bench", "gate"]), required=True, help="Where it stands.")
@click.option("--host", required=True, help="Name or address of the reader.")
@click.option("--port", type=click.IntRange(1, 65535), default=5084, show_default=True)
@click.option("--antennas", default="", help="Numbers with commas between; all where none are named.")
@click.option("--name", default=None, help="What people call it, if it is not the code.")
@pass_context
def add(context: Context, code: str, use: str, host: str, port: int, antennas: str, name: str | None) -> None:
    """Add the reader CODE; the worker listens to a gate's within seconds."""
    facts = {"code": code, "name": name or code, "use": use, "host": host, "port": port, "antennas": antennas}
    context.perform(service.add_reader, service.AddReader.model_validate(facts), OWNER)
    click.echo(f"{code.strip().upper()} is added")


@readers.command("test")
@click.argument("code")
@pass_context
def test(context: Context, code: str) -> None:
    """What the reader CODE sees now; a gate's that a worker listens to is busy with it."""
    with context.database.reading() as session:
        address = Address.of(queries.reader_by_code(session, code))
    seen = bench.look(address)
    click.echo(f"{address} answers; {len(seen)} tags lie before it")
    for one in seen:
        strength = "" if one.peak_rssi_dbm is None else f"  {one.peak_rssi_dbm} dBm"
        click.echo(f"  TID {one.tid_hex or '-'}  EPC {one.epc_hex}  antenna {one.antenna or '-'}{strength}")


COMMANDS: tuple[click.Command, ...] = (readers,)
