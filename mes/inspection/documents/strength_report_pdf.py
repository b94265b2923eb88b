"""The report on concrete strength on paper: the judgement with its criteria, then every set of cubes."""

from __future__ import annotations

from reportlab.lib.units import mm

from mes.core.files import FileStore
from mes.inspection.documents.drawing import Content, draw_head, draw_notes, draw_signatures, draws
from mes.inspection.documents.paper import ACCENT, BAD, GREY, MARGIN, Cell, Paper, label, value

ROW_HEIGHT = 6 * mm
CONDITIONS = {"same_condition": "同条件养护 same condition", "standard": "标准养护 standard"}
METHODS = {
    "known_sigma": "统计方法（标准差已知）known σ",
    "unknown_sigma": "统计方法（标准差未知）unknown σ",
    "non_statistical": "非统计方法 non-statistical",
}
RESULTS = {"pass": ("合格 PASS", ACCENT), "fail": ("不合格 FAIL", BAD)}
HEADS = ("批次 Batch", "拌制 Mixed", "试验 Tested", "龄期 Age", "试块 Cubes, MPa", "代表值 Value", "评定 Counts")
SHARES = (0.21, 0.13, 0.13, 0.1, 0.21, 0.12, 0.1)


@draws("strength")
def draw_strength_report(paper: Paper, content: Content, store: FileStore) -> None:
    """A strength report from the present page on."""
    report = content["report"]
    draw_head(paper, content, [(content["verify_url"], "扫码验真 Verify this paper")])
    _concrete(paper, report)
    if report["evaluation"]:
        _judgement(paper, report)
    _sets(paper, report)
    if not report["evaluation"]:
        paper.skip(5 * mm)
        words = "本报告列出单一批次的试块结果，不构成检验批评定。 Results of one batch; no lot is judged here."
        paper.text(words, MARGIN, paper.top, 7.4, colour=GREY, width=paper.width)
    draw_signatures(paper, content, store)
    draw_notes(paper, content)


def _concrete(paper: Paper, report: Content) -> None:
    paper.section("混凝土", "Concrete")
    paper.row(
        [
            label("设计强度等级", "Grade", 0.15),
            value(report["grade"], 0.18, bold=True),
            label("配合比", "Mix", 0.12),
            value(report["mix_code"], 0.22),
            label("方量", "Volume, m³", 0.12),
            value(None if report["volume_m3"] is None else f"{report['volume_m3']:g}", 0.21),
        ]
    )
    period = report["from"] if report["from"] == report["to"] else f"{report['from']} — {report['to']}"
    paper.row([label("拌制时间", "Mixed", 0.15), value(period, 0.85)])
    paper.list_row(label("涵盖批次", "Batches covered", 0.15), report["batches"])


def _judgement(paper: Paper, report: Content) -> None:
    result, colour = RESULTS[report["result"]]
    paper.section("强度评定", f"Evaluation {report['evaluation']} · {report['clause']}")
    paper.row(
        [
            label("评定方法", "Method", 0.13),
            value(METHODS.get(report["method"], report["method"]), 0.37),
            label("养护条件", "Curing", 0.13),
            value(CONDITIONS[report["condition"]], 0.37),
        ]
    )
    deviation = report["deviation_mpa"]
    paper.row(
        [
            label("组数", "Sets n", 0.1),
            value(report["n"], 0.1),
            label("平均值", "Mean, MPa", 0.11),
            value(f"{report['mean_mpa']:g}", 0.12),
            label("最小值", "Minimum, MPa", 0.11),
            value(f"{report['min_mpa']:g}", 0.12),
            label("标准差", "Deviation", 0.1),
            value(None if deviation is None else f"{deviation:g}", 0.24),
        ]
    )
    shares = (0.4, 0.2, 0.2, 0.2)
    heads = ("条件 Criterion", "实际 Actual, MPa", "要求 Required, MPa", "判定 Result")
    paper.row([Cell(head, share, shade=True, size=7.4) for head, share in zip(heads, shares, strict=True)], ROW_HEIGHT)
    for one in report["criteria"]:
        mark, tone = ("√", ACCENT) if one["result"] == "pass" else ("×", BAD)
        texts = (one["name"], f"{one['actual']:g}", f"≥ {one['required']:g}")
        cells = [Cell(text, share, size=8) for text, share in zip(texts, shares, strict=False)]
        paper.row([*cells, Cell(mark, shares[3], align="centre", bold=True, colour=tone, size=8)], ROW_HEIGHT)
    paper.row(
        [
            label("结论", "Result", 0.13),
            value(result, 0.37, bold=True, colour=colour),
            label("评定", "Evaluated", 0.13),
            value(f"{report['evaluated_by']}　{report['evaluated_at']}", 0.37),
        ]
    )


def _sets(paper: Paper, report: Content) -> None:
    paper.section("试块", "Sets of cubes")
    _heads(paper)
    for one in report["sets"]:
        if not paper.room_for(ROW_HEIGHT):
            paper.new_page()
            _heads(paper)
        value_mpa = one["set_value_mpa"]
        texts = (
            one["batch"],
            one["mixed_on"],
            one["tested_on"],
            f"{one['age_hours']:g} h",
            " / ".join(f"{cube:g}" for cube in one["strengths_mpa"]),
            "无效" if value_mpa is None else f"{value_mpa:.1f}",
            "√" if one["counts"] else "—",
        )
        paper.row([Cell(text, share, size=8) for text, share in zip(texts, SHARES, strict=True)], ROW_HEIGHT)
    conditions = {one["condition"] for one in report["sets"] if one["condition"]}
    if conditions:
        if not paper.room_for(7.2 * mm):
            paper.new_page()
        words = "、".join(CONDITIONS[one] for one in sorted(conditions))
        paper.row([label("养护条件", "Curing", 0.15), value(words, 0.85)])


def _heads(paper: Paper) -> None:
    paper.row([Cell(head, share, shade=True, size=7.4) for head, share in zip(HEADS, SHARES, strict=True)], ROW_HEIGHT)
