"""`mes import` and `mes export`: orders in, documents and events out."""

from __future__ import annotations

import click

COMMANDS: tuple[click.Command, ...] = ()
