"""The mark for "there is a tag in here", of our own making: a dot, waves to either side, and the word where it fits."""

from __future__ import annotations

from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth

from labels.layout.fonts import Fonts
from labels.layout.model import RfidMark, TextLine

# Where the arcs begin, counter-clockwise from the right; each goes on for 84 degrees.
ARC_DEGREES = (-42, 138)
_WORD = "RFID"


_SMALLEST_WORD_PT = 5.0


def line_width(mark: RfidMark) -> float:
    """Of the waves, in millimetres."""
    return mark.width_mm * 0.07


def dot(mark: RfidMark) -> tuple[float, float, float]:
    """Centre and radius of the dot in millimetres on the label."""
    share = 0.36 if _has_word(mark) else 0.5
    return mark.x_mm + mark.width_mm / 2, mark.y_mm + mark.height_mm * share, mark.width_mm * 0.085


def arcs(mark: RfidMark) -> tuple[float, float]:
    """Radii of the waves around the dot's centre in millimetres."""
    return 0.24 * mark.width_mm, 0.42 * mark.width_mm


def word(mark: RfidMark, fonts: Fonts) -> tuple[TextLine, ...]:
    """The word below the waves; nothing where it would be too small to be read."""
    if not _has_word(mark):
        return ()
    size_pt = _word_pt(mark)
    x_mm = mark.x_mm + (mark.width_mm - stringWidth(_WORD, fonts.bold, size_pt) / mm) / 2
    return (TextLine(x_mm, mark.y_mm + mark.height_mm * 0.98, _WORD, "bold", size_pt, mark.colour),)


def _word_pt(mark: RfidMark) -> float:
    return mark.height_mm * mm * 0.3


def _has_word(mark: RfidMark) -> bool:
    return _word_pt(mark) >= _SMALLEST_WORD_PT
