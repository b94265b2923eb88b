"""Pictures in ZPL, read back by decoders of the test's own, written from the manual."""

from __future__ import annotations

import re
import zlib
from base64 import b64decode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from labels.output.zpl.graphics import Compression, graphic_field

FIELD = re.compile(r"\^GFA,(\d+),(\d+),(\d+),(.*)", re.DOTALL)


def crc_ccitt(data: bytes) -> int:
    """Polynomial x^16 + x^12 + x^5 + 1, begun with 0, bit by bit."""
    register = 0
    for byte in data:
        register ^= byte << 8
        for _ in range(8):
            register = (register << 1 ^ 0x1021 if register & 0x8000 else register << 1) & 0xFFFF
    return register


def repeats(letter: str) -> int:
    """G to Y are 1 to 19, g to z are 20 to 400."""
    return ord(letter) - ord("G") + 1 if letter.isupper() else 20 * (ord(letter) - ord("g") + 1)


def from_acs(text: str, row_bytes: int) -> str:
    """The hexadecimal digits that the run lengths stand for."""
    rows, row, count = [], "", 0
    for sign in text:
        if "G" <= sign.upper() <= "Z":
            count += repeats(sign)
            continue
        if sign == ":":
            row = rows[-1]
        elif sign == ",":
            row = row.ljust(2 * row_bytes, "0")
        else:
            row, count = row + sign * max(count, 1), 0
        while len(row) >= 2 * row_bytes:
            rows.append(row[: 2 * row_bytes])
            row = row[2 * row_bytes :]
    assert not row
    return "".join(rows)


def from_z64(text: str) -> str:
    name, coded, crc = text.strip(":").split(":")
    assert name == "Z64"
    assert int(crc, 16) == crc_ccitt(coded.encode())
    return zlib.decompress(b64decode(coded, validate=True)).hex().upper()


def decoded(field: str) -> tuple[int, bytes]:
    """Bytes in a row, and all of them; the counts in the field must fit."""
    found = FIELD.fullmatch(field)
    assert found
    total, graphic, row_bytes = (int(found[number]) for number in (1, 2, 3))
    digits = from_z64(found[4]) if found[4].startswith(":Z64") else from_acs(found[4], row_bytes)
    data = bytes.fromhex(digits)
    assert len(data) == total == graphic
    return row_bytes, data


def picture(rows: list[str]) -> Image.Image:
    image = Image.new("L", (len(rows[0]), len(rows)), 0)
    image.putdata([255 if sign == "#" else 0 for row in rows for sign in row])
    return image


def test_run_lengths_as_worked_out_by_hand() -> None:
    rows = ["#" * 8 + "." * 16, "#" * 8 + "." * 16, "." * 24, "#.#.#.#." * 3, "...#" + "." * 20]
    # FF and white to the end; the same again; white; six times A; 1 and white to the end.
    assert graphic_field(picture(rows)) == "^GFA,15,15,3,FF,:,LA1,"


@pytest.mark.parametrize(
    ("count", "letters"), [(3, "I"), (19, "Y"), (20, "g"), (39, "gY"), (400, "z"), (419, "zY"), (826, "zzgL")]
)
def test_long_runs_add_up(count: int, letters: str) -> None:
    row = ("####" * count).ljust(4 * (count + count % 2), ".")
    assert graphic_field(picture([row])).split(",", 4)[4].rstrip("0") == f"{letters}F"


def test_a_checked_deflated_picture_as_others_write_it() -> None:
    # CRC of "123456789" with this polynomial, begun with 0: 31C3 (the check value of CRC-16/XMODEM).
    assert crc_ccitt(b"123456789") == 0x31C3
    assert graphic_field(picture(["#" * 16] * 4), "z64").startswith("^GFA,8,8,2,:Z64:eN")


@settings(max_examples=150, deadline=None)
@given(st.data(), st.sampled_from(["acs", "z64"]))
def test_any_picture_is_read_back_dot_by_dot(data: st.DataObject, compression: Compression) -> None:
    width = data.draw(st.integers(1, 70))
    row = st.one_of(
        st.text("#.", min_size=width, max_size=width),
        st.integers(0, width).map(lambda dark: "#" * dark + "." * (width - dark)),
    )
    drawn = data.draw(st.lists(row, min_size=1, max_size=5))
    rows = [line for line in drawn for _ in range(data.draw(st.integers(1, 3)))]
    row_bytes, content = decoded(graphic_field(picture(rows), compression))
    bits = [
        f"{int.from_bytes(content[at : at + row_bytes]):0{8 * row_bytes}b}" for at in range(0, len(content), row_bytes)
    ]
    assert [line[:width].replace("1", "#").replace("0", ".") for line in bits] == rows
    assert all(set(line[width:]) <= {"0"} for line in bits)
