"""`mes ledger`: prove that nothing was altered, to yourself and to others."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Any

import click
from sqlalchemy.orm import Session

from mes.cli.context import Context, pass_context
from mes.cli.people import OWNER
from mes.core.errors import NotFound
from mes.ledger import offline_verifier, proofs
from mes.ledger.checkpoints import MakeCheckpoint, checkpoint_of, latest, make_all
from mes.ledger.kept import KeptCheckpoints
from mes.ledger.keys import LedgerKeys
from mes.ledger.models import Checkpoint
from mes.ledger.statements import Statement, key_id_of, read_exported
from mes.ledger.verification import verify as verify_ledger
from mes.ledger.witnesses import all_witnesses

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
OUTPUT = click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write it here.")


@click.group()
def ledger() -> None:
    """The append-only event ledger."""


@ledger.command()
@click.option("--against", "files", type=FILE, multiple=True, help="A checkpoint that was kept elsewhere.")
@click.option("--processes", type=click.IntRange(1, 64), default=min(os.cpu_count() or 1, 4), show_default=True)
@pass_context
def verify(context: Context, files: tuple[Path, ...], processes: int) -> None:
    """Recompute every hash, chain and checkpoint, and hear who else remembers; names the first event that is wrong."""
    import mes.witnesses  # noqa: F401 - who else remembers what was recorded

    keys = LedgerKeys(context.settings.data)
    against = [read_exported(file.read_text(encoding="utf-8"), str(file)) for file in files]
    kept, unreadable = KeptCheckpoints(keys).read()
    with context.database.reading() as session:
        found = verify_ledger(
            session,
            keys=keys.public(),
            against=[*against, *kept],
            unreadable=unreadable,
            witnesses=all_witnesses(),
            processes=processes,
        )
    if not found.intact:
        place = f"event {found.fault_sequence}: " if found.fault_sequence is not None else ""
        raise click.ClickException(f"{place}{found.fault}")
    click.echo(
        f"{found.events} events in {found.subjects} stories, {found.checkpoints} checkpoints: nothing was altered"
    )


@ledger.command()
@OUTPUT
@pass_context
def checkpoint(context: Context, output: Path | None) -> None:
    """Sign what the ledger holds now, and write the checkpoint for others to keep."""
    row = _newest(context)
    _write(proofs.export_checkpoint(row, LedgerKeys(context.settings.data)), output)


@ledger.command()
@click.argument("element", required=False)
@click.option("--checkpoint", "at", help="Number of events of the checkpoint, or its file; default: a new one.")
@click.option("--consistency", nargs=2, help="Two checkpoints (numbers of events or files) instead of an element.")
@OUTPUT
@pass_context
def prove(
    context: Context, element: str | None, at: str | None, consistency: tuple[str, str] | None, output: Path | None
) -> None:
    """Write ELEMENT's story (its serial) with the proof that it stands in a checkpoint."""
    if (element is None) == (consistency is None):
        raise click.UsageError("name an element, or two checkpoints with --consistency")
    keys = LedgerKeys(context.settings.data)
    newest = _newest(context) if consistency is None and at is None else None
    with context.database.reading() as session:
        if consistency is not None:
            older, newer = (_checkpoint(session, name) for name in consistency)
            _write(proofs.prove_consistency(session, older, newer, keys), output)
            return
        subject = f"element:{element}" if str(element).isdecimal() else str(element)
        row = newest or _checkpoint(session, str(at))
        _write(proofs.prove_story(session, subject, row, keys), output)


@ledger.command()
@click.option("--rotate", is_flag=True, help="Sign with a new key from now on; the old public key stays.")
@pass_context
def key(context: Context, rotate: bool) -> None:
    """Show the public key that signs checkpoints; it is made when it is first needed."""
    keys = LedgerKeys(context.settings.data)
    public = (keys.rotate() if rotate else keys.signing()).public_key()
    click.echo(f"public key (Ed25519, Base64)  {base64.b64encode(public.public_bytes_raw()).decode()}")
    click.echo(f"key id (SHA-256 of it)        {key_id_of(public)}")
    for known in keys.public():
        if known != key_id_of(public):
            click.echo(f"earlier key                   {known}")


@ledger.command()
def verifier() -> None:
    """Print the program with which others check proofs; it needs Python and nothing else."""
    click.echo(Path(offline_verifier.__file__).read_text(encoding="utf-8"), nl=False)


def _newest(context: Context) -> Checkpoint:
    """The newest checkpoint, made now where something was recorded since the last one."""
    keys = LedgerKeys(context.settings.data)
    make_all(context.database, OWNER, context.clock, keys, MakeCheckpoint())
    with context.database.reading() as session:
        row = latest(session)
    if row is None:
        raise click.ClickException("the ledger is empty: there is nothing to sign")
    return row


def _checkpoint(session: Session, named: str) -> Checkpoint:
    """A checkpoint by its number of events, or by a file of it."""
    if named.isdecimal():
        return checkpoint_of(session, int(named))
    file = Path(named)
    if not file.is_file():
        raise click.UsageError(f"{named} is neither a number of events nor a file")
    statement: Statement = read_exported(file.read_text(encoding="utf-8"), named)
    try:
        row = checkpoint_of(session, statement.events)
    except NotFound:
        raise click.ClickException(f"the checkpoint in {named} is none of this ledger's") from None
    if row.note != statement.note:
        raise click.ClickException(f"the ledger's own checkpoint is not that of {named}: mes ledger verify --against")
    return row


def _write(content: dict[str, Any], output: Path | None) -> None:
    words = json.dumps(content, ensure_ascii=False, indent=1)
    if output is None:
        click.echo(words)
        return
    output.write_text(words + "\n", encoding="utf-8")
    click.echo(f"written to {output}", err=True)


COMMANDS = (ledger,)
