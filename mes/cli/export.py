"""`mes export epcis`: the ledger's events as one EPCIS 2.0 document."""

from __future__ import annotations

from pathlib import Path

import click

from mes.cli.context import Context, pass_context


@click.command("epcis")
@click.option("--element", "serial", type=int, help="Only events of this element.")
@click.option("--project", help="Only events of elements of this project.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"]))
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write it here instead of printing it.")
@pass_context
def export_epcis(context: Context, serial: int | None, project: str | None, since: object, output: Path | None) -> None:
    """One EPCIS 2.0 JSON document of the ledger's events, in ledger order."""
    raise click.ClickException("not ready")
