"""Code 128 and GS1-128 as PNG, as SVG and as vectors on a reportlab canvas.

A quiet zone of 10 modules at either side (ISO/IEC 15417, 4.5) is part of every size given here.
"""

from __future__ import annotations

from functools import lru_cache

from barcode.charsets.code128 import CODES, STOP
from reportlab.pdfgen.canvas import Canvas

from labels.errors import CharacterError, ReferenceLengthError
from labels.symbols.bitmaps import png_of, runs, svg_of
from labels.symbols.code128_values import FNC1, code128_values

CODE_128_QUIET_MODULES = 10
_LAST_BAR = "11"


@lru_cache(maxsize=512)
def code128_modules(text: str, *, gs1: bool = False) -> tuple[bool, ...]:
    """The bars of Code 128 from left to right, without quiet zones, as short as they can be.

    ``gs1`` puts FNC1 first (GS1-128), and makes FNC1 of the separator U+001D. Raises CharacterError for what Code 128
    cannot hold, ReferenceLengthError for an empty text.
    """
    if not text:
        raise ReferenceLengthError("An empty text cannot be made a bar code")
    if not text.isascii():
        raise CharacterError(f"{text!r} cannot be written in Code 128: it holds ASCII characters only")
    values = code128_values(FNC1 + text.replace("\x1d", FNC1) if gs1 else text)
    pattern = "".join(CODES[value] for value in values) + STOP + _LAST_BAR
    return tuple(bar == "1" for bar in pattern)


def code128_png(text: str, module_px: int = 3, height_px: int = 120, *, gs1: bool = False) -> bytes:
    """Code 128 with its quiet zones as a black and white PNG."""
    quiet = [False] * CODE_128_QUIET_MODULES
    return png_of([[*quiet, *code128_modules(text, gs1=gs1), *quiet]], module_px, height_px)


def code128_svg(text: str, width_mm: float | None = None, height_mm: float | None = None, *, gs1: bool = False) -> str:
    """Code 128 with its quiet zones as SVG; the height is a quarter of the width if none is given."""
    bars = code128_modules(text, gs1=gs1)
    modules = len(bars) + 2 * CODE_128_QUIET_MODULES
    height = modules // 4 if not (width_mm and height_mm) else round(modules * height_mm / width_mm)
    path = "".join(f"M{start + CODE_128_QUIET_MODULES} 0h{width}v{height}h-{width}z" for start, width in runs(bars))
    return svg_of(path, modules, height, width_mm, height_mm)


def draw_code128(
    canvas: Canvas, text: str, x: float, y: float, width: float, height: float, *, gs1: bool = False
) -> None:
    """Draw Code 128 as vectors, lower left corner at x, y; sizes in points, quiet zones included."""
    bars = code128_modules(text, gs1=gs1)
    module = width / (len(bars) + 2 * CODE_128_QUIET_MODULES)
    path = canvas.beginPath()
    for start, run in runs(bars):
        path.rect(x + (start + CODE_128_QUIET_MODULES) * module, y, run * module, height)
    canvas.drawPath(path, stroke=0, fill=1)
