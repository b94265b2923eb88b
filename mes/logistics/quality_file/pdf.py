"""The quality file on paper: cover, table of contents with page numbers, list of elements, then every paper itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reportlab.lib.units import mm

import mes.inspection.documents.certificate_pdf
import mes.inspection.documents.hidden_works_pdf
import mes.inspection.documents.strength_report_pdf  # noqa: F401 - say how the papers within are drawn
from labels import draw_qr
from mes.core.files import FileStore
from mes.inspection.documents.drawing import draw_notes, draw_part, draw_signatures, draws
from mes.inspection.documents.paper import (
    ACCENT,
    BAD,
    GREY,
    HEIGHT,
    INK,
    MARGIN,
    WIDTH,
    Cell,
    Paper,
    label,
    value,
)
from mes.logistics.element_table import draw_elements

Content = Mapping[str, Any]
KIND_NAMES = {
    "certificate": ("产品合格证", "Certificates of conformity"),
    "strength": ("混凝土强度报告", "Strength reports"),
    "hidden_works": ("隐蔽工程记录", "Records of hidden works"),
}
LINE_HEIGHT = 6 * mm
LINES_A_PAGE = 42  # of the table of contents


@dataclass(frozen=True)
class Line:
    """A line of the table of contents; `page` counts without the table's own pages."""

    title: str
    page: int
    is_part: bool


@draws("delivery")
def draw_quality_file(paper: Paper, content: Content, store: FileStore) -> None:
    """The whole file: the table of contents is drawn last, when the pages are known, and brought behind the cover."""
    _cover(paper, content, store)
    paper.running = ""
    paper.new_page()
    lines = [Line("构件清单 List of elements", paper.page, True)]
    paper.entitle("构件清单")
    _elements(paper, content)
    for kind, (zh, en) in KIND_NAMES.items():
        papers = [one for one in content["papers"] if one["kind"] == kind]
        for place, one in enumerate(papers):
            paper.new_page()
            paper.entitle(f"{zh} {one['number']}")
            if place == 0:
                lines.append(Line(f"{zh} {en}（{len(papers)}）", paper.page, True))
            lines.append(Line(f"{one['number']}　{one['about']}", paper.page, False))
            draw_part(paper, kind, one["content"], store)
    paper.new_page()
    _contents(paper, lines)


def _cover(paper: Paper, content: Content, store: FileStore) -> None:
    canvas, title, size = paper.canvas, content["template"]["title"], 38 * mm
    paper.entitle("封面")
    canvas.setFillColor(ACCENT)
    canvas.rect(0, HEIGHT - 8 * mm, WIDTH, 8 * mm, stroke=0, fill=1)
    middle = WIDTH / 2
    paper.text(content["producer"]["name"], middle, HEIGHT - 40 * mm, 15, bold=True, align="centre", width=paper.width)
    paper.text(title["zh"], middle, HEIGHT - 62 * mm, 30, bold=True, align="centre", width=paper.width)
    paper.text(title["en"], middle, HEIGHT - 70 * mm, 11, colour=GREY, align="centre", width=paper.width)
    paper.text(f"编号 No. {content['number']}", middle, HEIGHT - 82 * mm, 13, bold=True, align="centre")
    canvas.setFillColor(INK)
    draw_qr(canvas, content["verify_url"], middle - size / 2, HEIGHT - 124 * mm, size)
    paper.text("扫码验真 Verify this paper", middle, HEIGHT - 126 * mm, 7, colour=GREY, align="centre")
    paper.top = HEIGHT - 132 * mm
    _facts(paper, content)
    _enclosed(paper, content)
    draw_signatures(paper, content, store)
    draw_notes(paper, content)


def _facts(paper: Paper, content: Content) -> None:
    project, delivery = content["project"], content["delivery"]
    counts = {kind: sum(one["kind"] == kind for one in content["papers"]) for kind in KIND_NAMES}
    papers = "　".join(f"{zh} {counts[kind]}" for kind, (zh, _en) in KIND_NAMES.items())
    rows = (
        (
            ("工程名称", "Project", f"{project['name']}（{project['code']}）"),
            ("施工单位", "Contractor", _party(project)),
        ),
        (("发货单号", "Delivery", content["delivery_number"]), ("车牌号", "Vehicle", delivery["vehicle_plate"])),
        (("出厂时间", "Left at", delivery["departed_at"]), ("签发日期", "Issued on", content["issued_on"])),
        (
            ("构件数量", "Elements", f"{len(content['items'])} 件"),
            ("重量 / 方量", "Weight, volume", f"{content['weight_kg'] / 1000:.2f} t / {content['volume_m3']:.2f} m³"),
        ),
    )
    for pair in rows:
        paper.row([cell for zh, en, text in pair for cell in (label(zh, en, 0.13), value(text, 0.37))])
    paper.row([label("所附文件", "Papers within", 0.13), value(papers, 0.87, bold=True)])
    for kind, (zh, en) in KIND_NAMES.items():
        missing = [one["about"] for one in content["missing"] if one["kind"] == kind]
        if missing:
            paper.list_row(Cell(f"缺少{zh}", 0.2, size=8.4, second=f"Missing: {en}", shade=True, colour=BAD), missing)
    _rejected(paper, content)


def _rejected(paper: Paper, content: Content) -> None:
    """What the site rejected: its certificate does not hold until that is decided."""
    rejected = [
        f"{one['about']}：{one['on']} 拒收，合格证 {one['certificate']} 在处理前无效"
        for one in content.get("rejected", ())
    ]
    if rejected:
        paper.list_row(Cell("进场拒收", 0.2, size=8.4, second="Rejected on site", shade=True, colour=BAD), rejected)


def _party(project: Content) -> str:
    return str(project["parties"].get("contractor", ""))


def _enclosed(paper: Paper, content: Content) -> None:
    enclosed = content["template"]["enclosed"]
    if not enclosed:
        return
    paper.section("另附纸质文件", "Enclosed on paper, issued elsewhere")
    for one in enclosed:
        paper.row([Cell("□", 0.06, align="centre"), Cell(f"{one['zh']} {one['en']}", 0.94, size=8)], LINE_HEIGHT)


def _elements(paper: Paper, content: Content) -> None:
    paper.section("构件清单（按装车顺序，由下至上）", "Elements in order of loading, lowest first")
    draw_elements(paper, content["items"])


def _contents(paper: Paper, lines: list[Line]) -> None:
    """The table of contents from the present page on, then brought before page 2."""
    first, pages = paper.page, -(-len(lines) // LINES_A_PAGE)
    paper.entitle("目录")
    for place, line in enumerate(lines):
        if place % LINES_A_PAGE == 0:
            if place:
                paper.new_page()
            paper.section("目录", "Contents")
        paper.skip(LINE_HEIGHT)
        indent = 0 if line.is_part else 6 * mm
        paper.text(line.title, MARGIN + indent, paper.top, 9.4, bold=line.is_part, width=paper.width - 20 * mm - indent)
        page = str(line.page + pages)
        paper.text(page, WIDTH - MARGIN, paper.top, 9.4, bold=line.is_part, align="right")
    paper.move_pages(first, 2)
