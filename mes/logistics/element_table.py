"""The table of a load's elements on paper, as the delivery note and the quality file both have it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reportlab.lib.units import mm

from mes.inspection.documents.paper import INK, Align, Cell, Paper

Item = Mapping[str, Any]
ROW_HEIGHT, HEAD_HEIGHT = 6.4 * mm, 8.4 * mm


@dataclass(frozen=True)
class Column:
    """A column: its heads in both languages, its share of the width beside the others, and what stands in it."""

    zh: str
    en: str
    share: float
    align: Align
    cell: Callable[[Item], str]
    bold: bool = False
    colour: Callable[[Item], str] | None = None


COLUMNS = (
    Column("序号", "No.", 0.06, "centre", lambda item: str(item["number"])),
    Column("构件编号", "Serial", 0.085, "centre", lambda item: str(item["serial"]), bold=True),
    Column("型号", "Type", 0.175, "left", lambda item: item["type_code"]),
    Column("尺寸 mm", "Size", 0.15, "left", lambda item: item["size"]),
    Column("安装部位", "Place", 0.19, "left", lambda item: item["place"]),
    Column("重量 kg", "Weight", 0.08, "right", lambda item: f"{item['weight_kg']:,.0f}"),
    Column("合格证编号", "Certificate", 0.18, "left", lambda item: item["certificate"] or "—"),
)


def draw_elements(
    paper: Paper, items: Sequence[Item], further: Sequence[Column] = (), turn: Callable[[Paper], None] = Paper.new_page
) -> None:
    """The table, its heads on every page. `turn` begins a further page; `further` columns stand at the right."""
    columns = (*COLUMNS, *further)
    whole = sum(column.share for column in columns)
    _heads(paper, columns, whole)
    for item in items:
        if not paper.room_for(ROW_HEIGHT):
            turn(paper)
            _heads(paper, columns, whole)
        paper.row([_cell(column, item, whole) for column in columns], ROW_HEIGHT)


def _cell(column: Column, item: Item, whole: float) -> Cell:
    colour = column.colour(item) if column.colour else INK
    share = column.share / whole
    return Cell(column.cell(item), share, align=column.align, bold=column.bold, colour=colour, size=8.2)


def _heads(paper: Paper, columns: Sequence[Column], whole: float) -> None:
    heads = [
        Cell(column.zh, column.share / whole, second=column.en, shade=True, align=column.align, size=8)
        for column in columns
    ]
    paper.row(heads, HEAD_HEIGHT)
