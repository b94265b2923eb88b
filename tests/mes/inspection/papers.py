"""What tests of papers share: reading them as people and programs do."""

from __future__ import annotations

import io
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw
from pypdf import PdfReader

from mes.core.commands import perform
from mes.inspection.documents.service import (
    IssueHiddenWorks,
    IssueStrengthReport,
    issue_hidden_works,
    issue_strength_report,
)
from mes.inspection.models import QualityDocument
from tests.conftest import actor
from tests.mes.inspection.stage import Stage


def pages_of(pdf: bytes) -> list[str]:
    """The text of each page."""
    return [page.extract_text() for page in PdfReader(io.BytesIO(pdf), strict=True).pages]


def codes_of(pdf: bytes, folder: Path, page: int = 1) -> list[str]:
    """What the QR codes of a page say, read from its picture."""
    zxingcpp = pytest.importorskip("zxingcpp")
    if shutil.which("pdftoppm") is None:
        pytest.skip("no pdftoppm here")
    (folder / "paper.pdf").write_bytes(pdf)
    command = ["pdftoppm", "-png", "-r", "150", "-f", str(page), "-l", str(page), "-singlefile"]
    subprocess.run([*command, str(folder / "paper.pdf"), str(folder / "page")], check=True)
    with Image.open(folder / "page.png") as picture:
        return sorted(code.text for code in zxingcpp.read_barcodes(picture))


def drawn_signature(kind: str = "PNG", mode: str = "RGBA") -> bytes:
    """A few strokes on nothing, as the page's canvas sends them."""
    picture = Image.new(mode, (600, 200), (0, 0, 0, 0) if mode == "RGBA" else "white")
    pen = ImageDraw.Draw(picture)
    pen.line([(60, 150), (160, 40), (220, 160), (320, 60), (420, 140), (540, 50)], fill="black", width=7)
    target = io.BytesIO()
    picture.save(target, kind)
    return target.getvalue()


def hidden_works_record(stage: Stage, index: int = 0, **by: Any) -> QualityDocument:
    """Issue the record of an element's hidden works."""
    command = IssueHiddenWorks(element_id=stage.element_ids[index], press=stage.press)
    issued = perform(stage.database, by.get("by") or actor("inspector"), stage.clock, issue_hidden_works, command)
    return document(stage, issued.document_id)


def strength_report(stage: Stage, **subject: Any) -> QualityDocument:
    """Issue a strength report of a batch or an evaluation."""
    command = IssueStrengthReport(press=stage.press, **subject)
    issued = perform(stage.database, actor("inspector"), stage.clock, issue_strength_report, command)
    return document(stage, issued.document_id)


def document(stage: Stage, document_id: Any) -> QualityDocument:
    """A paper as it is now."""
    with stage.database.reading() as session:
        return session.get_one(QualityDocument, document_id)


def pdf_of(stage: Stage, paper: QualityDocument) -> bytes:
    """Its PDF as it was kept."""
    return stage.press.store.read(paper.pdf_sha256)
