"""The record of hidden works on paper: the checklist, the supervisor's verdict, and the photos with their captions."""

from __future__ import annotations

from reportlab.lib.units import mm

from mes.core.files import FileStore
from mes.inspection.documents.drawing import Content, draw_head, draw_notes, draw_signatures, draws
from mes.inspection.documents.paper import ACCENT, BAD, GREY, HAIR, MARGIN, Cell, Paper, label, value

ROW_HEIGHT = 6 * mm
PHOTOS_A_ROW, PHOTO_HEIGHT, CAPTION_HEIGHT = 3, 43 * mm, 8 * mm
ANSWERS = {"yes": ("√ 符合", ACCENT), "no": ("× 不符合", BAD), "not_applicable": ("/ 不适用", GREY)}
VERDICTS = {"accepted": ("验收合格 Accepted", ACCENT), "refused": ("不同意 Refused", BAD)}
SHARES = (0.66, 0.18, 0.16)


@draws("hidden_works")
def draw_hidden_works(paper: Paper, content: Content, store: FileStore) -> None:
    """A record of hidden works from the present page on."""
    draw_head(paper, content, [(content["verify_url"], "扫码验真 Verify this paper")])
    draw_element(paper, content)
    _inspection(paper, content)
    _witness(paper, content)
    draw_signatures(paper, content, store)
    draw_notes(paper, content)
    _photos(paper, content, store)


def draw_element(paper: Paper, content: Content) -> None:
    """Which element, of which project."""
    element, project = content["element"], content["project"]
    place = " · ".join(str(project[name]) for name in ("building", "floor", "position", "mark") if project[name])
    paper.section("构件", "Element")
    rows = (
        (("工程名称", "Project", project["name"]), ("构件编号", "Element no.", element["serial"])),
        (("型号 / 版本", "Type / revision", _type(element)), ("安装部位", "Place", place)),
    )
    for pair in rows:
        paper.row([cell for zh, en, text in pair for cell in (label(zh, en, 0.13), value(text, 0.37))])


def _type(element: Content) -> str:
    return f"{element['type_code']} / {element['type_revision']}"


def _inspection(paper: Paper, content: Content) -> None:
    inspection = content["inspection"]
    zh, colour = VERDICTS[inspection["verdict"]]
    paper.section("检查", "Inspection")
    paper.row(
        [
            label("检查时间", "Inspected at", 0.13),
            value(inspection["inspected_at"], 0.24),
            label("检验员", "Inspector", 0.11),
            value(inspection["inspector"], 0.2),
            label("结论", "Verdict", 0.09),
            value(zh, 0.23, bold=True, colour=colour),
        ]
    )
    _heads(paper)
    for row in content["rows"]:
        if not paper.room_for(ROW_HEIGHT):
            paper.new_page()
            _heads(paper)
        answer, colour = ANSWERS[row["answer"]]
        photos = "、".join(f"照{number}" for number in row["photos"])
        cells = (
            Cell(f"{row['title']['zh']} {row['title']['en']}", SHARES[0], size=8),
            Cell(answer, SHARES[1], size=8, bold=True, colour=colour),
            Cell(photos, SHARES[2], size=8),
        )
        paper.row(cells, ROW_HEIGHT)
    if inspection["remark"]:
        _row(paper, "备注", "Remark", inspection["remark"])


def _heads(paper: Paper) -> None:
    heads = ("检查项目 Item", "检查结果 Answer", "照片 Photos")
    paper.row([Cell(head, share, shade=True, size=7.4) for head, share in zip(heads, SHARES, strict=True)], ROW_HEIGHT)


def _witness(paper: Paper, content: Content) -> None:
    witness = content["witness"]
    if not paper.room_for(22 * mm):
        paper.new_page()
    paper.section("监理验收", "Supervisor's verdict")
    if witness is None:
        paper.row([Cell("监理未在系统内见证 Not witnessed in this system", 1, colour=GREY)])
        return
    zh, colour = VERDICTS[witness["verdict"]]
    who = " ".join(filter(None, (witness["name"], witness["organisation"])))
    paper.row(
        [
            label("验收意见", "Verdict", 0.13),
            value(zh, 0.24, bold=True, colour=colour),
            label("监理人员", "Supervisor", 0.11),
            value(who, 0.29),
            label("时间", "At", 0.07),
            value(witness["at"], 0.16),
        ]
    )
    if witness["remark"]:
        _row(paper, "意见", "Remark", witness["remark"])


def _row(paper: Paper, zh: str, en: str, text: str) -> None:
    if not paper.room_for(2 * ROW_HEIGHT):
        paper.new_page()
    paper.row([label(zh, en, 0.13), value(text, 0.87)], 2 * ROW_HEIGHT)


def _photos(paper: Paper, content: Content, store: FileStore) -> None:
    photos = content["photos"]
    if not photos:
        return
    height = PHOTO_HEIGHT + CAPTION_HEIGHT
    if not paper.room_for(height + 10 * mm):
        paper.new_page()
    paper.section("照片", "Photos")
    for first in range(0, len(photos), PHOTOS_A_ROW):
        if not paper.room_for(height):
            paper.new_page()
        for place, photo in enumerate(photos[first : first + PHOTOS_A_ROW]):
            _photo(paper, photo, MARGIN + place * paper.width / PHOTOS_A_ROW, store)
        paper.skip(height)


def _photo(paper: Paper, photo: Content, x: float, store: FileStore) -> None:
    width, bottom = paper.width / PHOTOS_A_ROW, paper.top - PHOTO_HEIGHT
    paper.canvas.setStrokeColor(HAIR)
    paper.canvas.setLineWidth(0.5)
    paper.canvas.rect(x, bottom - CAPTION_HEIGHT, width, PHOTO_HEIGHT + CAPTION_HEIGHT, stroke=1, fill=0)
    middle = x + width / 2
    if photo["shown_sha256"]:
        paper.image(store.read(photo["shown_sha256"]), x + 1 * mm, bottom, width - 2 * mm, PHOTO_HEIGHT - 1 * mm)
    else:
        lost = "照片文件已不在本系统 The photo is lost"
        paper.text(lost, middle, bottom + PHOTO_HEIGHT / 2, 7, colour=BAD, align="centre", width=width - 4 * mm)
    caption = f"照{photo['number']}　{'、'.join(photo['items']) or '整体'}"
    paper.text(caption, x + 2 * mm, bottom - 3.4 * mm, 7, bold=True, width=width - 4 * mm)
    paper.text(f"{photo['at']}　{photo['by']}", x + 2 * mm, bottom - 6.6 * mm, 6.4, colour=GREY, width=width - 4 * mm)
