"""Where files may be written: below the data folder, or below a folder that the operator has allowed."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from mes.core.errors import InvalidInput
from mes.core.text import N_, Text

FOLDER = "drop"  # of the data folder
_NO_NAME = re.compile(r'[\x00-\x1f<>:"|?*\\]|[. ](/|$)')  # what no folder on a Windows share is called


class _InForce:
    data: Path | None = None
    allowed: tuple[Path, ...] = ()


def use_folders(data: Path, allowed: Iterable[Path] = ()) -> None:
    """The data folder of this process, and further folders below which files may be written."""
    _InForce.data, _InForce.allowed = data.absolute(), tuple(path.absolute() for path in allowed)


def check_folder(address: str) -> None:
    """Whether an address can be a folder of ours: `hefei` lies in the data folder's `drop`, others are whole paths.

    Raises:
        InvalidInput: it cannot.
    """
    path = PurePosixPath(address)
    if not address.strip() or ".." in path.parts or _NO_NAME.search(address):
        raise InvalidInput(Text(N_("“%(path)s” is no folder that files can be put into"), {"path": address}))
    if path.is_absolute() and _InForce.data is not None:
        folder_of(address)


def open_folder(address: str) -> Path:
    """The folder, there to be written to. It is made below the data folder only: elsewhere, such as on a share, its
    absence says that the share is not there, and what is written to the bare mount point nobody would ever see.

    Raises:
        InvalidInput: it lies below no folder that may be written to.
        OSError: it is not there, or cannot be made.
    """
    folder = folder_of(address)
    if _InForce.data is not None and folder.is_relative_to((_InForce.data / FOLDER).resolve()):
        folder.mkdir(parents=True, exist_ok=True)
    elif not folder.is_dir():
        raise FileNotFoundError(errno.ENOENT, "the folder is not there", str(folder))
    return folder


def folder_of(address: str) -> Path:
    """The folder, links followed.

    Raises:
        InvalidInput: it lies below no folder that may be written to.
    """
    roots = [] if _InForce.data is None else [_InForce.data / FOLDER]
    path = Path(address) if Path(address).is_absolute() else (roots[0] / address if roots else None)
    if path is None:
        raise InvalidInput(Text(N_("This process does not know its data folder")))
    real = path.resolve()
    if not any(real.is_relative_to(root.resolve()) for root in (*roots, *_InForce.allowed)):
        raise InvalidInput(Text(N_("“%(path)s” is below no folder that files may be put into"), {"path": address}))
    return real
