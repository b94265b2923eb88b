"""A label laid out: every mark with its place in millimetres from the upper left corner.

Templates and contents become this once (``compose``); PDF, printer language and picture only draw it, so that all
three show the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from labels.symbols.bitmaps import Matrix

Colour = Literal["black", "white"]
Face = Literal["regular", "bold"]


@dataclass(frozen=True)
class TextLine:
    """One line of text; ``x_mm`` is where its first glyph begins, ``baseline_mm`` where its letters stand."""

    x_mm: float
    baseline_mm: float
    text: str
    face: Face
    size_pt: float
    colour: Colour = "black"


@dataclass(frozen=True)
class Fill:
    """A filled rectangle, its corners rounded by ``radius_mm``."""

    x_mm: float
    y_mm: float
    width_mm: float
    height_mm: float
    radius_mm: float = 0
    colour: Colour = "black"


@dataclass(frozen=True)
class Frame:
    """A rectangle's outline, the stroke centred on its edge."""

    x_mm: float
    y_mm: float
    width_mm: float
    height_mm: float
    weight_mm: float
    radius_mm: float = 0
    colour: Colour = "black"


@dataclass(frozen=True)
class Stroke:
    """A straight line with butt ends."""

    x1_mm: float
    y1_mm: float
    x2_mm: float
    y2_mm: float
    weight_mm: float
    colour: Colour = "black"


@dataclass(frozen=True)
class Symbol:
    """A QR or bar code symbol in its field, quiet zone included.

    ``rows`` are its dark modules without quiet zone (one row for a bar code, drawn over the whole height).
    A printer makes each module a whole number of dots, so a symbol may be drawn smaller than its field, centred.
    """

    kind: Literal["qr", "code128"]
    text: str
    x_mm: float
    y_mm: float
    width_mm: float
    height_mm: float
    rows: Matrix
    quiet_modules: int


@dataclass(frozen=True)
class RfidMark:
    """The mark that says: there is a tag in here."""

    x_mm: float
    y_mm: float
    width_mm: float
    height_mm: float
    colour: Colour = "black"


Mark = TextLine | Fill | Frame | Stroke | Symbol | RfidMark


@dataclass(frozen=True)
class LaidOut:
    """One label, ready to be drawn: its size, its marks in the order of drawing, and what its tag is to hold."""

    design: str
    width_mm: float
    height_mm: float
    marks: tuple[Mark, ...]
    epc_hex: str = ""
    user_memory_hex: str = ""
    copies: int = 1
