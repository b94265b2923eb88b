"""Drawing papers: nothing is drawn below a page's margin, and long words are wrapped before they become tiny."""

from __future__ import annotations

import io
from typing import Any

from pypdf import PdfReader
from reportlab.lib.units import mm

from labels.layout.fonts import load_fonts
from mes.inspection.documents.paper import MARGIN, Cell, Paper
from tests.mes.inspection.stage import FONTS, needs_fonts

pytestmark = needs_fonts


def written(paper: Paper) -> list[list[tuple[str, float, float]]]:
    """Of each page: every text with its height above the page's lower edge and its size, in points."""
    pages: list[list[tuple[str, float, float]]] = []
    for page in PdfReader(io.BytesIO(paper.bytes())).pages:
        found: list[tuple[str, float, float]] = []

        def visit(text: str, _cm: Any, tm: Any, _font: Any, size: float, found: Any = found) -> None:
            if text.strip():
                found.append((text.strip(), tm[5], size))

        page.extract_text(visitor_text=visit)
        pages.append(found)
    return pages


def test_rows_and_headings_go_on_on_a_further_page() -> None:
    paper = Paper(load_fonts(FONTS), "试")
    paper.running = "合格证 HGZ-1"
    for number in range(1, 13):
        paper.section(f"第 {number} 节", "Section")
        for row in range(5):
            paper.row([Cell(f"行 {number}.{row}", 1)])
    pages = written(paper)
    assert len(pages) > 1
    assert all(height >= MARGIN for page in pages for _, height, _ in page)
    assert all(page[0][0] == "合格证 HGZ-1（续）" for page in pages[1:])
    assert all("节" not in page[-1][0] and "Section" not in page[-1][0] for page in pages)
    rows = [text for page in pages for text, _, _ in page if text.startswith("行")]
    assert rows == [f"行 {number}.{row}" for number in range(1, 13) for row in range(5)]


def test_a_tall_row_wraps_long_words_where_a_low_one_makes_them_smaller() -> None:
    words = "已脱模 2、已修整 5、检验合格 3、已入库 6、运输中 7、已进场 4、已安装 76"
    sizes = {}
    for height in (6 * mm, 9.4 * mm):
        paper = Paper(load_fonts(FONTS), "试")
        paper.row([Cell(words, 0.4, size=8)], height)
        texts = written(paper)[0]
        sizes[height] = (len(texts), min(size for _, _, size in texts))
    assert sizes[6 * mm][1] < 6.8
    assert sizes[9.4 * mm] == (2, sizes[9.4 * mm][1])
    assert sizes[9.4 * mm][1] >= 6.8


def test_a_list_of_any_length_stays_legible_and_breaks_none_of_its_things() -> None:
    paper = Paper(load_fonts(FONTS), "试")
    batches = [f"HNT-2611{number % 30:02d}-{number:04d}" for number in range(700)]
    paper.list_row(Cell("涵盖批次", 0.15), batches)
    texts = [(text, size) for page in written(paper) for text, _, size in page if text != "涵盖批次"]
    assert "".join(text for text, _ in texts) == "、".join(batches)
    assert {size for _, size in texts} == {8}
