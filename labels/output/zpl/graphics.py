"""Pictures in ZPL: ``^GF`` with the run lengths that every printer knows (ACS), or with deflate (Z64).

Zebra, ZPL II Programming Guide: ``^GF`` and "Alternative Data Compression Scheme"; "B64 and Z64 Encoding": zlib, then
Base64, then the CRC-16 of the Base64 text (CCITT polynomial, begun with 0), in hexadecimal.
"""

from __future__ import annotations

import binascii
import re
import zlib
from base64 import b64encode
from typing import Literal

from PIL import Image

Compression = Literal["acs", "z64"]

_REPEATED = re.compile(r"(.)\1{2,}")
_MOST_REPEATS = 419


def graphic_field(ink: Image.Image, compression: Compression = "acs") -> str:
    """``^GF`` for a grey picture in which 255 is ink and 0 is none; rows are filled up to whole bytes."""
    data, row_bytes = ink.convert("1", dither=Image.Dither.NONE).tobytes(), (ink.width + 7) // 8
    coded = _z64(data) if compression == "z64" else _acs(data, row_bytes)
    return f"^GFA,{len(data)},{len(data)},{row_bytes},{coded}"


def _z64(data: bytes) -> str:
    text = b64encode(zlib.compress(data, 9))
    return f":Z64:{text.decode()}:{binascii.crc_hqx(text, 0):04X}"


def _acs(data: bytes, row_bytes: int) -> str:
    """Each row in hexadecimal; ``,`` fills it with white, ``:`` says that it is like the last.

    ``!`` ("ones") is not used: some readers take it for the digit 1 and not for F.
    """
    rows, last = [], ""
    for start in range(0, len(data), row_bytes):
        row = data[start : start + row_bytes].hex().upper()
        rows.append(":" if row == last else _row(row))
        last = row
    return "".join(rows)


def _row(row: str) -> str:
    kept = row.rstrip("0")
    # A single digit is as short as the comma that would stand for it.
    return _runs(kept) + "," if len(row) - len(kept) > 1 else _runs(row)


def _runs(digits: str) -> str:
    return _REPEATED.sub(lambda run: _times(len(run[0])) + run[1], digits)


def _times(count: int) -> str:
    """How often the next digit is to be taken: ``g`` to ``z`` for 20 to 400, ``G`` to ``Y`` for 1 to 19, added up."""
    letters = ""
    while count > _MOST_REPEATS:
        letters, count = letters + "z", count - 400
    if count >= 20:
        letters, count = letters + chr(ord("g") + count // 20 - 1), count % 20
    return letters + (chr(ord("G") + count - 1) if count else "")
