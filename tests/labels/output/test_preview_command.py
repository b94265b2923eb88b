"""``python -m labels preview``: what a designer gets, and what is told where something is wrong."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from PIL import Image
from pypdf import PdfReader

from labels.__main__ import main
from labels.layout.templates import load_template
from tests.labels.fonts import font_dir
from tests.labels.records import content_of
from tests.labels.rendering import codes

SLOT = {"fields": dict(content_of("slot", "typical", "zh").fields)}


def preview(folder: Path, design: str, out: str, content: Any = None, *options: str) -> int:
    arguments = ["preview", design, "--out", str(folder / out), "--fonts", str(font_dir()), *options]
    if content is not None:
        (folder / "content.json").write_text(json.dumps(content), "utf-8")
        arguments += ["--content", str(folder / "content.json")]
    return main(arguments)


def test_a_design_with_content_is_a_picture_in_printers_dots(tmp_path: Path) -> None:
    assert preview(tmp_path, "slot-100x70", "x.png", SLOT, "--dpi", "300") == 0
    with Image.open(tmp_path / "x.png") as picture:
        assert picture.size == (1181, 827)
        assert codes(picture.convert("L")) == ["S:A-03"]


def test_several_labels_are_a_pdf(tmp_path: Path) -> None:
    assert preview(tmp_path, "slot-100x70", "x.pdf", [SLOT, SLOT | {"copies": 2}]) == 0
    pdf = PdfReader(io.BytesIO((tmp_path / "x.pdf").read_bytes()))
    assert len(pdf.pages) == 3
    assert "A-03" in pdf.pages[2].extract_text()


def test_a_design_without_content_shows_a_sample(tmp_path: Path) -> None:
    assert preview(tmp_path, "element-60x40", "x.pdf", None, "--language", "en", "--sheet", "a4") == 0
    pdf = PdfReader(io.BytesIO((tmp_path / "x.pdf").read_bytes()))
    assert "SCAN · OFFLINE? QUOTE" in pdf.pages[0].extract_text()


def test_a_design_of_ones_own_is_found_in_its_folder(tmp_path: Path) -> None:
    row = {"kind": "text", "field": "code", "x": 1, "y": 1, "width": 18, "height": 8}
    own = {"name": "mine", "label": "slot", "width_mm": 20, "height_mm": 10, "items": [row]}
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(own), "utf-8")
    assert preview(tmp_path, "mine", "x.png", SLOT, "--designs", str(tmp_path)) == 0
    with Image.open(tmp_path / "x.png") as picture:
        assert picture.size == (160, 80)
    assert load_template("mine", [tmp_path]).label == "slot"


@pytest.mark.parametrize(
    ("design", "out", "content", "told"),
    [
        ("poster", "x.png", SLOT, "There is no label design 'poster'"),
        ("slot-100x70", "x.jpg", SLOT, "must end in .png or .pdf"),
        ("slot-100x70", "x.png", [SLOT, SLOT], "a PNG shows one"),
        ("slot-100x70", "x.png", {"fields": {"code": "A"}}, "the label has no field"),
        ("slot-100x70", "x.png", {"fields": {"code": 3}}, "label 1: code must be given as text"),
        ("slot-100x70", "x.png", {"code": "A"}, "a label is an object such as"),
        ("slot-100x70", "x.png", SLOT | {"colour": "red"}, "has colour, of which we know nothing"),
        ("slot-100x70", "x.pdf", SLOT | {"copies": 0}, "copies must be a whole number from 1 to 1000, not 0"),
    ],
)
def test_what_cannot_be_shown_is_told_and_leaves_no_file(
    design: str, out: str, content: Any, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert preview(tmp_path, design, out, content) == 1
    assert told in capsys.readouterr().err
    assert not (tmp_path / out).exists()
