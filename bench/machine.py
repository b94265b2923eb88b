"""The machine and the versions that a figure was measured with, in one line without names or dates."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version


def description() -> str:
    """Such as `2 cores, 24 GiB, Linux x86_64, Python 3.11, OR-Tools 9.15.6755, numba 0.61.2`."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    python = ".".join(platform.python_version_tuple()[:2])
    return ", ".join(
        [
            f"{cores} cores",
            *_memory(),
            f"{platform.system()} {platform.machine()}",
            f"Python {python}",
            f"OR-Tools {version('ortools')}",
            f"numba {version('numba')}",
        ]
    )


def _memory() -> list[str]:
    if not hasattr(os, "sysconf") or "SC_PHYS_PAGES" not in os.sysconf_names:
        return []
    return [f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 2**30:.0f} GiB"]
