"""Whether a result can be written, asked before the work that makes it."""

from __future__ import annotations

import errno
import os
from pathlib import Path


def refuse_unwritable(path: Path) -> None:
    """Raise the `OSError` that writing to this path would raise, as far as that can be known without writing."""
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not path.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
