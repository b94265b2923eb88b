"""Drawing laid-out labels onto a reportlab canvas."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from labels.layout.fonts import Fonts
from labels.layout.model import Fill, Frame, LaidOut, Mark, RfidMark, Stroke, Symbol, TextLine
from labels.output.rfid_mark import ARC_DEGREES, arcs, dot, line_width, word
from labels.symbols.bitmaps import Matrix, runs

_SHADE = {"black": 0.0, "white": 1.0}


class Drawing:
    """Draws labels on one canvas; what all labels of a design have in common is written once, as a form."""

    def __init__(self, canvas: Canvas, fonts: Fonts, labels: Iterable[LaidOut]) -> None:
        self._canvas = canvas
        self._fonts = fonts
        self._common = _common_marks(labels)
        self._left = self._top = 0.0

    def draw(self, label: LaidOut, left: float, top: float) -> None:
        """Draw a label with its upper left corner at this place of the page, in points."""
        common = self._common.get(label.design, frozenset())
        if common:
            form = f"common-{label.design}"
            if not self._canvas.hasForm(form):
                self._make_form(form, label, [mark for mark in label.marks if mark in common])
            self._canvas.saveState()
            self._canvas.translate(left, top - label.height_mm * mm)
            self._canvas.doForm(form)
            self._canvas.restoreState()
        self._left, self._top = left, top
        self._draw_marks([mark for mark in label.marks if mark not in common])

    def _make_form(self, name: str, label: LaidOut, marks: Sequence[Mark]) -> None:
        width, height = label.width_mm * mm, label.height_mm * mm
        self._canvas.beginForm(name, 0, 0, width, height)
        self._left, self._top = 0.0, height
        self._draw_marks(marks)
        self._canvas.endForm()

    def _draw_marks(self, marks: Iterable[Mark]) -> None:
        for mark in marks:
            if not isinstance(mark, Symbol):
                self._canvas.setFillGray(_SHADE[mark.colour])
                self._canvas.setStrokeGray(_SHADE[mark.colour])
            match mark:
                case TextLine():
                    self._text(mark)
                case Fill():
                    self._rectangle(mark, is_filled=True)
                case Frame():
                    self._canvas.setLineWidth(mark.weight_mm * mm)
                    self._rectangle(mark, is_filled=False)
                case Stroke():
                    self._stroke(mark)
                case Symbol():
                    self._symbol(mark)
                case RfidMark():
                    self._rfid(mark)

    def _place(self, x_mm: float, y_mm: float) -> tuple[float, float]:
        return self._left + x_mm * mm, self._top - y_mm * mm

    def _text(self, line: TextLine) -> None:
        written = self._canvas.beginText(*self._place(line.x_mm, line.baseline_mm))
        written.setFont(self._fonts.face(line.face), line.size_pt)
        written.textOut(line.text)
        self._canvas.drawText(written)

    def _rectangle(self, mark: Fill | Frame, *, is_filled: bool) -> None:
        x, y = self._place(mark.x_mm, mark.y_mm + mark.height_mm)
        width, height = mark.width_mm * mm, mark.height_mm * mm
        how = {"stroke": int(not is_filled), "fill": int(is_filled)}
        if mark.radius_mm:
            self._canvas.roundRect(x, y, width, height, mark.radius_mm * mm, **how)
        else:
            self._canvas.rect(x, y, width, height, **how)

    def _stroke(self, mark: Stroke) -> None:
        self._canvas.setLineWidth(mark.weight_mm * mm)
        self._canvas.line(*self._place(mark.x1_mm, mark.y1_mm), *self._place(mark.x2_mm, mark.y2_mm))

    def _symbol(self, mark: Symbol) -> None:
        """One path in whole numbers of modules, from the symbol's upper left corner downwards."""
        columns, rows = len(mark.rows[0]), len(mark.rows)
        size = min(mark.width_mm, mark.height_mm) if mark.kind == "qr" else mark.width_mm
        module = size / (columns + 2 * mark.quiet_modules)
        height = module if mark.kind == "qr" else mark.height_mm / rows
        x_mm = mark.x_mm + (mark.width_mm - module * columns) / 2
        y_mm = mark.y_mm + (mark.height_mm - height * rows) / 2
        self._canvas.setFillGray(0)
        self._canvas.saveState()
        x, y = self._place(x_mm, y_mm)
        self._canvas.transform(module * mm, 0, 0, -height * mm, x, y)
        self._canvas.addLiteral(_path(mark.rows))
        self._canvas.restoreState()

    def _rfid(self, mark: RfidMark) -> None:
        canvas = self._canvas
        canvas.setLineCap(1)
        canvas.setLineWidth(line_width(mark) * mm)
        x, y, radius = dot(mark)
        canvas.circle(*self._place(x, y), radius * mm, stroke=0, fill=1)
        for arc in arcs(mark):
            x1, y1 = self._place(x - arc, y + arc)
            x2, y2 = self._place(x + arc, y - arc)
            for start in ARC_DEGREES:
                canvas.arc(x1, y1, x2, y2, startAng=start, extent=84)
        canvas.setLineCap(0)
        for line in word(mark, self._fonts):
            self._text(line)


@lru_cache(maxsize=4096)
def _path(rows: Matrix) -> str:
    """The dark modules as rectangles of a path that is filled; runs that stand below one another are one rectangle."""
    rectangles: list[str] = []
    standing: dict[tuple[int, int], int] = {}
    for number, row in enumerate((*rows, ())):
        here = set(runs(row))
        for (start, width), top in list(standing.items()):
            if (start, width) not in here:
                rectangles.append(f"{start} {top} {width} {number - top} re")
                del standing[start, width]
        for run in here:
            standing.setdefault(run, number)
    return "\n".join([*sorted(rectangles), "f"])


def _common_marks(labels: Iterable[LaidOut]) -> dict[str, frozenset[Mark]]:
    """By design: the marks that every label has, unless one of them lies over something that not every label has."""
    by_design: dict[str, list[LaidOut]] = {}
    for label in labels:
        by_design.setdefault(label.design, []).append(label)
    return {design: _common_of(alike) for design, alike in by_design.items() if len(alike) > 1}


def _common_of(labels: Sequence[LaidOut]) -> frozenset[Mark]:
    common = frozenset(labels[0].marks).intersection(*(label.marks for label in labels[1:]))
    if any(isinstance(mark, Fill) and mark not in common for label in labels for mark in label.marks):
        # A ground that only some labels have must not hide what is written on it, nor be hidden.
        return frozenset()
    return common
