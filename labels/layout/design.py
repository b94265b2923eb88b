"""A label's design as read from its file: what is drawn where, and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as default


@dataclass(frozen=True)
class Condition:
    """Holds where the field, if one is named, has a text, and the language, if one is named, is the label's."""

    field: str = ""
    language: str = ""

    def holds(self, fields: Mapping[str, str], language: str) -> bool:
        """Whether it holds for a label with these fields in this language."""
        return (not self.field or bool(fields[self.field])) and self.language in ("", language)


@dataclass(frozen=True)
class Item:
    """One thing on a label; ``number`` is its place in the file, from 1.

    ``text`` draws the named field, or a fixed caption by language. An item with ``when`` is drawn only where that
    holds, one with ``unless`` only where that does not. ``smallest_mm`` is the least width of a QR symbol without its
    quiet zone; ``gs1`` makes a bar code GS1-128.
    """

    kind: str
    x: float
    y: float
    width: float
    height: float
    field: str = ""
    caption: Mapping[str, str] = default(default_factory=dict)
    when: Condition | None = None
    unless: Condition | None = None
    font: str = "regular"
    size_pt: float = 8
    smallest_pt: float = 5
    lines: int = 1
    align: str = "left"
    valign: str = "middle"
    colour: str = "black"
    weight_pt: float = 0.5
    radius: float = 0
    smallest_mm: float = 0
    gs1: bool = False
    number: int = 0

    def is_drawn(self, fields: Mapping[str, str], language: str) -> bool:
        """Whether this label has the item."""
        if self.when is not None and not self.when.holds(fields, language):
            return False
        return self.unless is None or not self.unless.holds(fields, language)

    def __str__(self) -> str:
        named = self.field or next(iter(self.caption.values()), "")
        return f"item {self.number} ({' '.join(word for word in (self.kind, named) if word)})"


@dataclass(frozen=True)
class Template:
    """A design: its name, the kind of label that it is for, its size, and its items in the order of drawing."""

    name: str
    label: str
    width_mm: float
    height_mm: float
    items: tuple[Item, ...]
