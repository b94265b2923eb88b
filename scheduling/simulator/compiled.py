"""How functions of the simulator are compiled: to machine code, kept on disk, without holding Python's lock.

The code on disk stands in a folder named after the sources it was made from, so that no other code is ever run.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Any

import numba
import numpy.typing as npt

Array = npt.NDArray[Any]
_PACKAGES = ("simulator", "search", "exact", "nesting")


def _sources_digest() -> str:
    """A digest of every source that is compiled."""
    digest = hashlib.sha256()
    root = Path(__file__).parent.parent
    for path in sorted(path for package in _PACKAGES for path in (root / package).glob("*.py")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _cache_folder() -> Path:
    """Beside the sources where that can be written, else among the user's temporary files."""
    beside = Path(__file__).parent / "__pycache__"
    try:
        beside.mkdir(exist_ok=True)
        writable = os.access(beside, os.W_OK)
    except OSError:
        writable = False
    folder = beside if writable else Path(tempfile.gettempdir()) / f"precast-mes-{os.getuid()}"
    return folder / f"compiled-{_sources_digest()}"


numba.config.CACHE_DIR = str(_cache_folder())  # type: ignore[attr-defined]

_njit: Any = numba.njit
compiled: Any = _njit(cache=True, nogil=True, _nrt=False)
"""A function of its own; it makes no arrays, so that none need counting."""
inlined: Any = _njit(forceinline=True, _nrt=False)
"""A part of the functions that call it."""
