"""Stations that a label can be asked for from: rooms above say which there are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session


@dataclass(frozen=True)
class LabelStation:
    """A place with people who print: its code in routes, its name, and what it belongs to (a line, the yard)."""

    code: str
    name: str
    group: str = ""


_sources: list[Callable[[Session], Sequence[LabelStation]]] = []


def offer(source: Callable[[Session], Sequence[LabelStation]]) -> None:
    """Make a room's stations known (once, when the room is imported)."""
    _sources.append(source)


def stations(session: Session) -> list[LabelStation]:
    """Every station that a room offers, in the order of the rooms."""
    return [station for source in _sources for station in source(session)]
