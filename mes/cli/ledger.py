"""`mes ledger`: prove that nothing was altered."""

from __future__ import annotations

import click

from mes.cli.context import Context, pass_context
from mes.ledger.verification import verify as verify_ledger


@click.group()
def ledger() -> None:
    """The append-only event ledger."""


@ledger.command()
@pass_context
def verify(context: Context) -> None:
    """Recompute every hash and every chain; names the first event that is wrong."""
    with context.database.reading() as session:
        found = verify_ledger(session)
    if not found.intact:
        raise click.ClickException(f"event {found.fault_sequence}: {found.fault}")
    click.echo(f"{found.events} events in {found.subjects} stories: nothing was altered")


COMMANDS = (ledger,)
