"""From a job's stored contents to what a printer or a person gets: PDF, printer language, picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from labels.errors import FontMissingError, LabelError
from labels.layout.compose import lay_out
from labels.layout.content import LabelContent
from labels.layout.fonts import Fonts, load_fonts
from labels.layout.model import LaidOut
from labels.output.pdf import labels_pdf
from labels.output.png import label_png
from labels.output.zpl import label_zpl
from mes.core.assets import STATIC_DIR
from mes.core.errors import InvalidInput, Unavailable
from mes.core.text import N_, Text
from mes.printing.designs import load_design
from mes.printing.models import Printer, PrintJob
from mes.printing.service.contents import MadeLabel

FONTS = STATIC_DIR / "vendor" / "fonts"
A4_MM = (210.0, 297.0)


class FontsMissing(Unavailable):
    """The fonts that labels are drawn with are not on this machine."""


class LabelNotDrawable(InvalidInput):
    """A label's texts do not fit its design; says which label and why."""


def label_fonts() -> Fonts:
    """The two faces of labels; the first call takes about a second.

    Raises:
        FontsMissing: a font file is not there; says how to get it.
    """
    try:
        return load_fonts(FONTS)
    except FontMissingError as error:
        message = N_("The fonts for documents are missing in %(folder)s; fetch the assets with: mes assets")
        raise FontsMissing(Text(message, {"folder": str(FONTS)})) from error


def laid_out(design: str, language: str, rows: Sequence[Mapping[str, Any]]) -> list[LaidOut]:
    """Labels as rows of a job keep them, each with every mark at its place.

    Raises:
        LabelNotDrawable: a text does not fit, or the design is gone.
    """
    return [_one(design, language, row, label_fonts()) for row in rows]


def _one(design: str, language: str, row: Mapping[str, Any], fonts: Fonts) -> LaidOut:
    content = LabelContent(row["fields"], row["epc_hex"], row["user_memory_hex"], row["copies"])
    try:
        return lay_out(load_design(design), content, fonts, language)
    except LabelError as error:
        values = {"subject": row["subject"] or design, "reason": str(error)}
        raise LabelNotDrawable(Text(N_("The label of %(subject)s cannot be drawn: %(reason)s"), values)) from error


def contents_pdf(design: str, language: str, contents: Sequence[LabelContent], sheet: str = "label") -> bytes:
    """Labels as a PDF to look at or to print on any printer; raises LabelNotDrawable, FontsMissing."""
    rows = [MadeLabel("", content).row(1) for content in contents]
    return labels_pdf(laid_out(design, language, rows), label_fonts(), sheet=sheet)


def job_pdf(job: PrintJob) -> bytes:
    """The file of a job: a label a page, or sheets of A4 where its printer is described with such media."""
    return rows_pdf(job.design, job.language, job.labels, on_a4=is_a4(job.printer))


def rows_pdf(design: str, language: str, rows: Sequence[Mapping[str, Any]], *, on_a4: bool) -> bytes:
    """Labels as a PDF; raises LabelNotDrawable."""
    return labels_pdf(laid_out(design, language, rows), label_fonts(), sheet="a4" if on_a4 else "label")


def job_zpl(job: PrintJob, printer: Printer) -> bytes:
    """Everything that a printer needs for a job, in its own language and resolution."""
    labels = laid_out(job.design, job.language, job.labels)
    return b"".join(label_zpl(label, label_fonts(), printer.dpi, write_rfid=job.writes_rfid) for label in labels)


def row_png(design: str, language: str, row: Mapping[str, Any], dpi: int = 203) -> bytes:
    """One label as a picture with the dots of a printer."""
    return label_png(laid_out(design, language, [row])[0], label_fonts(), dpi)


def is_a4(printer: Printer) -> bool:
    """Whether the printer is described with sheets of A4, which take several labels."""
    return printer.kind == "pdf" and (printer.media_width_mm, printer.media_height_mm) >= A4_MM
