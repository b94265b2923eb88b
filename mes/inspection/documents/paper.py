"""Drawing official A4 papers: type that fits its cell, tables with hairlines, the same bytes for the same content."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from labels.errors import TextOverflowError
from labels.layout.fonts import Fonts
from labels.layout.text_fit import LINE_HEIGHT, FittedText, fit_text
from mes.inspection.documents.archive import Imprint, make_archival, with_line_ends

WIDTH, HEIGHT = A4
MARGIN = 15 * mm
INK, GREY, HAIR, SHADE, ACCENT = "#111820", "#5b6673", "#b8c0c9", "#f1f4f7", "#0b5c4a"
BAD = "#a4201c"
SECTION_ROOM = 22 * mm  # a heading, the heads of a table and its first row
LINES_A_ROW = 6  # of a long list; a row that is too tall would leave half a page empty
SMALLEST_PT, LITTLE_SMALLER = 4.2, 0.85
Bytes = bytes  # a method of Paper has the same name
Align = Literal["left", "centre", "right"]


@dataclass(frozen=True)
class Cell:
    """A cell of a row: its share of the row's width, what stands in it and how."""

    text: str
    share: float
    second: str = ""  # in small grey type below: the other language
    bold: bool = False
    align: Align = "left"
    shade: bool = False
    colour: str = INK
    size: float = 9.0


class _Canvas(Canvas):
    def _make_preamble(self) -> None:
        """Begin pages without a font: reportlab's own choice would be one that is not embedded."""
        self._preamble = "1 0 0 1 0 0 cm"

    def begin_page(self) -> None:
        """Begin a further page without writing the present one: it is kept, and written at the end."""
        vars(Canvas)["_startPage"](self)


class Paper:
    """A4 pages being written from top to bottom; `top` is where the next thing goes, in points.

    The file is one for archives (PDF/A-2b). `foot` is drawn on every page once it is known how many there are; it is
    handed the page's number and the number of pages.
    """

    def __init__(self, fonts: Fonts, imprint: Imprint | str) -> None:
        self._target = io.BytesIO()
        self.canvas = _Canvas(
            self._target, pagesize=A4, invariant=1, pageCompression=1, pdfVersion=(1, 7), lang="zh-CN"
        )
        self.canvas._preamble = "1 0 0 1 0 0 cm"  # reportlab would begin each page with a font that is not embedded
        make_archival(self.canvas, Imprint(imprint) if isinstance(imprint, str) else imprint)
        self.fonts = fonts
        self.top = HEIGHT - MARGIN
        self.width = WIDTH - 2 * MARGIN
        self.foot: Callable[[Paper, int, int], None] | None = None
        self.running = ""  # what further pages say at their top: of which paper they are
        self._pages: list[dict[str, Any]] = []
        self._titles: dict[int, str] = {}
        self._ended = False

    @property
    def page(self) -> int:
        """The number of the page that is being written."""
        return len(self._pages) + 1

    def bytes(self) -> bytes:
        """The finished PDF."""
        if not self._ended:
            self._turn()
        for number, written in enumerate(self._pages, start=1):
            self.canvas.__dict__.update(written)
            if self.foot is not None:
                self.foot(self, number, len(self._pages))
            if number in self._titles:
                self.canvas.bookmarkPage(f"p{number}")
                self.canvas.addOutlineEntry(self._titles[number], f"p{number}", level=0)
            self.canvas.showPage()
        self.canvas.save()
        return with_line_ends(self._target.getvalue())

    def _turn(self) -> None:
        self._pages.append(dict(self.canvas.__dict__))
        self.canvas.begin_page()

    def new_page(self) -> None:
        """Go on at the top of a further page, below the running head."""
        self._turn()
        self.top = HEIGHT - MARGIN
        if self.running:
            self.text(f"{self.running}（续）", MARGIN, self.top - 1 * mm, 8, colour=GREY, width=self.width)
            self.skip(3 * mm)

    def entitle(self, title: str) -> None:
        """Name this page in the file's outline."""
        self._titles[self.page] = title

    def move_pages(self, first: int, to: int) -> None:
        """Bring the pages from `first` on, up to the one being written, before page `to`; what follows moves back.

        For a table of contents, which is known last and stands first. Nothing is written after it.
        """
        self._turn()
        self._ended = True
        moved = self._pages[first - 1 :]
        self._pages = [*self._pages[: to - 1], *moved, *self._pages[to - 1 : first - 1]]
        count = len(moved)
        order = {old: old + count if old >= to else old for old in range(1, first)}
        self._titles = {order.get(page, page - first + to): title for page, title in self._titles.items()}

    def image(self, content: Bytes, x: float, y: float, width: float, height: float) -> None:
        """A picture in the middle of a box, as large as it fits; a JPEG is kept as it is, byte for byte."""
        picture = ImageReader(io.BytesIO(content))
        across, down = picture.getSize()
        scale = min(width / across, height / down)
        left, bottom = x + (width - across * scale) / 2, y + (height - down * scale) / 2
        self.canvas.drawImage(picture, left, bottom, across * scale, down * scale)

    def room_for(self, height: float) -> bool:
        """Whether so much still fits above the bottom margin."""
        return self.top - height >= MARGIN

    def skip(self, height: float) -> None:
        """Leave so much free."""
        self.top -= height

    def text(
        self,
        text: str,
        x: float,
        y: float,
        size: float,
        *,
        bold: bool = False,
        colour: str = INK,
        align: Align = "left",
        width: float | None = None,
    ) -> None:
        """One line at a baseline; made smaller where it is wider than `width`."""
        font = self.fonts.bold if bold else self.fonts.regular
        if width is not None and text:
            size = min(size, size * width / max(stringWidth(text, font, size), 0.01))
        self.canvas.setFillColor(colour)
        self.canvas.setFont(font, size)
        draw = {"left": self.canvas.drawString, "centre": self.canvas.drawCentredString}
        draw.get(align, self.canvas.drawRightString)(x, y, text)

    def section(self, title: str, second: str) -> None:
        """A heading with a mark of the accent colour, the second language beside it; never the last thing on a page."""
        if not self.room_for(SECTION_ROOM):
            self.new_page()
        self.skip(5.2 * mm)
        self.canvas.setFillColor(ACCENT)
        self.canvas.rect(MARGIN, self.top - 0.5 * mm, 1.4 * mm, 3.8 * mm, stroke=0, fill=1)
        self.text(title, MARGIN + 3 * mm, self.top, 10.5, bold=True)
        beside = MARGIN + 3 * mm + stringWidth(title, self.fonts.bold, 10.5) + 2 * mm
        self.text(second, beside, self.top, 7.5, colour=GREY)
        self.skip(2 * mm)

    def row(self, cells: Sequence[Cell], height: float = 7.2 * mm) -> None:
        """A row of a table, on a further page where this one is full; long text is made smaller, wrapped, never cut."""
        if not self.room_for(height):
            self.new_page()
        x, bottom = MARGIN, self.top - height
        for cell in cells:
            width = self.width * cell.share
            self._box(x, bottom, width, height, cell.shade)
            self._fill(cell, x + 1.6 * mm, bottom, width - 3.2 * mm, height)
            x += width
        self.top = bottom

    def list_row(self, head: Cell, things: Sequence[str], between: str = "、", size: float = 8) -> None:
        """As many rows as a list of things needs, read as one cell beside `head`; no thing is broken."""
        share = 1 - head.share
        lines = _packed(things, between, self.fonts.regular, size, self.width * share - 3.2 * mm)
        for first in range(0, len(lines), LINES_A_ROW):
            part = lines[first : first + LINES_A_ROW]
            shown = head if first == 0 else Cell("", head.share, shade=True)
            height = max(7.2 * mm, len(part) * size * LINE_HEIGHT + 2.4 * mm)
            self.row([shown, Cell("\n".join(part), share, size=size)], height)

    def _box(self, x: float, bottom: float, width: float, height: float, shade: bool) -> None:
        self.canvas.setStrokeColor(HAIR)
        self.canvas.setLineWidth(0.5)
        self.canvas.setFillColor(SHADE if shade else "#ffffff")
        self.canvas.rect(x, bottom, width, height, stroke=1, fill=1)

    def _fill(self, cell: Cell, x: float, bottom: float, width: float, height: float) -> None:
        small = 5.6
        room = height - (small * 1.5 if cell.second else 0) - 1.2 * mm
        if cell.text:
            self._lines(cell, x, bottom + height - 0.6 * mm, width, room)
        if cell.second:
            place = {"left": x, "centre": x + width / 2, "right": x + width}[cell.align]
            self.text(cell.second, place, bottom + 1.5 * mm, small, colour=GREY, align=cell.align, width=width)

    def _lines(self, cell: Cell, x: float, top: float, width: float, height: float) -> None:
        font = self.fonts.bold if cell.bold else self.fonts.regular
        fitted = self._fitted(cell, font, width, height)
        spare = height - len(fitted.lines) * fitted.size_pt * LINE_HEIGHT
        baseline = top - spare / 2 - 0.95 * fitted.size_pt
        place = {"left": x, "centre": x + width / 2, "right": x + width}[cell.align]
        for number, line in enumerate(fitted.lines):
            y = baseline - number * fitted.size_pt * LINE_HEIGHT
            self.text(line, place, y, fitted.size_pt, bold=cell.bold, colour=cell.colour, align=cell.align)

    def _fitted(self, cell: Cell, font: str, width: float, height: float) -> FittedText:
        """A little smaller, then in more lines where the row has room for them, then as small as it must be."""
        lines = max(1, int(height // (SMALLEST_PT * LINE_HEIGHT)))
        fit = partial(fit_text, cell.text, font, width, height, size_pt=cell.size, lines=lines)
        try:
            return fit(smallest_pt=cell.size * LITTLE_SMALLER)
        except TextOverflowError:
            return fit(smallest_pt=2.5)


def _packed(things: Sequence[str], between: str, font: str, size: float, width: float) -> list[str]:
    """The things in lines that are no wider than `width`, each at least one thing."""
    lines: list[str] = []
    for number, thing in enumerate(things):
        told = thing + (between if number < len(things) - 1 else "")
        if lines and stringWidth(lines[-1] + told, font, size) <= width:
            lines[-1] += told
        else:
            lines.append(told)
    return lines or ["—"]


def label(zh: str, en: str, share: float) -> Cell:
    """A shaded cell that names the one beside it, in both languages."""
    return Cell(zh, share, second=en, shade=True, size=8.4)


def value(text: object, share: float, *, bold: bool = False, colour: str = INK, align: Align = "left") -> Cell:
    """A cell with what was named; a dash where there is nothing."""
    shown = "" if text is None else str(text)
    return Cell(shown or "—", share, bold=bold, colour=colour, align=align)
