"""One line of the table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """A figure of ours divided by what it is compared with; below 1 is better where less is wanted."""

    what: str
    against: str
    ratio: float
    figures: str
