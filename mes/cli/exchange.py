"""`mes import` and `mes export`: orders in, documents and events out."""

from __future__ import annotations

import click

from mes.cli.export import export_data, export_epcis
from mes.cli.orders import export_order_template, import_ifc, import_order


@click.group("import")
def import_group() -> None:
    """Orders that come in."""


@click.group("export")
def export_group() -> None:
    """Documents and events that go out."""


import_group.add_command(import_order)
import_group.add_command(import_ifc)
export_group.add_command(export_epcis)
export_group.add_command(export_data)
export_group.add_command(export_order_template)

COMMANDS: tuple[click.Command, ...] = (import_group, export_group)
