"""The newest checkpoint of each day as a file in the data folder: a witness that is not in the database.

Whoever can change the database, but not this folder, cannot cut off the ledger's end or take checkpoints away unseen.
The files are those that others are given (docs/contracts/ledger.md), so that handing them over is copying them.
"""

from __future__ import annotations

import os
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from mes.core.errors import InvalidInput
from mes.core.text import Text
from mes.ledger.keys import LedgerKeys
from mes.ledger.models import Checkpoint
from mes.ledger.queries import checkpoints
from mes.ledger.statements import STORED, Statement, exported_text, fault_of_statement, read_exported, statement_of


class KeptCheckpoints:
    """The folder `checkpoints/` of the data folder: one file a day, `<day in UTC>-<number of events>.json`."""

    def __init__(self, keys: LedgerKeys) -> None:
        self.folder, self._keys = keys.data / "checkpoints", keys
        self._newest = ""

    def keep_newest(self, session: Session) -> None:
        """Keep the database's newest checkpoint, if its signature fits.

        It takes the place of the day's earlier ones, unless the database has them no longer: those say that
        something was taken away.
        """
        row = next(iter(checkpoints(session, 1)), None)
        if row is None or row.note == self._newest:
            return
        statement, known = statement_of(row.note, row.signature, f"{STORED}{row.id}"), self._keys.public()
        if statement is None or fault_of_statement(statement, known) is not None:
            return
        day = statement.time[:10]
        file = self.folder / f"{day}-{statement.events:012d}.json"
        _write(file, exported_text(statement, known[statement.key_id]))
        for earlier in self.folder.glob(f"{day}-*.json"):
            if earlier != file and _is_in(session, earlier):
                earlier.unlink(missing_ok=True)
        self._newest = row.note

    def read(self) -> tuple[list[Statement], list[Text]]:
        """What the files say, and what is wrong with those that say nothing."""
        statements, faults = [], []
        for file in sorted(self.folder.glob("*.json")):
            try:
                statements.append(read_exported(file.read_text(encoding="utf-8", errors="replace"), str(file)))
            except FileNotFoundError:
                continue  # a newer one of the day has taken its place
            except InvalidInput as error:
                faults.append(error.reason)
        return statements, faults


def _is_in(session: Session, file: Path) -> bool:
    try:
        statement = read_exported(file.read_text(encoding="utf-8", errors="replace"), str(file))
    except (InvalidInput, FileNotFoundError):
        return False
    return session.scalars(select(Checkpoint.id).where(Checkpoint.note == statement.note)).first() is not None


def _write(file: Path, words: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(f".{os.getpid()}.{os.urandom(4).hex()}.part")
    with fresh.open("w", encoding="utf-8") as target:
        target.write(words)
        target.flush()
        os.fsync(target.fileno())
    fresh.replace(file)
