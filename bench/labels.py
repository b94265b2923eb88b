"""A thousand element labels as one PDF: against a document a label, and against symbols drawn module by module."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from bench.figure import Figure, Quantity, SkippedError, Values
from labels.errors import FontMissingError
from labels.layout.compose import lay_out
from labels.layout.contents import element_content
from labels.layout.fonts import Fonts, load_fonts
from labels.layout.model import LaidOut, Symbol
from labels.layout.templates import load_template
from labels.layout.text_fit import fit_text
from labels.output.drawing import Drawing
from labels.output.pdf import labels_pdf
from labels.output.png import label_png
from labels.symbols.qr import qr_matrix
from mes.core.assets import STATIC_DIR
from tests.labels.records import ELEMENT

Result = TypeVar("Result")
MEGABYTE = 1e6
MILLISECONDS = 1000


def labels(case: int, count: int) -> Values:
    """Seconds and megabytes of one PDF, from records to bytes; others draw a tenth of the same laid-out labels."""
    try:
        fonts = load_fonts(STATIC_DIR / "vendor" / "fonts")
    except FontMissingError as error:
        raise SkippedError(str(error)) from error
    _laid_out(fonts, case, 2)
    qr_matrix.cache_clear()
    fit_text.cache_clear()
    processor = time.process_time()
    laying, laid = _timed(lambda: _laid_out(fonts, case, int(count)))
    writing, ours = _timed(lambda: len(labels_pdf(laid, fonts)))
    processor = time.process_time() - processor
    some = laid[: max(1, len(laid) // 10)]
    some_ours, some_size = _timed(lambda: len(labels_pdf(some, fonts)))
    one_each, one_each_size = _timed(lambda: sum(len(labels_pdf([label], fonts)) for label in some))
    naive, naive_size = _timed(lambda: len(_module_by_module(some, fonts)))
    picture, _ = _timed(lambda: label_png(laid[0], fonts, 203))
    return {
        "seconds": laying + writing,
        "megabytes": ours / MEGABYTE,
        "processor": processor,
        "laying": laying,
        "sheets": len(labels_pdf(laid, fonts, "a4")) / MEGABYTE,
        "one_each": some_ours / one_each,
        "one_each_size": some_size / one_each_size,
        "naive": some_ours / naive,
        "naive_size": some_size / naive_size,
        "picture": picture * MILLISECONDS,
    }


def _timed(work: Callable[[], Result]) -> tuple[float, Result]:
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result


def _laid_out(fonts: Fonts, case: int, count: int) -> list[LaidOut]:
    """Labels of an order: every serial, place and tag is another."""
    design, stem = load_template("element-100x70"), ELEMENT.identity_url.removesuffix(ELEMENT.serial)
    first_epc, first_serial = int(ELEMENT.epc_hex, 16), 2026110000 + 10000 * case
    records = [
        replace(
            ELEMENT,
            serial=str(first_serial + number),
            identity_url=f"{stem}{first_serial + number}",
            floor=f"{number % 30 + 1}F",
            position=f"A-{number % 12 + 1} / {number % 40 + 1}",
            epc_hex=f"{first_epc + number:024X}",
        )
        for number in range(count)
    ]
    return [lay_out(design, element_content(record), fonts) for record in records]


def _module_by_module(laid: Sequence[LaidOut], fonts: Fonts) -> bytes:
    """One document as a first attempt would draw it: no form, a rectangle for every dark module."""
    target = io.BytesIO()
    canvas = Canvas(target, pageCompression=1, invariant=1)
    drawing = Drawing(canvas, fonts, [])
    for label in laid:
        canvas.setPageSize((label.width_mm * mm, label.height_mm * mm))
        without = tuple(mark for mark in label.marks if not isinstance(mark, Symbol))
        drawing.draw(replace(label, marks=without), 0, label.height_mm * mm)
        for mark in label.marks:
            if isinstance(mark, Symbol):
                _rectangles(canvas, mark, label.height_mm)
        canvas.showPage()
    canvas.save()
    return target.getvalue()


def _rectangles(canvas: Canvas, symbol: Symbol, height_mm: float) -> None:
    canvas.setFillGray(0)
    module = symbol.width_mm / (len(symbol.rows) + 2 * symbol.quiet_modules) * mm
    left = symbol.x_mm * mm + symbol.quiet_modules * module
    top = (height_mm - symbol.y_mm) * mm - symbol.quiet_modules * module
    for number, row in enumerate(symbol.rows, 1):
        for column, dark in enumerate(row):
            if dark:
                canvas.rect(left + column * module, top - number * module, module, module, stroke=0, fill=1)


FIGURES = (
    Figure(
        "labels",
        "1000 element labels with QR symbol and Chinese text, one PDF",
        labels,
        (
            Quantity("seconds", "from records to the PDF", 6.0, unit=" s"),
            Quantity("megabytes", "size, a label a page", 3.0, unit=" MB"),
            Quantity("one_each", "writing a tenth ÷ a document for each label", 0.5),
            Quantity("one_each_size", "its size ÷ a document for each label", digits=3),
            Quantity("naive", "writing a tenth ÷ symbols module by module, nothing shared", 0.5),
            Quantity("naive_size", "its size ÷ the same"),
            Quantity("processor", "– processor time of it", unit=" s"),
            Quantity("laying", "– of which laying out, symbols included", unit=" s"),
            Quantity("sheets", "– size on A4 sheets", unit=" MB"),
            Quantity("picture", "– one label as a PNG", digits=0, unit=" ms"),
        ),
        {"count": 1000},
        (1, 2, 3),
    ),
)
