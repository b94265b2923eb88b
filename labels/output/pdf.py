"""Labels as PDF: one label a page, or several on A4 sheets.

The same labels give the same bytes, so that a file can be compared and signed.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from reportlab.lib.units import mm
from reportlab.pdfbase.pdfdoc import PDFZCompress
from reportlab.pdfgen.canvas import Canvas

from labels.errors import ReferenceLengthError
from labels.layout.fonts import Fonts
from labels.layout.model import LaidOut
from labels.output.drawing import Drawing
from labels.output.sheets import Places, places_on

_CROP_MARK_MM = 3.0


def labels_pdf(labels: Sequence[LaidOut], fonts: Fonts, sheet: str = "label") -> bytes:
    """These labels, each as often as its ``copies`` say.

    ``sheet``: ``label`` for one a page, ``a4`` for as many as fit on A4 with crop marks, or the name of a sheet of
    ready-cut labels. Raises ReferenceLengthError for no labels at all, SheetError where the sheet is not known or the
    labels do not fit it.
    """
    every = [label for label in labels for _ in range(label.copies)]
    if not every:
        raise ReferenceLengthError("There is no label to print")
    target = io.BytesIO()
    canvas = _canvas(target, f"precast-mes {every[0].design} labels")
    drawing, places = Drawing(canvas, fonts, every), places_on(sheet, every)
    if places is None:
        _one_a_page(canvas, drawing, every)
    else:
        _on_sheets(canvas, drawing, every, places)
    canvas.save()
    return target.getvalue()


def _canvas(target: io.BytesIO, title: str) -> Canvas:
    canvas = Canvas(target, pageCompression=0, invariant=1)
    # Page compression by reportlab writes text on top of the compressed bytes, a quarter more of them.
    document: Any = canvas._doc  # type: ignore[attr-defined]
    document.defaultStreamFilters = [PDFZCompress]
    canvas.setTitle(title)
    canvas.setCreator("precast-mes")
    return canvas


def _one_a_page(canvas: Canvas, drawing: Drawing, labels: Sequence[LaidOut]) -> None:
    for label in labels:
        canvas.setPageSize((label.width_mm * mm, label.height_mm * mm))
        drawing.draw(label, 0, label.height_mm * mm)
        canvas.showPage()


def _on_sheets(canvas: Canvas, drawing: Drawing, labels: Sequence[LaidOut], places: Places) -> None:
    height = places.page_height_mm * mm
    canvas.setPageSize((places.page_width_mm * mm, height))
    for first in range(0, len(labels), places.a_page):
        if places.is_cut:
            _crop_marks(canvas, places)
        for number, label in enumerate(labels[first : first + places.a_page]):
            left_mm, top_mm = places.corner(number)
            drawing.draw(label, left_mm * mm, height - top_mm * mm)
        canvas.showPage()


def _crop_marks(canvas: Canvas, places: Places) -> None:
    """Hairlines in the margins where the sheet is to be cut."""
    canvas.setStrokeGray(0)
    canvas.setLineWidth(0.25)
    mark, right, bottom = _CROP_MARK_MM * mm, places.page_width_mm * mm, places.page_height_mm * mm
    left, top = places.left_mm * mm, bottom - places.top_mm * mm
    for column in range(places.columns + 1):
        x = left + column * places.pitch_x_mm * mm
        canvas.line(x, bottom - top - mark, x, bottom - top)
        canvas.line(x, top, x, top + mark)
    for row in range(places.rows + 1):
        y = top - row * places.pitch_y_mm * mm
        canvas.line(left - mark, y, left, y)
        canvas.line(right - left, y, right - left + mark, y)
