"""The list of a recall drawn: the question, the answer in numbers, the reverse proof, then every element."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reportlab.lib.units import mm

from mes.core.files import FileStore
from mes.inspection.documents.drawing import draw_head, draw_notes, draw_signatures, draws
from mes.inspection.documents.paper import ACCENT, BAD, MARGIN, Align, Cell, Paper, label, value
from mes.recall.gaps import MOST_EXAMPLES

Content = Mapping[str, Any]
Heads = Sequence[tuple[str, str, float, Align]]
ROW_HEIGHT, HEAD_HEIGHT, TALL_HEIGHT = 6 * mm, 8 * mm, 9.4 * mm
SECTION_HEIGHT = 8 * mm
ASKED: Heads = (
    ("类别", "Kind", 0.16, "left"),
    ("名称", "Name", 0.3, "left"),
    ("追溯结果", "Led to", 0.42, "left"),
    ("库存", "Stock", 0.12, "left"),
)
PROJECTS: Heads = (
    ("项目", "Project", 0.38, "left"),
    ("件数", "Elements", 0.1, "right"),
    ("状态", "States", 0.52, "left"),
)
GAPS: Heads = (
    ("缺少的记录", "What is not noted", 0.5, "left"),
    ("件数", "Elements", 0.1, "right"),
    ("编号", "Numbers", 0.4, "left"),
)
ROWS: Heads = (
    ("构件编号", "Serial", 0.09, "right"),
    ("型号", "Type", 0.15, "left"),
    ("项目", "Project", 0.09, "left"),
    ("安装部位", "Place", 0.2, "left"),
    ("状态", "State", 0.09, "left"),
    ("现在位置", "Where it is now", 0.3, "left"),
    ("模台批", "Load", 0.08, "right"),
)


@draws("recall")
def draw_recall(paper: Paper, content: Content, store: FileStore) -> None:
    """The list of a recall from the present page on."""
    recall = content["recall"]
    draw_head(paper, content, [(content["verify_url"], "扫码验真 Verify this paper")])
    _question(paper, recall)
    _answer(paper, recall)
    _proof(paper, recall)
    draw_signatures(paper, content, store)
    draw_notes(paper, content)
    if recall["rows"]:
        paper.new_page()
        _elements(paper, recall)


def _question(paper: Paper, recall: Content) -> None:
    paper.section("追溯请求", "What was asked")
    by = " ".join(filter(None, (recall["asked_by"], recall["organisation"])))
    paper.row([label("召回原因", "Reason", 0.13), value(recall["reason"], 0.87, bold=True)], TALL_HEIGHT)
    paper.row(
        [
            label("召回编号", "Recall no.", 0.13),
            value(recall["number"], 0.27),
            label("登记时间", "Recorded at", 0.11),
            value(recall["asked_at"], 0.17),
            label("登记人", "By", 0.08),
            value(by, 0.24),
        ]
    )
    if recall["asked"]:
        _heads(paper, ASKED)
        for one in recall["asked"]:
            _line(paper, ASKED, (one["kind"], one["title"], one["found"], _stock(one["blocked"])))
    if recall["period"]:
        words = f"{recall['period']['from'] or '…'} — {recall['period']['to'] or '…'}"
        paper.row([label("期间", "Period", 0.13), value(words, 0.87)])


def _stock(blocked: bool | None) -> str:
    return "" if blocked is None else "已封存 blocked" if blocked else "仍可使用 in use"


def _answer(paper: Paper, recall: Content) -> None:
    paper.section("追溯结果", f"What was found, at {recall['searched_at']}")
    facts = (
        ("查询时间", "Searched at", recall["searched_at"], 0.12, 0.18),
        ("涉及构件", "Elements", f"{recall['elements']:,} 件", 0.1, 0.15),
        ("涉及模台批", "Loads", f"{recall['loads']:,} 批", 0.11, 0.11),
        ("未涉及", "Not concerned", f"{recall['elements_in_house'] - recall['elements']:,} 件", 0.1, 0.13),
    )
    cells = [
        cell
        for zh, en, text, name, share in facts
        for cell in (label(zh, en, name), value(text, share, bold=zh == "涉及构件"))
    ]
    paper.row(cells)
    share = 1 / len(recall["places"])
    heads = [Cell(one["name"], share, shade=True, align="centre", size=7.4) for one in recall["places"]]
    paper.row(heads, ROW_HEIGHT)
    paper.row(
        [Cell(f"{one['count']:,}", share, align="centre", bold=one["count"] > 0, size=10) for one in recall["places"]]
    )
    for one in recall["spots"]:
        _spots(paper, one)
    _heads(paper, PROJECTS)
    for project in recall["projects"]:
        states = "、".join(f"{one['name']} {one['count']:,}" for one in project["states"])
        texts = (f"{project['code']} {project['name']}", f"{project['count']:,}", states)
        _line(paper, PROJECTS, texts, ROW_HEIGHT if len(states) < 34 else TALL_HEIGHT)


def _spots(paper: Paper, kind: Content) -> None:
    told = [f"{one['name']}：{one['count']:,}" for one in kind["spots"]]
    more = [f"另有 {kind['more']} 处"] if kind["more"] else []
    paper.list_row(label(kind["kind"], "", 0.13), [*told, *more], "　")


def _proof(paper: Paper, recall: Content) -> None:
    _room(paper, SECTION_HEIGHT + 4 * TALL_HEIGHT)
    paper.section("反向证明", "Reverse proof: what was searched, and what could not be")
    window = recall["window"]
    searched = (
        f"{window['from']} — {window['to']}，其间浇筑 {recall['loads_in_window']:,} 批" if window else "无可查期间"
    )
    paper.row(
        [
            label("缺口检查期间", "Looked for gaps", 0.15),
            value(searched, 0.5),
            label("全部构件", "In the house", 0.13),
            value(f"{recall['elements_in_house']:,} 件", 0.22),
        ]
    )
    paper.row([label("编号校验值", "SHA-256 of serials", 0.15), Cell(recall["serials_sha256"], 0.85, size=8)])
    paper.row([label("与登记时相比", "Since recorded", 0.15), _compared(recall)])
    if not recall["gaps"]:
        words = (
            "该期间各模台批均登记了所查信息：没有其他构件受影响。 Everything was noted; no other element is concerned."
        )
        paper.row([Cell(words, 1, colour=ACCENT, size=8)])
        return
    paper.section("查不到的部分", "What could not be searched")
    _heads(paper, GAPS)
    for gap in recall["gaps"]:
        numbers = "、".join(gap["examples"]) + (" 等" if len(gap["examples"]) == MOST_EXAMPLES else "")
        _line(paper, GAPS, (gap["words"], f"{gap['elements']:,}", numbers), TALL_HEIGHT)


def _compared(recall: Content) -> Cell:
    if recall["recorded"]["serials_sha256"] == recall["serials_sha256"]:
        return Cell("构件相同 The same elements", 0.85, colour=ACCENT, size=8)
    words = f"构件已不同：登记时 {recall['recorded']['elements']:,} 件 Other elements than when it was recorded"
    return Cell(words, 0.85, bold=True, colour=BAD, size=8)


def _elements(paper: Paper, recall: Content) -> None:
    paper.section("构件清单", f"Elements ({recall['elements']:,})")
    _heads(paper, ROWS)
    for row in recall["rows"]:
        texts = (
            str(row["serial"]),
            row["type_code"],
            row["project"],
            row["place"],
            row["state"],
            row["where"],
            str(row["load"] or "—"),
        )
        _line(paper, ROWS, texts)
    if not recall["is_whole"]:
        paper.skip(5 * mm)
        listed = f"本清单列出前 {len(recall['rows']):,} 件，共 {recall['elements']:,} 件；"
        words = f"{listed}全部构件见系统导出，其编号校验值同上。"
        paper.text(words, MARGIN, paper.top, 8, colour=BAD, width=paper.width)


def _heads(paper: Paper, heads: Heads) -> None:
    _room(paper, HEAD_HEIGHT + ROW_HEIGHT)
    cells = [Cell(zh, share, second=en, shade=True, align=align, size=7.8) for zh, en, share, align in heads]
    paper.row(cells, HEAD_HEIGHT)


def _line(paper: Paper, heads: Heads, texts: Sequence[str], height: float = ROW_HEIGHT) -> None:
    """A row; where it begins a page, below the heads again."""
    if not paper.room_for(height):
        paper.new_page()
        _heads(paper, heads)
    cells = [Cell(text, share, align=align, size=8) for text, (_, _, share, align) in zip(texts, heads, strict=True)]
    paper.row(cells, height)


def _room(paper: Paper, height: float) -> None:
    if not paper.room_for(height):
        paper.new_page()
