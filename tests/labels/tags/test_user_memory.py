"""The USER bank: facts for a reader without a network."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labels.json_lines import answer_line
from labels.tags.json_lines import answer_tag
from labels.tags.user_memory import (
    BANK_BITS,
    FactError,
    TagFacts,
    UserMemoryError,
    read_user_memory,
    shortened,
    write_user_memory,
)

SLAB = TagFacts(
    type_code="YB-3618",
    weight_kg=1850,
    produced_on=date(2026, 11, 21),
    project="滨江花园三期",
    concrete_grade="C30",
    serial="1000023",
)
# Worked by hand. C1: mark and version. 1850 = 00073A. 2026-11-21 is 9821 days = 265D after 2000-01-01: 26 years of 365
# days, 7 leap days of 2000 to 2024, and 324 days from New Year. C30 = 1E. 27: kind 1, 7 bytes "YB-3618". 4C: kind 2,
# 12 bytes of GB 18030. 87: kind 4, 7 bytes "1000023". With the check value 40 bytes, 14 hexadecimal words.
SLAB_BODY = "00073A265D1E" + "2759422D33363138" + "4CB1F5BDADBBA8D4B0C8FDC6DA" + "8731303030303233" + "00"


def facts(longest: int = 12) -> st.SearchStrategy[TagFacts]:
    texts = st.text(
        st.characters(codec="gb18030", exclude_categories=["Cc", "Cs"]) | st.sampled_from("构件叠合板"),
        max_size=longest,
    )
    grades = st.integers(1, 300).map("C{}".format) | st.sampled_from(["", "LC30", "C30/37", "C030"])
    return st.builds(
        TagFacts,
        type_code=texts,
        weight_kg=st.none() | st.integers(0, 0xFFFFFE),
        produced_on=st.none() | st.dates(date(2000, 1, 1), date(2179, 6, 5)),
        project=texts,
        concrete_grade=grades,
        serial=texts,
        plant=texts,
    )


def check_value(block: bytes) -> bytes:
    """CRC-16 of ISO/IEC 13239 bit by bit: x^16 + x^12 + x^5 + 1, from all ones, inverted."""
    value = 0xFFFF
    for byte in block:
        value ^= byte << 8
        for _ in range(8):
            value = (value << 1) ^ (0x1021 if value & 0x8000 else 0)
            value &= 0xFFFF
    return (value ^ 0xFFFF).to_bytes(2)


def with_check_value(block: str) -> str:
    return (bytes.fromhex(block) + check_value(bytes.fromhex(block))).hex().upper()


def test_the_block_is_written_as_documented() -> None:
    words = (2 + len(SLAB_BODY) // 2 + 2) // 2
    assert write_user_memory(SLAB) == with_check_value(f"C1{words:02X}{SLAB_BODY}")


def test_the_check_value_is_that_of_the_air_interface() -> None:
    assert check_value(b"123456789").hex() == "d64e"  # the value that catalogues of CRCs give


def test_nothing_known_takes_ten_bytes() -> None:
    assert write_user_memory(TagFacts(), 128) == with_check_value("C105FFFFFFFFFF00")


@pytest.mark.parametrize(
    ("bits", "expected"),
    [
        (128, TagFacts(type_code="YB-…", weight_kg=1850, produced_on=SLAB.produced_on, concrete_grade="C30")),
        (256, replace(SLAB, serial="")),
        (512, replace(SLAB, plant="绿建构件一厂")),
    ],
)
def test_what_fits_which_bank(bits: int, expected: TagFacts) -> None:
    written = write_user_memory(replace(SLAB, plant="绿建构件一厂"), bits)
    assert len(written) * 4 <= bits
    assert read_user_memory(written) == expected


def test_a_type_code_of_five_letters_fits_the_smallest_bank() -> None:
    assert read_user_memory(write_user_memory(TagFacts(type_code="YB-36"), 128)).type_code == "YB-36"


def test_a_long_project_is_shortened_visibly_between_characters() -> None:
    asked = replace(SLAB, project="杭州市余杭区未来科技城保障性租赁住房项目三标段")
    read = read_user_memory(write_user_memory(asked, 256))
    # 22 bytes, 8 of them the type code's: 14, of which 1 says what it is and 2 are the mark; 5 characters fit 11 bytes
    assert read.project == "杭州市余杭…"
    assert shortened(asked, read) == ("project", "serial")


def test_a_character_of_several_code_points_is_not_cut() -> None:
    kept = read_user_memory(write_user_memory(TagFacts(type_code="ae\u0301bcdef"), 128)).type_code
    assert kept == "a…"  # e with its accent takes 1 + 4 bytes more in GB 18030, and goes as a whole


def test_a_serial_is_whole_or_absent() -> None:
    assert read_user_memory(write_user_memory(TagFacts(serial="1234567"), 128)).serial == ""


def test_a_text_longer_than_a_piece_goes_on_in_the_next() -> None:
    asked = TagFacts(project="住" * 20)
    # 8 bytes of head, 40 of text in two pieces (1 + 31 and 1 + 9), 2 of check value
    assert len(write_user_memory(asked)) == 2 * 52
    assert read_user_memory(write_user_memory(asked)) == asked


@settings(max_examples=150, deadline=None)
@given(asked=facts())
def test_facts_come_back_from_a_bank_large_enough(asked: TagFacts) -> None:
    assert read_user_memory(write_user_memory(asked, 4096)) == asked


@settings(max_examples=150, deadline=None)
@given(asked=facts(40), bits=st.sampled_from(BANK_BITS))
def test_what_comes_back_is_what_was_asked_or_visibly_less(asked: TagFacts, bits: int) -> None:
    written = write_user_memory(asked, bits)
    read = read_user_memory(written + "F" * (bits // 4 - len(written)))
    assert (read.weight_kg, read.produced_on) == (asked.weight_kg, asked.produced_on)
    for name in ("type_code", "project", "concrete_grade", "serial", "plant"):
        text, whole = getattr(read, name), getattr(asked, name)
        assert text in (whole, "") or (text.endswith("…") and whole.startswith(text[:-1]))
    assert write_user_memory(read, bits) == written


@settings(max_examples=100, deadline=None)
@given(asked=facts(), bit=st.integers(0, 10_000))
def test_one_flipped_bit_is_always_noticed(asked: TagFacts, bit: int) -> None:
    memory = int(written := write_user_memory(asked, 4096), 16)
    damaged = memory ^ 1 << bit % (4 * len(written))
    with pytest.raises(UserMemoryError):
        read_user_memory(f"{damaged:0{len(written)}X}")


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=70).map(bytes.hex) | st.text(max_size=20))
def test_foreign_memory_is_read_or_refused_but_nothing_else(memory: str) -> None:
    with pytest.raises(UserMemoryError):
        read_user_memory(memory)


@pytest.mark.parametrize(
    ("memory", "why"),
    [
        ("", "blank"),
        ("0000" * 32, "blank"),
        ("FFFF" * 32, "blank"),
        ("xyz", "hexadecimal"),
        ("E280", "not written by this system"),
        ("C2" + write_user_memory(SLAB)[2:], "layout 2"),
        (write_user_memory(SLAB)[:-4], "words"),
        ("C1", "cut off"),
        ("C104FFFFFFFFFF00", "cut off"),
        (write_user_memory(SLAB)[:-1] + "0", "check value"),
        (with_check_value("C107FFFFFFFFFF00" + "E1410000"), "kind 7"),
        (with_check_value("C106FFFFFFFFFF00" + "3F41"), "31 bytes"),
        (with_check_value("C106FFFFFFFFFF00" + "0041"), "behind"),
        (with_check_value("C106FFFFFFFFFF00" + "21FF"), "GB 18030"),
    ],
)
def test_damage_is_named(memory: str, why: str) -> None:
    with pytest.raises(UserMemoryError, match=why):
        read_user_memory(memory)


@pytest.mark.parametrize(
    ("asked", "bits"),
    [
        (TagFacts(weight_kg=-1), 512),
        (TagFacts(weight_kg=0xFFFFFF), 512),
        (TagFacts(produced_on=date(1999, 12, 31)), 512),
        (TagFacts(produced_on=date(2179, 6, 5) + timedelta(days=1)), 512),
        (TagFacts(project="two\nlines"), 512),
        (TagFacts(project="\ud800"), 512),
        (TagFacts(), 96),
        (TagFacts(), 500),
        (TagFacts(project="住" * 300), 8192),
    ],
)
def test_what_the_layout_cannot_say_is_refused(asked: TagFacts, bits: int) -> None:
    with pytest.raises(FactError):
        write_user_memory(asked, bits)


def answer(request: dict[str, Any]) -> dict[str, Any]:
    answered: dict[str, Any] = json.loads(answer_line(json.dumps(request), answer_tag))
    return answered


def test_the_command_writes_and_reads_line_by_line() -> None:
    told = {"type_code": "YB-3618", "weight_kg": 1850, "produced_on": "2026-11-21", "project": "滨江花园三期"}
    lines = [{"op": "user-memory", "facts": told, "bits": 128}, {"op": "user-memory", "hex": write_user_memory(SLAB)}]
    done = subprocess.run(
        [sys.executable, "-m", "labels", "tag"],
        input="\n".join(map(json.dumps, lines)).encode(),
        capture_output=True,
        check=True,
    )
    written, read = (json.loads(line) for line in done.stdout.splitlines())
    assert written["shortened"] == ["type_code", "project"]
    assert read == {"facts": told | {"concrete_grade": "C30", "serial": "1000023", "plant": ""}}
    assert answer({"op": "user-memory", "hex": written["hex"]})["facts"]["type_code"] == "YB-…"


@pytest.mark.parametrize(
    "request_",
    [
        {"op": "encode"},
        {"op": "user-memory"},
        {"op": "user-memory", "hex": "00", "facts": {}},
        {"op": "user-memory", "hex": 12},
        {"op": "user-memory", "hex": "C105"},
        {"op": "user-memory", "facts": []},
        {"op": "user-memory", "facts": {"colour": "grey"}},
        {"op": "user-memory", "facts": {"project": 1}},
        {"op": "user-memory", "facts": {"weight_kg": 1.5}},
        {"op": "user-memory", "facts": {"produced_on": "yesterday"}},
        {"op": "user-memory", "facts": {}, "bits": "512"},
        {"op": "user-memory", "facts": {}, "bits": 100},
    ],
)
def test_a_request_of_another_form_is_answered_with_an_error(request_: dict[str, Any]) -> None:
    assert list(answer(request_)) == ["error"]
