"""The delivery note (发货单) on paper: A4, Chinese with English beside it, as many pages as the load needs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from reportlab.lib.units import mm

from labels import draw_qr
from labels.layout.fonts import Fonts
from mes.inspection.documents.paper import (
    ACCENT,
    BAD,
    GREY,
    HAIR,
    HEIGHT,
    INK,
    MARGIN,
    WIDTH,
    Cell,
    Paper,
    label,
    value,
)
from mes.logistics.element_table import ROW_HEIGHT, Column, draw_elements

Content = Mapping[str, Any]

OUTCOMES = {"accepted": ("√", ACCENT), "rejected": ("× 退", BAD), None: ("", INK)}
RECEIPT = Column(
    "验收",
    "Receipt",
    0.08,
    "centre",
    lambda item: OUTCOMES[item["outcome"]][0],
    bold=True,
    colour=lambda item: OUTCOMES[item["outcome"]][1],
)
SIGNATURE_HEIGHT = 24 * mm


def delivery_note_pdf(content: Content, fonts: Fonts) -> bytes:
    """The paper of a delivery: the same content gives the same bytes."""
    paper = Paper(fonts, f"发货单 {content['number']}")
    paper.foot = partial(_foot, content)
    _head(paper, content)
    _parties(paper, content)
    _items(paper, content)
    if not paper.room_for(SIGNATURE_HEIGHT + 18 * mm):
        _next_page(content, paper)
    _total(paper, content)
    _signatures(paper)
    return paper.bytes()


def _head(paper: Paper, content: Content) -> None:
    canvas, size = paper.canvas, 30 * mm
    canvas.setFillColor(ACCENT)
    canvas.rect(0, HEIGHT - 4 * mm, WIDTH, 4 * mm, stroke=0, fill=1)
    paper.text(content["producer"]["name"], MARGIN, paper.top - 6 * mm, 11, bold=True, width=128 * mm)
    paper.text("预制混凝土构件发货单", MARGIN, paper.top - 17 * mm, 22, bold=True)
    paper.text("Delivery Note for Precast Concrete Elements", MARGIN, paper.top - 23 * mm, 9, colour=GREY)
    paper.text(f"编号 No. {content['number']}", MARGIN, paper.top - 30 * mm, 10.5, bold=True)
    if content["edition"] > 1:
        words = f"第 {content['edition']} 版 Edition {content['edition']}，以前各版作废 earlier ones are void"
        paper.text(words, MARGIN, paper.top - 34.5 * mm, 8.4, bold=True, colour=BAD)
    paper.text(f"计划日期 Planned for {content['planned_on']}", MARGIN + 66 * mm, paper.top - 30 * mm, 9)
    draw_qr(canvas, content["url"], WIDTH - MARGIN - size + 3 * mm, paper.top - size + 2 * mm, size)
    under = WIDTH - MARGIN - size / 2 + 3 * mm
    load = f"(00) {content['sscc']}" if content["sscc"].isdigit() else content["sscc"]
    paper.text(load, under, paper.top - size - 0.2 * mm, 6, colour=GREY, align="centre")
    paper.skip((32 if content["edition"] == 1 else 37) * mm)


def _parties(paper: Paper, content: Content) -> None:
    project, producer = content["project"], content["producer"]
    paper.section("收货与运输", "Consignee and transport")
    paper.row([label("工程名称", "Project", 0.13), value(f"{project['name']}（{project['code']}）", 0.87, bold=True)])
    paper.row([label("卸货地点", "Site", 0.13), value(project["address"], 0.87)])
    paper.row(
        [
            label("施工单位", "Contractor", 0.13),
            value(project["parties"].get("contractor"), 0.37),
            label("合同编号", "Contract", 0.13),
            value(project["contract_number"], 0.37),
        ]
    )
    paper.row(
        [
            label("车牌号", "Vehicle", 0.13),
            value(content["vehicle_plate"], 0.37, bold=True),
            label("司机", "Driver", 0.13),
            value(content["driver"], 0.37),
        ]
    )
    paper.row(
        [
            label("发货单位", "Consignor", 0.13),
            value(" ".join(filter(None, (producer["plant"], producer["address"]))), 0.37),
            label("出厂时间", "Left at", 0.13),
            value(content["departed_at"], 0.37),
        ]
    )


def _items(paper: Paper, content: Content) -> None:
    """The table of elements."""
    paper.section("构件清单（按装车顺序，由下至上）", "Elements in order of loading, lowest first")
    draw_elements(paper, content["items"], [RECEIPT], partial(_next_page, content))
    if not content["items"]:
        paper.row([Cell("尚未装车 Nothing is loaded yet", 1, align="centre", colour=GREY)], ROW_HEIGHT)


def _total(paper: Paper, content: Content) -> None:
    paper.row(
        [
            Cell("合计 Total", 0.16, bold=True, shade=True, size=8.6),
            value(f"{len(content['items'])} 件", 0.19, bold=True),
            label("总重量", "Total weight", 0.15),
            value(f"{content['total_weight_kg'] / 1000:.2f} t", 0.17, bold=True),
            label("总方量", "Total volume", 0.15),
            value(f"{content['total_volume_m3']:.2f} m³", 0.18, bold=True),
        ],
        8 * mm,
    )


def _signatures(paper: Paper) -> None:
    paper.skip(3 * mm)
    columns = (("发货人", "Dispatched by"), ("司机", "Driver"), ("收货人", "Received by"), ("监理", "Supervisor"))
    width = paper.width / len(columns)
    for number, (zh, en) in enumerate(columns):
        x, bottom = MARGIN + number * width, paper.top - SIGNATURE_HEIGHT
        paper.canvas.setStrokeColor(HAIR)
        paper.canvas.setLineWidth(0.5)
        paper.canvas.rect(x, bottom, width, SIGNATURE_HEIGHT, stroke=1, fill=0)
        paper.text(f"{zh}（签字）", x + 2 * mm, bottom + SIGNATURE_HEIGHT - 4.6 * mm, 8.2)
        paper.text(en, x + 2 * mm, bottom + SIGNATURE_HEIGHT - 8 * mm, 6.2, colour=GREY)
        paper.text("日期 Date      年   月   日", x + 2 * mm, bottom + 2.6 * mm, 7.2, colour=GREY)
    paper.skip(SIGNATURE_HEIGHT + 4.6 * mm)
    note = "收货人逐件核对构件编号、外观及合格证后签收；有异议的构件请在验收栏注明。"
    paper.text(note, MARGIN, paper.top, 7.2, colour=GREY)


def _next_page(content: Content, paper: Paper) -> None:
    paper.new_page()
    paper.text(f"发货单 {content['number']}（续）", MARGIN, paper.top - 3 * mm, 10, bold=True)
    paper.skip(6 * mm)


def _foot(content: Content, paper: Paper, page: int, pages: int) -> None:
    paper.text(content["url"], MARGIN, 8 * mm, 6, colour=GREY, width=130 * mm)
    edition = f"　第 {content['edition']} 版" if content["edition"] > 1 else ""
    words = f"{content['number']}{edition}　第 {page} 页 共 {pages} 页"
    paper.text(words, WIDTH - MARGIN, 8 * mm, 6.4, colour=GREY, align="right")
