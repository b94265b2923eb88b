"""What a ZPL renderer that is not ours (zebrash, from npm) makes of our labels."""

from __future__ import annotations

import io
import json
import subprocess
from base64 import b64decode
from collections.abc import Callable, Iterator

import pytest
import zxingcpp
from PIL import Image, ImageChops

from labels.layout.compose import lay_out
from labels.layout.fonts import Fonts, load_fonts
from labels.layout.model import LaidOut, Symbol
from labels.layout.templates import load_template, template_names
from labels.output.png import label_picture
from labels.output.zpl import label_zpl
from tests.labels.fonts import font_dir
from tests.labels.records import RECORDS
from tests.peers.packages import PeersMissingError, peer_command

Renderer = Callable[[bytes, LaidOut], Image.Image]


@pytest.fixture(scope="module")
def fonts() -> Fonts:
    return load_fonts(font_dir())


@pytest.fixture(scope="module")
def rendered() -> Iterator[Renderer]:
    """What the renderer draws of a label's ZPL at 8 dots a millimetre."""
    try:
        command = peer_command("zpl_picture.js")
    except PeersMissingError as error:
        pytest.skip(f"no independent renderer of ZPL: {error}")
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        asked, answers = program.stdin, program.stdout

        def render(zpl: bytes, label: LaidOut) -> Image.Image:
            sides = {"width_mm": label.width_mm, "height_mm": label.height_mm, "dpmm": 8}
            asked.write(json.dumps({"zpl": zpl.decode()} | sides) + "\n")
            asked.flush()
            answer = json.loads(answers.readline())
            assert "error" not in answer
            return Image.open(io.BytesIO(b64decode(answer["png"]))).convert("L")

        yield render
        asked.close()


@pytest.mark.parametrize("design", template_names())
def test_a_printed_label_is_the_preview_dot_by_dot(design: str, fonts: Fonts, rendered: Renderer) -> None:
    template = load_template(design)
    make, records = RECORDS[template.label]
    label = lay_out(template, make(records["typical"]), fonts)
    preview = label_picture(label, fonts).convert("L")
    for zpl in (label_zpl(label, fonts, write_rfid=True), label_zpl(label, fonts, compression="z64")):
        # The renderer rounds the label's size up; beyond the preview there is nothing.
        drawn = rendered(zpl, label)
        assert ImageChops.difference(drawn.crop((0, 0, *preview.size)), preview).getbbox() is None
    wanted = {mark.text for mark in label.marks if isinstance(mark, Symbol)}
    assert {found.bytes.decode() for found in zxingcpp.read_barcodes(drawn)} == wanted
