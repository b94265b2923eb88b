"""The certificate of conformity (合格证) on paper: A4, Chinese with English beside it.

Its fields follow GB/T 51231-2016 clause 9.9 and the certificates in use: number, element, quantity, type, quality
status, producer, production and delivery dates, strength, inspector and quality manager. The paper is bilingual
whatever the reader's language: it goes along with the element.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reportlab.lib.units import mm

from mes.core.files import FileStore
from mes.inspection.documents.drawing import Content, draw_head, draw_notes, draw_signatures, draws
from mes.inspection.documents.paper import ACCENT, BAD, GREY, INK, MARGIN, Cell, Paper, label, value
from mes.inspection.documents.templates import field_of

STATUS = {
    "qualified": ("合格", "CONFORMING"),
    "concession": ("让步接收", "ACCEPTED BY CONCESSION"),
}
CONDITIONS = {"same_condition": "同条件养护 same condition", "standard": "标准养护 standard"}
PARTIES = (
    ("owner", "建设单位", "Owner"),
    ("designer", "设计单位", "Designer"),
    ("contractor", "施工单位", "Contractor"),
    ("supervisor", "监理单位", "Supervisor"),
)
ROW_HEIGHT = 5.6 * mm


@draws("certificate")
def draw_certificate(paper: Paper, content: Content, store: FileStore) -> None:
    """A certificate from the present page on, its sections in the order of the city's template."""
    codes = ((content["url"], "构件档案 Element record"), (content["verify_url"], "扫码验真 Verify this paper"))
    draw_head(paper, content, codes)
    for section in content["template"]["sections"]:
        SECTIONS[section](paper, content, store)
    draw_notes(paper, content)


def _element(paper: Paper, content: Content, _store: FileStore) -> None:
    element = content["element"]
    size = " × ".join(str(element[name]) for name in ("length_mm", "width_mm", "thickness_mm"))
    paper.section("构件", "Element")
    paper.row(
        [
            label("构件编号", "Element no.", 0.13),
            value(element["serial"], 0.2, bold=True),
            label("构件类别", "Family", 0.13),
            value(f"{element['family_name']['zh']} {element['family_name']['en']}", 0.24),
            label("数量", "Quantity", 0.13),
            value(f"{content['quantity']} 件", 0.17),
        ]
    )
    paper.row(
        [
            label("型号规格", "Type", 0.13),
            value(f"{element['type_code']}　版本 Rev. {element['type_revision']}", 0.57, bold=True),
            label("生产日期", "Produced on", 0.13),
            value(content["produced_on"], 0.17),
        ]
    )
    paper.row(
        [
            label("外形尺寸", "L × W × T, mm", 0.13),
            value(size, 0.2),
            label("体积 / 重量", "Volume / weight", 0.13),
            value(f"{element['volume_m3']:.3f} m³ / {element['weight_kg'] / 1000:.2f} t", 0.24),
            label("出厂日期", "Delivered on", 0.13),
            value(content["delivered_on"] or "    年  月  日", 0.17),
        ]
    )
    paper.row(
        [
            label("唯一标识", "GS1 identity" if element["gtin"] else "Identity", 0.13),
            value(_identity(element), 0.37),
            label("射频标签", "RFID (EPC)", 0.13),
            value(element["epc_hex"], 0.37),
        ]
    )


def _identity(element: Content) -> str:
    """The element's key as people write it: a GS1 element string, or the local name."""
    if element["gtin"]:
        return f"(01) {element['gtin']} (21) {element['serial']}"
    return str(element["digital_link"].split("/id/")[-1])


def _project(paper: Paper, content: Content, _store: FileStore) -> None:
    project, producer = content["project"], content["producer"]
    place = " · ".join(str(project[name]) for name in ("building", "floor", "position", "mark") if project[name])
    paper.section("工程与单位", "Project and parties")
    paper.row(
        [
            label("工程名称", "Project", 0.13),
            value(f"{project['name']}（{project['code']}）", 0.47),
            label("安装部位", "Place", 0.1),
            value(place, 0.3),
        ]
    )
    for pair in (PARTIES[:2], PARTIES[2:]):
        paper.row(
            [cell for role, zh, en in pair for cell in (label(zh, en, 0.13), value(project["parties"].get(role), 0.37))]
        )
    paper.row(
        [
            label("生产单位", "Producer", 0.13),
            value(" ".join(filter(None, (producer["name"], producer["address"]))), 0.47),
            label("信用代码", "Credit code", 0.13),
            value(producer["credit_code"], 0.27),
        ]
    )
    extras = [(extra["title"], field_of(content, extra["field"])) for extra in content["template"]["extras"]]
    for further in (extras[place : place + 2] for place in range(0, len(extras), 2)):
        cells = [(label(title["zh"], title["en"], 0.13), value(known, 0.37)) for title, known in further]
        paper.row([cell for both in cells for cell in both] + ([] if len(further) == 2 else [value("/", 0.5)]))


def _strength(paper: Paper, content: Content, _store: FileStore) -> None:
    strength = content["strength"]
    paper.section("混凝土强度", "Concrete strength")
    paper.row(
        [
            label("设计强度等级", "Grade", 0.15),
            value(strength["grade"], 0.18, bold=True),
            label("出厂要求", "Required, MPa", 0.15),
            value(f"≥ {strength['required_mpa']:g}", 0.18),
            label("达到强度", "Reached, MPa", 0.15),
            value(f"{strength['reached_mpa']:.1f}", 0.19, bold=True, colour=ACCENT),
        ]
    )
    heads = ("批次 Batch", "拌制 Mixed", "试块 Cubes, MPa", "代表值 Value", "龄期 Age", "养护条件 Curing")
    shares = (0.22, 0.13, 0.21, 0.12, 0.1, 0.22)
    paper.row([Cell(head, share, shade=True, size=7.4) for head, share in zip(heads, shares, strict=True)], ROW_HEIGHT)
    for batch in strength["batches"]:
        cells = (
            batch["batch_number"],
            batch["mixed_on"],
            " / ".join(f"{cube:g}" for cube in batch["strengths_mpa"]),
            f"{batch['set_value_mpa']:.1f}",
            f"{batch['age_hours']} h",
            CONDITIONS[batch["condition"]],
        )
        paper.row([Cell(text, share, size=8) for text, share in zip(cells, shares, strict=True)], ROW_HEIGHT)


ITEM_HEADS = ("检验项目 Item", "设计值 Nominal", "允许偏差 Allowed", "实测 Measured, mm", "偏差 Deviation", "判定")
ITEM_SHARES = (0.27, 0.13, 0.14, 0.25, 0.13, 0.08)


def _inspection(paper: Paper, content: Content, _store: FileStore) -> None:
    items = content["quality"]["items"]
    paper.section("尺寸检验", f"Dimensional inspection after {content['quality']['standard']}")
    _item_heads(paper)
    for item in items:
        if not paper.room_for(ROW_HEIGHT + 2 * mm):
            paper.new_page()
            _item_heads(paper)
        paper.row(_item_cells(item), ROW_HEIGHT)


def _item_heads(paper: Paper) -> None:
    cells = [Cell(head, share, shade=True, size=7.4) for head, share in zip(ITEM_HEADS, ITEM_SHARES, strict=True)]
    paper.row(cells, ROW_HEIGHT)


def _item_cells(item: Content) -> list[Cell]:
    passed = item["result"] == "pass"
    lower, upper = item["allowed"]
    nominal = item["nominal"]
    texts = (
        f"{item['title']['zh']} {item['title']['en']}",
        "—" if nominal is None else reading_text(nominal),
        allowed_text(lower, upper),
        "  ".join(reading_text(reading) for reading in item["values"]),
        signed(item["deviation"]) if lower < 0 else f"{item['deviation']:g}",
        "√" if passed else "×",
    )
    cells = [Cell(text, share, size=8) for text, share in zip(texts[:-1], ITEM_SHARES, strict=False)]
    mark = Cell(texts[-1], ITEM_SHARES[-1], align="centre", bold=True, colour=ACCENT if passed else BAD, size=8)
    return [*cells, mark]


def allowed_text(lower: float, upper: float) -> str:
    """An allowed deviation as tables print it: ±5, ≤ 10, −5 … 0."""
    if lower == 0:
        return f"≤ {upper:g}"
    return f"±{upper:g}" if lower == -upper else f"{signed(lower)} … {signed(upper)}"


def signed(number: float) -> str:
    """With its sign, and a true minus; zero has none."""
    return f"{number:+g}".replace("-", "−") if number else "0"


def reading_text(reading: Any) -> str:
    """A size, or a position as (x, y)."""
    if isinstance(reading, list | tuple):
        return f"({reading_text(reading[0])}, {reading_text(reading[1])})"
    return f"{reading:g}".replace("-", "−")


def _statement(paper: Paper, content: Content, _store: FileStore) -> None:
    quality = content["quality"]
    zh, en = STATUS[quality["status"]]
    hidden, colour = quality["hidden_works"], ACCENT if quality["status"] == "qualified" else BAD
    if not paper.room_for(24 * mm):
        paper.new_page()
    paper.skip(4 * mm)
    bottom, width, height = paper.top - 20 * mm, 46 * mm, 20 * mm
    paper.canvas.setStrokeColor(colour)
    paper.canvas.setLineWidth(1.4)
    paper.canvas.roundRect(MARGIN, bottom, width, height, 2 * mm, stroke=1, fill=0)
    paper.text("质量状况 Quality status", MARGIN + width / 2, bottom + 15.2 * mm, 6.5, colour=GREY, align="centre")
    paper.text(zh, MARGIN + width / 2, bottom + 7.4 * mm, 18, bold=True, colour=colour, align="centre")
    paper.text(en, MARGIN + width / 2, bottom + 3 * mm, 6.5, colour=colour, align="centre", width=42 * mm)
    lines = [
        "该构件的隐蔽工程验收、混凝土强度及成品检验均已完成，准予出厂。",
        "Hidden works, concrete strength and finished product were inspected; released for delivery.",
    ]
    if hidden:
        witnessed = f"，监理见证 witnessed by {hidden['witnessed_by']}" if hidden["witnessed_by"] else ""
        lines.append(f"隐蔽工程验收 Hidden works: {hidden['inspected_on']} {hidden['inspector']}{witnessed}")
    if quality["concession"]:
        concession = quality["concession"]
        lines[0] = "该构件经设计单位同意让步接收，偏差及处置见不合格品记录。"
        lines[1] = "Accepted by concession with the designer's consent; see the nonconformity record."
        lines.append(f"{concession['nonconformity']} · 设计同意 Consent {concession['designer_consent']}")
    for number, line in enumerate(lines):
        size, colour = (8.6, INK) if number % 2 == 0 and number < 2 else (7.2, GREY)
        paper.text(
            line, MARGIN + width + 5 * mm, bottom + (16.2 - 5 * number) * mm, size, colour=colour, width=129 * mm
        )
    paper.top = bottom


SECTIONS: dict[str, Callable[[Paper, Content, FileStore], None]] = {
    "element": _element,
    "project": _project,
    "strength": _strength,
    "inspection": _inspection,
    "statement": _statement,
    "signatures": draw_signatures,
}
