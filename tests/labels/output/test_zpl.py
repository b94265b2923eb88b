"""A label as a job for a printer: what is in it, what can never get into it, and what arrives."""

from __future__ import annotations

import re
import string
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labels.errors import LabelError, TagDataError
from labels.layout.compose import lay_out
from labels.layout.fonts import Fonts, load_fonts
from labels.layout.model import Fill, Frame, LaidOut, Stroke, TextLine
from labels.layout.templates import load_template
from labels.output.zpl import TagCopiesError, label_zpl
from labels.output.zpl.rfid import tag_fields
from labels.printers.confirmation import Printer, print_and_confirm
from labels.printers.emulator import PrinterEmulator
from labels.printers.tcp import send
from labels.printers.zpl_stream import Format, ZplStream
from tests.labels.fonts import font_dir
from tests.labels.records import ELEMENT, RECORDS

USER_MEMORY = "C104" + "0012AB34" * 3
PLAIN = LaidOut("plain", 20, 10, (Fill(1, 1, 5, 2),))
HEAD = r"\^XA\n\^CI28\^PON\^PMN\^LRN\^LS0\^LH0,0\n\^PW\d+\^LL\d+\n"
BOX = r"\^FO\d+,\d+\^GB\d+,\d+,\d+,B,0\^FS\n"
PICTURE = r"\^FO\d+,\d+\^GFA,\d+,\d+,\d+,[0-9A-Zg-z,:]+\^FS\n"
ONLY_DRAWING = re.compile(f"{HEAD}(?:{BOX})*(?:{PICTURE})*\\^PQ1,0,1,Y\\n\\^XZ\\n")


@pytest.fixture(scope="module")
def fonts() -> Fonts:
    return load_fonts(font_dir())


@pytest.fixture(scope="module")
def element(fonts: Fonts) -> LaidOut:
    make, _ = RECORDS["element"]
    label = lay_out(load_template("element-60x40"), make(ELEMENT), fonts)
    return replace(label, user_memory_hex=USER_MEMORY)


def text_label(text: str) -> LaidOut:
    return LaidOut("text", 60, 10, (TextLine(2, 6, text, "regular", 8),))


def test_sizes_are_in_the_printers_dots(fonts: Fonts) -> None:
    # 100 mm at 300 dots an inch: 100 / 25.4 * 300 = 1181.1; 70 mm: 826.8.
    job = label_zpl(replace(PLAIN, width_mm=100, height_mm=70), fonts, 300)
    assert b"^PW1181^LL827\n" in job


def test_rectangles_and_lines_are_boxes_in_whole_dots(fonts: Fonts) -> None:
    # 8 dots a millimetre; a line of 0.25 mm is two dots, centred on y = 5 mm: from dot 39.
    marks = (Fill(1, 1, 5, 2), Stroke(2, 5, 12, 5, 0.25), Frame(8, 1, 4, 2, 0.25))
    job = label_zpl(LaidOut("plain", 20, 10, marks), fonts, 203).decode()
    boxes = re.findall(r"\^FO(\d+),(\d+)\^GB(\d+),(\d+),\d+,B,0\^FS", job)
    assert boxes[:2] == [("8", "8", "40", "16"), ("16", "39", "80", "2")]
    assert len(boxes) == 6
    assert "^GF" not in job


def test_a_job_says_how_often(fonts: Fonts) -> None:
    assert b"^PQ3,0,1,Y\n" in label_zpl(replace(PLAIN, copies=3), fonts)
    for copies in (0, -1, 100_000_000):
        with pytest.raises(LabelError):
            label_zpl(replace(PLAIN, copies=copies), fonts)


def test_a_job_is_small(fonts: Fonts) -> None:
    make, records = RECORDS["element"]
    label = lay_out(load_template("element-100x70"), make(records["typical"]), fonts)
    # The bare picture in hexadecimal is 112 000 characters.
    assert len(label_zpl(label, fonts)) < 30_000
    assert len(label_zpl(label, fonts, compression="z64")) < 15_000


@settings(max_examples=40, deadline=None)
@given(st.text(alphabet=st.sampled_from("^~_,:\\>;&XAZFSDHJP0123\n\r\t\x00\x02\x7f构件é")))
def test_no_text_becomes_a_command(fonts: Fonts, text: str) -> None:
    job = label_zpl(text_label("^XZ~JR" + text), fonts).decode("ascii")
    assert ONLY_DRAWING.fullmatch(job)


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(max_size=40), st.text("0123456789abcdefABCDEF^~", max_size=60)))
def test_no_tag_data_become_a_command(data: str) -> None:
    label = replace(PLAIN, epc_hex=data, user_memory_hex=data)
    try:
        fields = tag_fields(label)
    except TagDataError:
        return
    assert not data or set(data) <= set(string.hexdigits)
    assert not data or fields[0] == "^RS8,,,1,N"


def test_a_tag_gets_its_length_its_epc_and_its_user_memory(element: LaidOut) -> None:
    epc = element.epc_hex
    assert len(epc) == 24
    # Protocol control: 6 words (00110), user memory 1, and no other numbering than GS1's: 0011 0100 0000 0000.
    assert tag_fields(element) == [
        "^RS8,,,1,N",
        f"^RFW,H,1,14,1^FD3400{epc}^FS",
        "^FN1^RFR,H,2,12,1^FS",
        "^FH_^HV1,24,EPC[,]_0D_0A,L^FS",
        f"^RFW,H,0,14,3^FD{USER_MEMORY}^FS",
        "^FN2^RFR,H,0,14,3^FS",
        "^FH_^HV2,28,USER[,]_0D_0A,L^FS",
    ]


@pytest.mark.parametrize(("epc_words", "control"), [(6, "3000"), (8, "4000"), (13, "6800")])
def test_the_protocol_control_word_tells_the_length(epc_words: int, control: str) -> None:
    epc = "30" + "7A" * (2 * epc_words - 1)
    assert f"^FD{control}{epc}^FS" in tag_fields(replace(PLAIN, epc_hex=epc))[1]


def test_a_label_with_a_tag_is_not_copied(fonts: Fonts, element: LaidOut) -> None:
    twice = replace(element, copies=2)
    with pytest.raises(TagCopiesError):
        label_zpl(twice, fonts, write_rfid=True)
    assert b"^RF" not in label_zpl(twice, fonts, write_rfid=False)


def test_user_memory_without_an_epc_is_refused() -> None:
    with pytest.raises(TagDataError):
        tag_fields(replace(PLAIN, user_memory_hex="0000"))


@pytest.mark.parametrize("tries", [0, 11])
def test_one_to_ten_labels_are_tried_for_a_tag(element: LaidOut, tries: int) -> None:
    with pytest.raises(TagDataError):
        tag_fields(element, tries)


def test_what_arrives_is_what_was_made_byte_by_byte(fonts: Fonts, element: LaidOut) -> None:
    job = label_zpl(element, fonts, write_rfid=True) + label_zpl(text_label("构件"), fonts, compression="z64")
    with PrinterEmulator() as emulator:
        assert send(emulator.host, emulator.port, job).state == "sent"
        assert emulator.wait_until_idle()
        assert emulator.received == job
        assert len(emulator.printed) == 2


def test_the_tag_in_the_label_holds_what_the_label_says(fonts: Fonts, element: LaidOut) -> None:
    job = label_zpl(element, fonts, write_rfid=True)
    with PrinterEmulator() as emulator:
        printer = Printer(emulator.host, emulator.port)
        printed = print_and_confirm(printer, job, 1, tags=[element.epc_hex], timeout_seconds=5)
        assert (printed.state, printed.tags) == ("printed", (element.epc_hex,))
        tag = emulator.printed[0]
        assert (tag.epc_hex, tag.user_hex) == (element.epc_hex, USER_MEMORY)


def test_a_printer_reads_the_job_as_one_format(fonts: Fonts, element: LaidOut) -> None:
    stream = ZplStream()
    (form,) = stream.feed(label_zpl(element, fonts, write_rfid=True))
    assert isinstance(form, Format)
    assert not stream.is_in_format
    known = {"CI", "PO", "PM", "LR", "LS", "LH", "PW", "LL", "PQ", "FO", "GB", "GF", "FS"}
    tag = {"RS", "RF", "FD", "FN", "FH", "HV"}
    assert {command.name for command in form.commands} == known | tag
