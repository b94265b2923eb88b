"""A label as the dots that a printer burns: black and white, symbols in whole dots."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw

from labels.errors import LabelError
from labels.layout.dots import MM_PER_INCH, symbol_dots
from labels.layout.fonts import Fonts
from labels.layout.model import Fill, Frame, LaidOut, Mark, RfidMark, Stroke, Symbol, TextLine
from labels.output.faces import OVERSAMPLING, to_dots, write_line
from labels.output.rfid_mark import ARC_DEGREES, arcs, dot, line_width, word

# From a screen's to the finest printer's; the drawing takes sixteen times the dots in bytes.
_LEAST_DPI, _MOST_DPI = 72, 1200
_VALUE = {"black": 0, "white": 255}


def label_png(label: LaidOut, fonts: Fonts, dpi: int = 203) -> bytes:
    """The label as a PNG of one bit a pixel, a pixel a dot; its size in dots an inch is told in the file."""
    target = io.BytesIO()
    label_picture(label, fonts, dpi).save(target, format="PNG", dpi=(dpi, dpi), optimize=True)
    return target.getvalue()


def label_picture(label: LaidOut, fonts: Fonts, dpi: int = 203) -> Image.Image:
    """The label as a picture of mode 1, in which 0 is black. Raises LabelError for a resolution that no printer has."""
    if not _LEAST_DPI <= dpi <= _MOST_DPI:
        raise LabelError(f"A label is drawn at {_LEAST_DPI} to {_MOST_DPI} dots an inch, not {dpi}")
    width, height = (round(side / MM_PER_INCH * dpi) for side in (label.width_mm, label.height_mm))
    large = Image.new("L", (width * OVERSAMPLING, height * OVERSAMPLING), 255)
    drawing = _Drawing(large, fonts, dpi)
    for mark in label.marks:
        drawing.mark(mark)
    picture = to_dots(large, OVERSAMPLING)
    for mark in label.marks:
        if isinstance(mark, Symbol):
            _symbol(picture, mark, dpi)
    return picture


def _symbol(picture: Image.Image, mark: Symbol, dpi: int) -> None:
    place = symbol_dots(mark, dpi)
    columns, rows = len(mark.rows[0]), len(mark.rows)
    symbol = Image.new("1", (columns, rows), 1)
    symbol.putdata([0 if dark else 1 for row in mark.rows for dark in row])
    size = (columns * place.module_width, rows * place.module_height)
    picture.paste(symbol.resize(size, Image.Resampling.NEAREST), (place.left, place.top))


class _Drawing:
    """Draws marks into a picture that is larger than the dots by ``OVERSAMPLING``."""

    def __init__(self, picture: Image.Image, fonts: Fonts, dpi: int) -> None:
        self._draw = ImageDraw.Draw(picture)
        self._fonts = fonts
        self._dpi = dpi * OVERSAMPLING
        self._per_mm = self._dpi / MM_PER_INCH

    def mark(self, mark: Mark) -> None:
        match mark:
            case TextLine():
                write_line(self._draw, mark, self._fonts, self._dpi, value=_VALUE[mark.colour])
            case Fill():
                self._fill(mark)
            case Frame():
                self._frame(mark)
            case Stroke():
                self._stroke(mark)
            case RfidMark():
                self._rfid(mark)

    def _fill(self, mark: Fill) -> None:
        box = self._box(mark.x_mm, mark.y_mm, mark.width_mm, mark.height_mm)
        if box[2] >= box[0] and box[3] >= box[1]:
            self._draw.rounded_rectangle(box, mark.radius_mm * self._per_mm, fill=_VALUE[mark.colour])

    def _frame(self, mark: Frame) -> None:
        weight, half = self._weight(mark.weight_mm), mark.weight_mm / 2
        outer = self._box(
            mark.x_mm - half, mark.y_mm - half, mark.width_mm + mark.weight_mm, mark.height_mm + mark.weight_mm
        )
        radius = (mark.radius_mm + half) * self._per_mm if mark.radius_mm else 0
        self._draw.rounded_rectangle(outer, radius, outline=_VALUE[mark.colour], width=weight)

    def _stroke(self, mark: Stroke) -> None:
        """Level and upright lines take whole dots, so that each of them comes out, and equally heavy."""
        weight, value = self._weight(mark.weight_mm), _VALUE[mark.colour]
        x1, y1, x2, y2 = (place * self._per_mm for place in (mark.x1_mm, mark.y1_mm, mark.x2_mm, mark.y2_mm))
        if mark.x1_mm != mark.x2_mm and mark.y1_mm != mark.y2_mm:
            self._draw.line((x1, y1, x2, y2), fill=value, width=weight)
        elif mark.y1_mm == mark.y2_mm:
            top = self._dots(y1 - weight / 2)
            self._draw.rectangle((round(min(x1, x2)), top, round(max(x1, x2)) - 1, top + weight - 1), fill=value)
        else:
            left = self._dots(x1 - weight / 2)
            self._draw.rectangle((left, round(min(y1, y2)), left + weight - 1, round(max(y1, y2)) - 1), fill=value)

    def _rfid(self, mark: RfidMark) -> None:
        value, width = _VALUE[mark.colour], line_width(mark) * self._per_mm
        x, y, radius = (part * self._per_mm for part in dot(mark))
        self._draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=value)
        for arc_mm in arcs(mark):
            arc = arc_mm * self._per_mm + width / 2
            for start in ARC_DEGREES:
                # Pillow counts clockwise, the width lies within the box.
                box = (x - arc, y - arc, x + arc, y + arc)
                self._draw.arc(box, -start - 84, -start, fill=value, width=max(1, round(width)))
        for line in word(mark, self._fonts):
            write_line(self._draw, line, self._fonts, self._dpi, value=value)

    def _box(self, x_mm: float, y_mm: float, width_mm: float, height_mm: float) -> tuple[int, int, int, int]:
        left, top = round(x_mm * self._per_mm), round(y_mm * self._per_mm)
        right, bottom = round((x_mm + width_mm) * self._per_mm), round((y_mm + height_mm) * self._per_mm)
        return left, top, right - 1, bottom - 1

    def _weight(self, weight_mm: float) -> int:
        """A stroke's weight in pixels of the large picture: whole dots, one at least."""
        return max(1, round(weight_mm * self._per_mm / OVERSAMPLING)) * OVERSAMPLING

    def _dots(self, pixels: float) -> int:
        return round(pixels / OVERSAMPLING) * OVERSAMPLING
