"""`mes demo`: everything on this machine."""

from __future__ import annotations

import click

COMMANDS: tuple[click.Command, ...] = ()
