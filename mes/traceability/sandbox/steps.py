"""What one line of a story holds, from whichever interface it came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Responsible:
    """A person in a step, by role."""

    role: str
    name: str
    organisation: str


@dataclass(frozen=True)
class Step:
    """One event as the page shows it; all words are in the reader's language."""

    event_id: str
    moment: datetime
    title: str
    stage: str
    disposition: str
    tone: str
    place: str
    carrier: str
    people: tuple[Responsible, ...]
    facts: tuple[tuple[str, str], ...]
    materials: tuple[tuple[str, str], ...]
    measurements: tuple[tuple[str, str], ...]
    documents: tuple[str, ...]
    photos: int
    declared_wrong: str
    event_type: str
