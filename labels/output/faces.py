"""Type in dots: lines of text as a thermal printer burns them, from the same font files that PDF embeds."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from PIL import Image, ImageDraw, ImageFont
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.pdfmetrics import stringWidth

from labels.errors import FontMissingError
from labels.layout.dots import MM_PER_INCH
from labels.layout.fonts import Fonts
from labels.layout.model import TextLine

POINTS_PER_INCH = 72
# Outlines are drawn so much larger and then averaged, so that glyphs keep their places to a quarter of a dot.
OVERSAMPLING = 4
# A dot is burnt where the outline covers half of it.
_HALF = 128


def to_dots(large: Image.Image, times: int) -> Image.Image:
    """A picture of mode 1 from a grey one that is so many times as large; where half of a dot is inked, it is burnt.

    In both pictures 0 is ink.
    """
    return large.reduce(times).point([0] * (_HALF + 1) + [255] * (255 - _HALF)).convert("1", dither=Image.Dither.NONE)


def write_line(
    draw: ImageDraw.ImageDraw,
    line: TextLine,
    fonts: Fonts,
    dpi: float,
    value: int = 0,
) -> None:
    """Write the line at this resolution, each glyph where the font's unhinted widths put it."""
    name = fonts.face(line.face)
    face = _face(font_file(name), round(line.size_pt / POINTS_PER_INCH * dpi, 2))
    pixels_per_mm, size = dpi / MM_PER_INCH, line.size_pt / POINTS_PER_INCH * dpi
    x, baseline = line.x_mm * pixels_per_mm, line.baseline_mm * pixels_per_mm
    for character in line.text:
        if not character.isspace():
            draw.text((round(x), round(baseline)), character, fill=value, font=face, anchor="ls")
        x += _width(character, name) * size


def font_file(name: str) -> str:
    """The file of a face that reportlab knows by this name; raises FontMissingError for one that is built in."""
    font: Any = pdfmetrics.getFont(name)
    file = getattr(font.face, "filename", "")
    if not file:
        raise FontMissingError(f"{name} is no TrueType font: it cannot be drawn as dots")
    return str(file)


@lru_cache(maxsize=64)
def _face(file: str, size: float) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(file, size, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=8192)
def _width(character: str, name: str) -> float:
    return float(stringWidth(character, name, 1))
