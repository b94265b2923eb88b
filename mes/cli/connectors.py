"""`mes connector`: city platforms the ledger is delivered to."""

from __future__ import annotations

import click

COMMANDS: tuple[click.Command, ...] = ()
