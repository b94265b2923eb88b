"""An ICC profile of sRGB (IEC 61966-2-1), made from the standard's own numbers: the same bytes on every machine.

Archived papers say by it what their colours mean. A profile made by a colour library carries the day of its making
and changes with the library; this one does not.
"""

from __future__ import annotations

import struct
from functools import cache

HEADER_BYTES, TAG_BYTES = 128, 12
D50 = (0.9642, 1.0, 0.8249)  # the profile's white; the primaries below are adapted to it (Bradford)
PRIMARIES = {
    b"rXYZ": (0.436066, 0.222488, 0.013916),
    b"gXYZ": (0.385147, 0.716873, 0.097076),
    b"bXYZ": (0.143066, 0.060608, 0.714096),
}
STEPS = 1024  # of the transfer curve
NAME = "sRGB IEC61966-2.1"


@cache
def srgb_profile() -> bytes:
    """The profile: ICC.1:2001-04 (2.4), a display, three primaries and one curve."""
    curve = _curve()
    parts = {
        b"desc": _description(NAME),
        b"cprt": b"text\0\0\0\0" + b"No copyright, use freely\0",
        b"wtpt": _xyz(D50),
        **{tag: _xyz(numbers) for tag, numbers in PRIMARIES.items()},
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
    }
    offset, table, data = HEADER_BYTES + 4 + TAG_BYTES * len(parts), b"", b""
    placed: dict[bytes, tuple[int, int]] = {}
    for tag, part in parts.items():
        if part not in placed:
            placed[part] = (offset + len(data), len(part))
            data += part + b"\0" * (-len(part) % 4)
        table += struct.pack(">4sII", tag, *placed[part])
    size = offset + len(data)
    return _header(size) + struct.pack(">I", len(parts)) + table + data


def _header(size: int) -> bytes:
    made = (2026, 1, 1, 0, 0, 0)
    head = struct.pack(">I4sI4s4s4s6H4s", size, b"\0\0\0\0", 0x02400000, b"mntr", b"RGB ", b"XYZ ", *made, b"acsp")
    rest = struct.pack(">4sI4s4sQI", b"\0\0\0\0", 0, b"\0\0\0\0", b"\0\0\0\0", 0, 0)
    return (head + rest + _numbers(D50)).ljust(HEADER_BYTES, b"\0")


def _numbers(values: tuple[float, ...]) -> bytes:
    return b"".join(struct.pack(">i", round(value * 65536)) for value in values)


def _xyz(values: tuple[float, ...]) -> bytes:
    return b"XYZ \0\0\0\0" + _numbers(values)


def _description(text: str) -> bytes:
    words = text.encode("ascii") + b"\0"
    return b"desc\0\0\0\0" + struct.pack(">I", len(words)) + words + struct.pack(">IIHB", 0, 0, 0, 0) + b"\0" * 67


def _curve() -> bytes:
    """Light from signal, after clause 5.2 of the standard."""
    steps = [_light(step / (STEPS - 1)) for step in range(STEPS)]
    return b"curv\0\0\0\0" + struct.pack(f">I{STEPS}H", STEPS, *(round(65535 * light) for light in steps))


def _light(signal: float) -> float:
    return signal / 12.92 if signal <= 0.04045 else float(((signal + 0.055) / 1.055) ** 2.4)
