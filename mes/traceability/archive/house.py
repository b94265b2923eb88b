"""Where packages lie and what they are signed with: told to a process once, as its press and its keys are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mes.config import Settings
from mes.core.errors import Unavailable
from mes.core.files import FileStore
from mes.core.text import N_, Text
from mes.ledger.keys import LedgerKeys


class NoArchiveHere(Unavailable):
    """This process makes no packages."""


@dataclass(frozen=True)
class ArchiveHouse:
    """The folder of packages, the kept papers and photos, and the ledger's keys."""

    folder: Path
    store: FileStore
    keys: LedgerKeys

    def file(self, number: str) -> Path:
        """Where the package of a number lies."""
        return self.folder / f"{number}.zip"

    def making(self, number: str) -> Path:
        """The folder of what is done of a package while it is made."""
        return self.folder / "making" / number


def house_of(settings: Settings) -> ArchiveHouse:
    """The house of an installation."""
    return ArchiveHouse(settings.data / "archive", FileStore(settings.data / "files"), LedgerKeys(settings.data))


_house: list[ArchiveHouse] = []


def use_house(house: ArchiveHouse) -> None:
    """The house of this process."""
    _house[:] = [house]


def the_house() -> ArchiveHouse:
    """The house of this process.

    Raises:
        NoArchiveHere: it was never told.
    """
    if not _house:
        raise NoArchiveHere(Text(N_("This process makes no archive packages; the worker does")))
    return _house[0]
