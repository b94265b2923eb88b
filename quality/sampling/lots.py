"""Building lots: pieces of the same kind, in the order in which they were made, at most so many to a lot."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Lot:
    """A lot: its key (such as project and type), its running number within the key, and its pieces in order."""

    key: str
    ordinal: int
    pieces: tuple[str, ...]

    @property
    def number(self) -> str:
        """The lot's name, from which the choice of its pieces follows."""
        return f"{self.key}-{self.ordinal:03d}"


def build_lots(pieces: Iterable[tuple[str, str]], most: int) -> tuple[Lot, ...]:
    """Lots of (piece, key) in the order given; pieces of different keys never share a lot.

    Raises ValueError where `most` is below 1, or a piece is given twice.
    """
    if most < 1:
        raise ValueError(f"a lot holds at least one piece, not {most}")
    by_key: dict[str, list[str]] = {}
    seen: set[str] = set()
    for piece, key in pieces:
        if piece in seen:
            raise ValueError(f"{piece!r} is given twice")
        seen.add(piece)
        by_key.setdefault(key, []).append(piece)
    return tuple(
        Lot(key, start // most + 1, tuple(found[start : start + most]))
        for key, found in by_key.items()
        for start in range(0, len(found), most)
    )
