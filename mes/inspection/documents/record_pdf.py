"""The inspection record of one element (PC 构件成品检验记录表) on A4, as plants file it: one sheet a piece."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reportlab.lib.units import mm

from labels.layout.fonts import Fonts
from mes.inspection.documents.certificate_pdf import allowed_text, reading_text, signed
from mes.inspection.documents.paper import ACCENT, BAD, GREY, HEIGHT, MARGIN, WIDTH, Cell, Paper, label, value

Content = Mapping[str, Any]
ROW_HEIGHT = 6 * mm
KINDS = {"final": ("成品检验", "Final inspection"), "hidden_works": ("隐蔽工程检查", "Hidden-works inspection")}
VERDICTS = {"accepted": ("合格 Accepted", ACCENT), "refused": ("不合格 Refused", BAD)}
SEVERITIES = {"general": "一般 general", "severe": "严重 severe"}


def record_pdf(element: Content, inspections: Sequence[Content], fonts: Fonts) -> bytes:
    """The record of an element's inspections; "/" stands for what was not inspected, as is customary.

    Args:
        element: the element's facts.
        inspections: each with kind, verdict, inspector, inspected_on, witnessed_by, rule_set, remark, and `rows`:
            measured items (title, nominal, allowed, values, deviation, result) or answers (title, answer).
    """
    paper = Paper(fonts, f"成品检验记录表 {element['serial']}")
    paper.text("PC构件成品检验记录表", WIDTH / 2, HEIGHT - MARGIN - 6 * mm, 17, bold=True, align="centre")
    paper.text(
        "Inspection record of a precast element", WIDTH / 2, HEIGHT - MARGIN - 12 * mm, 8, colour=GREY, align="centre"
    )
    paper.skip(16 * mm)
    paper.foot = _foot
    _element(paper, element)
    for inspection in inspections:
        _inspection(paper, inspection)
    return paper.bytes()


def _element(paper: Paper, element: Content) -> None:
    size = " × ".join(f"{element[name] / 1000:g}" for name in ("length_mm", "width_mm", "thickness_mm"))
    rows = (
        (("工程名称", "Project", element["project_name"]), ("构件编号", "Element no.", element["serial"])),
        (("安装部位", "Place", _place(element)), ("型号 / 版本", "Type / revision", _type(element))),
        (("强度等级", "Grade", element["concrete_grade"]), ("长 × 宽 × 厚", "L × W × T, m", size)),
        (
            ("体积", "Volume, m³", f"{element['volume_m3']:.3f}"),
            ("重量", "Weight, t", f"{element['weight_kg'] / 1000:.2f}"),
        ),
    )
    for pair in rows:
        paper.row([cell for zh, en, text in pair for cell in (label(zh, en, 0.14), value(text, 0.36))])


def _place(element: Content) -> str:
    return " · ".join(str(element[name]) for name in ("building", "floor", "position") if element[name])


def _type(element: Content) -> str:
    return f"{element['type_code']} / {element['type_revision']}"


def _inspection(paper: Paper, inspection: Content) -> None:
    zh, en = KINDS[inspection["kind"]]
    _room(paper, 30 * mm)
    paper.section(zh, f"{en} · {inspection['rule_set']}")
    verdict, colour = VERDICTS[inspection["verdict"]]
    paper.row(
        [
            label("检验员", "Inspector", 0.1),
            value(inspection["inspector"], 0.16),
            label("日期", "Date", 0.08),
            value(inspection["inspected_on"], 0.14),
            label("监理见证", "Witness", 0.1),
            value(inspection["witnessed_by"] or "/", 0.16),
            label("结论", "Verdict", 0.08),
            value(verdict, 0.18, bold=True, colour=colour),
        ]
    )
    draw = _measured if inspection["kind"] == "final" else _answered
    for row in inspection["rows"]:
        _room(paper, ROW_HEIGHT)
        draw(paper, row)
    for defect in inspection.get("defects", ()):
        _room(paper, ROW_HEIGHT)
        paper.row([Cell(f"{defect['title']} {SEVERITIES[defect['severity']]}", 0.92, size=8), _mark(False)], ROW_HEIGHT)
    if inspection["remark"]:
        _room(paper, 2 * ROW_HEIGHT)
        paper.row([label("备注", "Remark", 0.14), value(inspection["remark"], 0.86)], 2 * ROW_HEIGHT)


def _measured(paper: Paper, row: Content) -> None:
    texts = (
        row["title"]["zh"],
        "/" if row["nominal"] is None else reading_text(row["nominal"]),
        allowed_text(*row["allowed"]),
        "  ".join(reading_text(reading) for reading in row["values"]) or "/",
        signed(row["deviation"]) if row["allowed"][0] < 0 else f"{row['deviation']:g}",
    )
    shares = (0.3, 0.14, 0.14, 0.24, 0.1)
    cells = [Cell(text, share, size=8) for text, share in zip(texts, shares, strict=True)]
    paper.row([*cells, _mark(row["result"] == "pass")], ROW_HEIGHT)


def _answered(paper: Paper, row: Content) -> None:
    mark = _mark(row["answer"] == "yes") if row["answer"] != "not_applicable" else Cell("/", 0.08, align="centre")
    paper.row([Cell(row["title"]["zh"], 0.92, size=8), mark], ROW_HEIGHT)


def _mark(passed: bool) -> Cell:
    return Cell("√" if passed else "×", 0.08, align="centre", bold=True, colour=ACCENT if passed else BAD, size=8)


def _foot(paper: Paper, page: int, pages: int) -> None:
    paper.text(f"第 {page} 页 共 {pages} 页", WIDTH - MARGIN, 8 * mm, 6.6, colour=GREY, align="right")


def _room(paper: Paper, height: float) -> None:
    if not paper.room_for(height):
        paper.new_page()
