"""QR symbols of error correction level H as PNG, as SVG and as vectors on a reportlab canvas.

A quiet zone of 4 modules (ISO/IEC 18004, 9.1) is part of every size given here. Each symbol is the smallest that holds
its text and has at least 29 modules: half of a smaller one is finder patterns, so that dirt on 15 % of it is more than
level H mends.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import qrcode
from qrcode.exceptions import DataOverflowError
from qrcode.util import QRData
from reportlab.pdfgen.canvas import Canvas

from labels.errors import CharacterError, ReferenceLengthError
from labels.symbols.bitmaps import Matrix, png_of, runs, svg_of
from labels.symbols.qr_modules import modules_of
from labels.symbols.qr_segments import VERSION_GROUPS, segments

QR_QUIET_MODULES = 4
LEAST_VERSION = 3
_MM_PER_INCH = 25.4


@lru_cache(maxsize=512)
def qr_matrix(text: str) -> Matrix:
    """The dark modules of a QR symbol of level H, without quiet zone.

    Raises ReferenceLengthError where the text is empty or longer than the largest symbol holds, CharacterError for
    half of a surrogate pair.
    """
    if not text:
        raise ReferenceLengthError("An empty text cannot be made a QR symbol")
    symbol = modules_of(_code(text))
    return tuple(tuple(row) for row in symbol.astype(bool).tolist())


@dataclass(frozen=True)
class QrFit:
    """A QR symbol in a square field, its modules in whole dots of a printer.

    ``modules`` on a side without quiet zone, ``dots_a_module``, and the widths in millimetres that come of it: of a
    module, of the symbol, and of the symbol with its quiet zone.
    """

    modules: int
    dots_a_module: int
    module_mm: float
    symbol_mm: float
    with_quiet_zone_mm: float


def qr_fit(text: str, field_mm: float, dpi: float) -> QrFit:
    """The largest symbol of the text that a field takes together with its quiet zone.

    Raises ReferenceLengthError where a module would be less than a dot.
    """
    modules = len(qr_matrix(text))
    dot_mm = _MM_PER_INCH / dpi
    dots = int(field_mm / dot_mm / (modules + 2 * QR_QUIET_MODULES) + 1e-6)
    if not dots:
        raise ReferenceLengthError(f"{text!r} needs a field larger than {field_mm:g} mm at {dpi:g} dots an inch")
    module_mm = dots * dot_mm
    return QrFit(modules, dots, module_mm, modules * module_mm, (modules + 2 * QR_QUIET_MODULES) * module_mm)


def _code(text: str) -> qrcode.QRCode[Any]:
    """The text in the fewest bits; the counts' lengths depend on the version, which depends on the bits."""
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise CharacterError(f"{text!r} cannot be made a QR symbol: it holds half of a character") from error
    for largest_version, count_bits in VERSION_GROUPS:
        code: qrcode.QRCode[Any] = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_H, border=0)
        for part in segments(data, count_bits):
            code.add_data(QRData(part.data, part.mode, check_data=False))
        try:
            if code.best_fit(start=LEAST_VERSION) <= largest_version:
                return code
        except (DataOverflowError, ValueError) as error:
            raise ReferenceLengthError(f"{len(text)} characters are too many for a QR symbol") from error
    raise ReferenceLengthError(f"{len(text)} characters are too many for a QR symbol")


def qr_png(text: str, module_px: int = 8) -> bytes:
    """A QR symbol with its quiet zone as a black and white PNG, each module so many pixels wide."""
    rows = [[*_quiet(), *row, *_quiet()] for row in qr_matrix(text)]
    blank = [[False] * len(rows[0])] * QR_QUIET_MODULES
    return png_of([*blank, *rows, *blank], module_px, module_px)


def qr_svg(text: str, size_mm: float | None = None) -> str:
    """A QR symbol with its quiet zone as SVG without style attributes; fills its frame if no size is given."""
    matrix = qr_matrix(text)
    path = "".join(
        f"M{x + QR_QUIET_MODULES} {y + QR_QUIET_MODULES}h{width}v1h-{width}z"
        for y, row in enumerate(matrix)
        for x, width in runs(row)
    )
    modules = len(matrix) + 2 * QR_QUIET_MODULES
    return svg_of(path, modules, modules, size_mm, size_mm)


def draw_qr(canvas: Canvas, text: str, x: float, y: float, size: float) -> None:
    """Draw a QR symbol as vectors, lower left corner at x, y; size in points, quiet zone included."""
    matrix = qr_matrix(text)
    module = size / (len(matrix) + 2 * QR_QUIET_MODULES)
    top = y + size - QR_QUIET_MODULES * module
    path = canvas.beginPath()
    for row_number, row in enumerate(matrix):
        for start, width in runs(row):
            left = x + (start + QR_QUIET_MODULES) * module
            path.rect(left, top - (row_number + 1) * module, width * module, module)
    canvas.drawPath(path, stroke=0, fill=1)


def qr_symbol_share(text: str) -> float:
    """How much of the whole width the symbol itself takes, the rest being quiet zone."""
    modules = len(qr_matrix(text))
    return modules / (modules + 2 * QR_QUIET_MODULES)


def _quiet() -> list[bool]:
    return [False] * QR_QUIET_MODULES
