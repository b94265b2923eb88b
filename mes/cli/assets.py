"""`mes assets`: the browser's files and the fonts, fetched once."""

from __future__ import annotations

import click

from mes.core.assets import AssetError, ensure_assets


@click.command()
def assets() -> None:
    """Fetch the browser's files and the fonts into static/vendor, where they are missing."""
    try:
        ensure_assets()
    except AssetError as error:
        raise click.ClickException(str(error)) from error
    click.echo("static/vendor is complete")


COMMANDS = (assets,)
