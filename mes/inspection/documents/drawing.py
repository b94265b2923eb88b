"""Drawing papers by their kind, and what all of them share: head with codes, signatures, notes and foot."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from reportlab.lib.units import mm

from labels import draw_qr
from labels.layout.fonts import Fonts
from mes.core.files import FileStore
from mes.inspection.documents.archive import UNDATED, Imprint
from mes.inspection.documents.paper import ACCENT, GREY, HAIR, HEIGHT, INK, MARGIN, WIDTH, Paper

Content = Mapping[str, Any]
Draw = Callable[[Paper, Content, FileStore], None]
SIGNATURE_HEIGHT, NOTE_HEIGHT = 22 * mm, 4 * mm
CODE_SIZE = 27 * mm
SIGNERS = {
    "inspector": ("检验员", "Inspector"),
    "witness": ("监理见证", "Witnessed by"),
    "issuer": ("签发人", "Issued by"),
    "quality_manager": ("质量负责人", "Quality manager"),
    "resident_supervisor": ("驻厂监理", "Resident supervisor"),
    "producer_seal": ("生产单位（盖章）", "Producer's seal"),
}
_drawers: dict[str, Draw] = {}


def draws(kind: str) -> Callable[[Draw], Draw]:
    """Register how papers of a kind are drawn."""

    def register(draw: Draw) -> Draw:
        _drawers[kind] = draw
        return draw

    return register


def render(kind: str, content: Content, fonts: Fonts, store: FileStore) -> bytes:
    """The PDF of a paper: the same content, fonts and kept pictures give the same bytes."""
    paper = Paper(fonts, imprint_of(content))
    paper.foot = partial(draw_foot, content)
    draw_part(paper, kind, content, store)
    return paper.bytes()


def draw_part(paper: Paper, kind: str, content: Content, store: FileStore) -> None:
    """Draw a paper of a kind from the present page on: alone, or as a part of a larger one."""
    paper.running = f"{content['template']['title']['zh']} {content['number']}"
    _drawers[kind](paper, content, store)
    paper.running = ""


def imprint_of(content: Content) -> Imprint:
    """What the file says of itself."""
    moment = content.get("issued_at")
    title = f"{content['template']['title']['zh']} {content['number']}"
    issued_at = datetime.fromisoformat(moment) if moment else UNDATED
    return Imprint(title, content["producer"]["name"], title, issued_at, content.get("basis", ""))


def draw_head(paper: Paper, content: Content, codes: Sequence[tuple[str, str]]) -> None:
    """The producer, the title, the number, and at the right the codes: (address, words below)."""
    canvas, title = paper.canvas, content["template"]["title"]
    canvas.setFillColor(ACCENT)
    canvas.rect(0, HEIGHT - 4 * mm, WIDTH, 4 * mm, stroke=0, fill=1)
    room = paper.width - len(codes) * CODE_SIZE
    paper.text(content["producer"]["name"], MARGIN, paper.top - 6 * mm, 11, bold=True, width=room)
    paper.text(title["zh"], MARGIN, paper.top - 17 * mm, 22, bold=True, width=room)
    paper.text(title["en"], MARGIN, paper.top - 23 * mm, 9, colour=GREY, width=room)
    paper.text(f"编号 No. {content['number']}", MARGIN, paper.top - 30 * mm, 10.5, bold=True, width=room * 0.58)
    issued = f"签发日期 Issued on {content['issued_on']}"
    paper.text(issued, MARGIN + room * 0.6, paper.top - 30 * mm, 9, width=room * 0.38)
    for place, (address, words) in enumerate(reversed(codes)):
        left = WIDTH - MARGIN - (place + 1) * CODE_SIZE + 2 * mm
        canvas.setFillColor(INK)
        draw_qr(canvas, address, left, paper.top - CODE_SIZE + 1 * mm, CODE_SIZE)
        middle = left + CODE_SIZE / 2
        paper.text(words, middle, paper.top - CODE_SIZE - 1 * mm, 5.6, colour=GREY, align="centre", width=CODE_SIZE)
    paper.skip(32 * mm)


def draw_signatures(paper: Paper, content: Content, store: FileStore) -> None:
    """A box for each who signs by the template: the name, the day and the picture of those who did."""
    wanted, signed = content["template"]["signatures"], content["signers"]
    if not paper.room_for(SIGNATURE_HEIGHT + 4 * mm):
        paper.new_page()
    paper.skip(4 * mm)
    width, bottom = paper.width / len(wanted), paper.top - SIGNATURE_HEIGHT
    for place, signer in enumerate(wanted):
        _signature(paper, signer, signed.get(signer) or {}, MARGIN + place * width, bottom, width, store)
    paper.top = bottom


def _signature(
    paper: Paper, signer: str, who: Content, x: float, bottom: float, width: float, store: FileStore
) -> None:
    zh, en = SIGNERS[signer]
    paper.canvas.setStrokeColor(HAIR)
    paper.canvas.setLineWidth(0.5)
    paper.canvas.rect(x, bottom, width, SIGNATURE_HEIGHT, stroke=1, fill=0)
    paper.text(f"{zh} {en}", x + 2 * mm, bottom + SIGNATURE_HEIGHT - 4.5 * mm, 7.4, colour=GREY, width=width - 4 * mm)
    name, picture = who.get("name") or "", who.get("signature")
    half = (width - 4 * mm) / 2
    paper.text(name, x + 2 * mm, bottom + 9 * mm, 11, bold=True, width=half if picture else width - 4 * mm)
    if picture:
        paper.image(store.read(picture), x + 2 * mm + half, bottom + 5.5 * mm, half, SIGNATURE_HEIGHT - 11 * mm)
    day = who.get("on") or "    年  月  日"
    paper.text(f"日期 Date  {day}", x + 2 * mm, bottom + 2.6 * mm, 7.4, colour=GREY, width=width - 4 * mm)


def draw_notes(paper: Paper, content: Content) -> None:
    """The template's notes, and that it is a draft where it is one."""
    form = content["template"]
    lines = [f"{note['zh']} {note['en']}" for note in form["notes"]]
    if form["draft"]:
        lines.append(f"本版式（{form['city']['zh']}）为草稿，尚未经当地主管部门确认。 Draft layout, not confirmed.")
    for line in lines:
        if not paper.room_for(NOTE_HEIGHT):
            paper.new_page()
        paper.skip(NOTE_HEIGHT)
        paper.text(line, MARGIN, paper.top, 6.6, colour=GREY, width=paper.width)


def draw_foot(content: Content, paper: Paper, page: int, pages: int) -> None:
    """Where the paper is verified, its number, and which page this is of how many."""
    paper.text(content["verify_url"], MARGIN, 8 * mm, 6, colour=GREY, width=100 * mm)
    words = f"{content['number']}　第 {page} 页 共 {pages} 页"
    paper.text(words, WIDTH - MARGIN, 8 * mm, 6.6, colour=GREY, align="right", width=76 * mm)
