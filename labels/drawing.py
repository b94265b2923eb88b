"""Drawing one label of a template onto a reportlab canvas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from labels.errors import TemplateError, TextOverflowError
from labels.fonts import Fonts
from labels.symbols import draw_code128, draw_qr, qr_symbol_share
from labels.templates import Item, Template
from labels.text_fit import LINE_HEIGHT, fit_text

_COLOURS = {"black": 0.0, "white": 1.0}
# Where the baseline stands below the top of a line of Noto Sans SC, in parts of the type size.
_BASELINE = 0.98


@dataclass(frozen=True)
class Box:
    """An item's place on the page in points, lower left corner."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class LabelDrawing:
    """A label's upper left corner on the page (points), its fonts, language and the texts of its fields."""

    canvas: Canvas
    fonts: Fonts
    language: str
    texts: Mapping[str, str]
    left: float
    top: float

    def draw(self, template: Template) -> None:
        """Draw every item; raises TextOverflowError where a text does not fit."""
        for item in template.items:
            if not item.when or self._text(item.when):
                self._draw_item(item)

    def _draw_item(self, item: Item) -> None:
        shade = _COLOURS[item.colour]
        self.canvas.setFillGray(shade)
        self.canvas.setStrokeGray(shade)
        draw = {
            "fill": self._fill,
            "frame": self._frame,
            "line": self._line,
            "text": self._draw_text,
            "qr": self._qr,
            "code128": self._code128,
            "rfid": self._rfid,
        }
        draw[item.kind](item, self._box(item))

    def _box(self, item: Item) -> Box:
        width, height = item.width * mm, item.height * mm
        return Box(self.left + item.x * mm, self.top - item.y * mm - height, width, height)

    def _text(self, name: str) -> str:
        if name not in self.texts:
            raise TemplateError(f"The label has no field {name!r}; it has {', '.join(self.texts)}")
        return self.texts[name]

    def _fill(self, item: Item, box: Box) -> None:
        self.canvas.roundRect(box.x, box.y, box.width, box.height, item.radius * mm, stroke=0, fill=1)

    def _frame(self, item: Item, box: Box) -> None:
        self.canvas.setLineWidth(item.weight_pt)
        self.canvas.roundRect(box.x, box.y, box.width, box.height, item.radius * mm, stroke=1, fill=0)

    def _line(self, item: Item, box: Box) -> None:
        self.canvas.setLineWidth(item.weight_pt)
        self.canvas.line(box.x, box.y + box.height, box.x + box.width, box.y)

    def _draw_text(self, item: Item, box: Box) -> None:
        text = self._text(item.field) if item.field else item.caption[self.language]
        font = self.fonts.face(item.font)
        fitted = fit_text(
            text,
            font,
            box.width,
            box.height,
            size_pt=item.size_pt,
            smallest_pt=item.smallest_pt,
            lines=item.lines,
        )
        spare = box.height - len(fitted.lines) * fitted.size_pt * LINE_HEIGHT
        baseline = box.y + box.height - spare * {"top": 0.0, "middle": 0.5, "bottom": 1.0}[item.valign]
        self.canvas.setFont(font, fitted.size_pt)
        for number, line in enumerate(fitted.lines):
            free = box.width - stringWidth(line, font, fitted.size_pt)
            x = box.x + free * {"left": 0.0, "centre": 0.5, "right": 1.0}[item.align]
            self.canvas.drawString(x, baseline - (number * LINE_HEIGHT + _BASELINE) * fitted.size_pt, line)

    def _qr(self, item: Item, box: Box) -> None:
        text = self._text(item.field)
        if item.width * qr_symbol_share(text) < item.smallest_mm:
            raise TextOverflowError(f"The QR symbol of {text!r} would be smaller than {item.smallest_mm:g} mm")
        draw_qr(self.canvas, text, box.x, box.y, box.width)

    def _code128(self, item: Item, box: Box) -> None:
        text = self._text(item.field)
        draw_code128(self.canvas, text, box.x, box.y, box.width, box.height, gs1=True)

    def _rfid(self, item: Item, box: Box) -> None:
        """A mark of our own: a dot and radio waves to either side, with the word RFID below."""
        canvas, middle, wave_y = self.canvas, box.x + box.width / 2, box.y + box.height * 0.64
        canvas.setLineCap(1)
        canvas.setLineWidth(box.width * 0.07)
        canvas.circle(middle, wave_y, box.width * 0.085, stroke=0, fill=1)
        for radius in (0.24 * box.width, 0.42 * box.width):
            square = (middle - radius, wave_y - radius, middle + radius, wave_y + radius)
            canvas.arc(*square, startAng=-42, extent=84)
            canvas.arc(*square, startAng=138, extent=84)
        canvas.setLineCap(0)
        canvas.setFont(self.fonts.bold, box.height * 0.3)
        canvas.drawCentredString(middle, box.y + box.height * 0.02, "RFID")
