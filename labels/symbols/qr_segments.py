"""The fewest bits for a text in a QR symbol: digits, capitals and bytes mixed in the best way.

A segment has 4 bits for its mode, a count whose length depends on the mode and the symbol's version, and its data:
10 bits for 3 digits, 11 for 2 characters of the set of 45, 8 for a byte (ISO/IEC 18004, 7.4.3 to 7.4.5, table 3).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

Mode = Literal[1, 2, 4]
_NUMERIC: Mode = 1
_CAPITALS: Mode = 2
_BYTES: Mode = 4
_CHARACTERS_45 = frozenset(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")
_DIGITS = frozenset(b"0123456789")
_MODES: tuple[Mode, ...] = (_NUMERIC, _CAPITALS, _BYTES)
# Costs in sixths of a bit, so that a third of 10 bits and a half of 11 are whole numbers.
_COSTS = (20, 33, 48)
_SIXTHS = dict(zip(_MODES, _COSTS, strict=True))
# The first mode that can hold a byte; the modes after it can as well.
_CLASSES = tuple(0 if byte in _DIGITS else 1 if byte in _CHARACTERS_45 else 2 for byte in range(256))
_NEVER, _BEGUN = 10**12, 3
_MODE_BITS = 4
# The largest version of each group of versions with counts of the same length, and those lengths in bits.
CountBits = tuple[tuple[Mode, int], ...]
VERSION_GROUPS: tuple[tuple[int, CountBits], ...] = (
    (9, ((_NUMERIC, 10), (_CAPITALS, 9), (_BYTES, 8))),
    (26, ((_NUMERIC, 12), (_CAPITALS, 11), (_BYTES, 16))),
    (40, ((_NUMERIC, 14), (_CAPITALS, 13), (_BYTES, 16))),
)
_PLAIN_AUTHORITY = re.compile(r"[A-Za-z0-9.-]+(:[0-9]+)?")


class Segment(NamedTuple):
    """A mode, by its indicator, and its bytes."""

    mode: Mode
    data: bytes


@lru_cache(maxsize=512)
def segments(data: bytes, count_bits: CountBits) -> tuple[Segment, ...]:
    """The bytes in segments of fewest bits, for counts of these lengths by mode.

    Found by dynamic programming: for each place, the cheapest way to be there in each of the three modes.
    """
    heads = tuple((_MODE_BITS + dict(count_bits)[mode]) * 6 for mode in _MODES)
    costs = (0, 0, 0)
    came_from: list[tuple[int, int, int]] = []
    for place, byte in enumerate(data):
        # A segment that ends here is filled up to whole bits, so that the next begins at one.
        whole = [-(-cost // 6) * 6 for cost in costs]
        best = whole.index(min(whole))
        cheapest = whole[best]
        after, ways = [], []
        for mode in range(3):
            begun, on = cheapest + heads[mode], costs[mode] if place else _NEVER
            fits = _CLASSES[byte] <= mode
            after.append(min(begun, on) + _COSTS[mode] if fits else _NEVER)
            ways.append(mode if on <= begun else _BEGUN + best)
        costs = (after[0], after[1], after[2])
        came_from.append((ways[0], ways[1], ways[2]))
    whole = [-(-cost // 6) * 6 for cost in costs]
    return _cut(data, came_from, whole.index(min(whole)))


def _cut(data: bytes, came_from: list[tuple[int, int, int]], mode: int) -> tuple[Segment, ...]:
    """Walk the cheapest way back from its end, and cut the bytes where a segment begins."""
    parts, end = [], len(data)
    for place in range(len(data) - 1, -1, -1):
        way = came_from[place][mode]
        if way >= _BEGUN:
            parts.append(Segment(_MODES[mode], data[place:end]))
            mode, end = way - _BEGUN, place
    return tuple(reversed(parts))


def bits_of(parts: tuple[Segment, ...], count_bits: CountBits) -> int:
    """How many bits the segments take."""
    heads = dict(count_bits)
    return sum(_MODE_BITS + heads[part.mode] + -(-len(part.data) * _SIXTHS[part.mode] // 6) for part in parts)


def in_capitals(url: str) -> str:
    """A web address with its scheme and host in capitals: the same address (RFC 3986, 6.2.2.1) in fewer bits.

    The path is left as it is, since capitals mean something there. Any other text is returned unchanged.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    head = f"{parts.scheme}://{parts.netloc}"
    if parts.scheme not in ("http", "https") or not _PLAIN_AUTHORITY.fullmatch(parts.netloc):
        return url
    return head.upper() + url[len(head) :] if url[: len(head)].lower() == head.lower() else url
