"""`mes import` and `mes export`: orders in, documents and events out."""

from __future__ import annotations

import click

from mes.cli.export import export_epcis


@click.group("import")
def import_group() -> None:
    """Orders that come in."""


@click.group("export")
def export_group() -> None:
    """Documents and events that go out."""


export_group.add_command(export_epcis)

COMMANDS: tuple[click.Command, ...] = (import_group, export_group)
