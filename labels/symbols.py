"""QR and Code 128 symbols as PNG, as SVG and as vectors on a reportlab canvas.

Quiet zones: 4 modules around a QR symbol (ISO/IEC 18004, 9.1), 10 modules at either side of Code 128
(ISO/IEC 15417, 4.5). They are part of every size given here. QR symbols have error correction level H.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from functools import lru_cache

import qrcode
from barcode.codex import Code128, Gs1_128
from barcode.errors import BarcodeError
from PIL import Image
from qrcode.exceptions import DataOverflowError
from reportlab.pdfgen.canvas import Canvas

from labels.errors import CharacterError, ReferenceLengthError

QR_QUIET_MODULES = 4
CODE_128_QUIET_MODULES = 10
_FNC1 = "\xf1"

Matrix = tuple[tuple[bool, ...], ...]


@lru_cache(maxsize=512)
def qr_matrix(text: str) -> Matrix:
    """The dark modules of a QR symbol of level H, without quiet zone.

    Raises ReferenceLengthError where the text is empty or longer than the largest symbol holds.
    """
    if not text:
        raise ReferenceLengthError("An empty text cannot be made a QR symbol")
    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_H, border=0)
    code.add_data(text.encode("utf-8"))
    try:
        code.make(fit=True)
    except (DataOverflowError, ValueError) as error:
        raise ReferenceLengthError(f"{len(text)} characters are too many for a QR symbol") from error
    return tuple(tuple(bool(module) for module in row) for row in code.get_matrix())


def qr_png(text: str, module_px: int = 8) -> bytes:
    """A QR symbol with its quiet zone as a black and white PNG, each module so many pixels wide."""
    rows = [[*_quiet(), *row, *_quiet()] for row in qr_matrix(text)]
    blank = [[False] * len(rows[0])] * QR_QUIET_MODULES
    return _png([*blank, *rows, *blank], module_px, module_px)


def qr_svg(text: str, size_mm: float | None = None) -> str:
    """A QR symbol with its quiet zone as SVG without style attributes; fills its frame if no size is given."""
    matrix = qr_matrix(text)
    path = "".join(
        f"M{x + QR_QUIET_MODULES} {y + QR_QUIET_MODULES}h{width}v1h-{width}z"
        for y, row in enumerate(matrix)
        for x, width in _runs(row)
    )
    modules = len(matrix) + 2 * QR_QUIET_MODULES
    return _svg(path, modules, modules, size_mm, size_mm)


def draw_qr(canvas: Canvas, text: str, x: float, y: float, size: float) -> None:
    """Draw a QR symbol as vectors, lower left corner at x, y; size in points, quiet zone included."""
    matrix = qr_matrix(text)
    module = size / (len(matrix) + 2 * QR_QUIET_MODULES)
    top = y + size - QR_QUIET_MODULES * module
    path = canvas.beginPath()
    for row_number, row in enumerate(matrix):
        for start, width in _runs(row):
            left = x + (start + QR_QUIET_MODULES) * module
            path.rect(left, top - (row_number + 1) * module, width * module, module)
    canvas.drawPath(path, stroke=0, fill=1)


def qr_symbol_share(text: str) -> float:
    """How much of the whole width the symbol itself takes, the rest being quiet zone."""
    modules = len(qr_matrix(text))
    return modules / (modules + 2 * QR_QUIET_MODULES)


@lru_cache(maxsize=512)
def code128_modules(text: str, *, gs1: bool = False) -> tuple[bool, ...]:
    """The bars of Code 128 from left to right, without quiet zones; ``gs1`` puts FNC1 first (GS1-128).

    Raises CharacterError for what Code 128 cannot hold, ReferenceLengthError for an empty text.
    """
    if not text:
        raise ReferenceLengthError("An empty text cannot be made a bar code")
    try:
        code = Gs1_128(text.replace("\x1d", _FNC1)) if gs1 else Code128(text)
        pattern = code.build()[0]
    except (BarcodeError, KeyError, ValueError) as error:
        raise CharacterError(f"{text!r} cannot be written in Code 128: {error}") from error
    return tuple(bar == "1" for bar in pattern)


def code128_png(text: str, module_px: int = 3, height_px: int = 120, *, gs1: bool = False) -> bytes:
    """Code 128 with its quiet zones as a black and white PNG."""
    quiet = [False] * CODE_128_QUIET_MODULES
    return _png([[*quiet, *code128_modules(text, gs1=gs1), *quiet]], module_px, height_px)


def code128_svg(text: str, width_mm: float | None = None, height_mm: float | None = None, *, gs1: bool = False) -> str:
    """Code 128 with its quiet zones as SVG; the height is a quarter of the width if none is given."""
    bars = code128_modules(text, gs1=gs1)
    modules = len(bars) + 2 * CODE_128_QUIET_MODULES
    height = modules // 4 if not (width_mm and height_mm) else round(modules * height_mm / width_mm)
    path = "".join(f"M{start + CODE_128_QUIET_MODULES} 0h{width}v{height}h-{width}z" for start, width in _runs(bars))
    return _svg(path, modules, height, width_mm, height_mm)


def draw_code128(
    canvas: Canvas, text: str, x: float, y: float, width: float, height: float, *, gs1: bool = False
) -> None:
    """Draw Code 128 as vectors, lower left corner at x, y; sizes in points, quiet zones included."""
    bars = code128_modules(text, gs1=gs1)
    module = width / (len(bars) + 2 * CODE_128_QUIET_MODULES)
    path = canvas.beginPath()
    for start, run in _runs(bars):
        path.rect(x + (start + CODE_128_QUIET_MODULES) * module, y, run * module, height)
    canvas.drawPath(path, stroke=0, fill=1)


def _quiet() -> list[bool]:
    return [False] * QR_QUIET_MODULES


def _runs(row: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Start and width of each run of dark modules."""
    start = None
    for index, dark in enumerate((*row, False)):
        if dark and start is None:
            start = index
        elif not dark and start is not None:
            yield start, index - start
            start = None


def _png(rows: Sequence[Sequence[bool]], width_px: int, height_px: int) -> bytes:
    image = Image.new("1", (len(rows[0]), len(rows)), 1)
    image.putdata([0 if dark else 1 for row in rows for dark in row])
    scaled = image.resize((len(rows[0]) * width_px, len(rows) * height_px), Image.Resampling.NEAREST)
    target = io.BytesIO()
    scaled.save(target, format="PNG", optimize=True)
    return target.getvalue()


def _svg(path: str, width: int, height: int, width_mm: float | None, height_mm: float | None) -> str:
    size = f' width="{width_mm:g}mm"' if width_mm else ""
    size += f' height="{height_mm:g}mm"' if height_mm else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"{size} '
        f'shape-rendering="crispEdges" role="img"><path fill="#fff" d="M0 0h{width}v{height}h-{width}z"/>'
        f'<path fill="#000" d="{path}"/></svg>'
    )
