"""The modules of a QR symbol from its code words, all eight masks at once.

Code words are laid out and masks are weighed (ISO/IEC 18004, 7.7 and 7.8) on arrays, since a sheet of labels needs a
thousand symbols in a moment.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import qrcode
from numpy.typing import NDArray
from qrcode.util import mask_func

from labels.symbols.qr_words import code_words

Bits = NDArray[np.uint8]

_MASKS = 8
_NO_DATA = 2
# 1:1:3:1:1, as in a position pattern, with four light modules before or after it.
_LIKE_A_FINDER = (0b10111010000, 0b00001011101)
_FINDER_LENGTH = 11


@dataclass(frozen=True)
class _Frame:
    """What all symbols of a version have in common."""

    patterns: Bits  # by mask: finders, timing, format; light where data go
    places: NDArray[np.intp]  # of the data bits in the flat symbol, in the order of the code words
    masks: Bits  # by mask: the bit that is turned at each of those places


def modules_of(code: Any) -> Bits:
    """The symbol of a ``qrcode.QRCode`` with data, of its version or else the smallest; the mask of least penalty."""
    words = code_words(code.version, code.error_correction, code.data_list)
    frame = _frame(code.version, code.error_correction)
    bits = np.unpackbits(words)
    # Some versions have up to seven places more than bits: they are light before the mask.
    data = np.zeros(len(frame.places), dtype=np.uint8)
    data[: len(bits)] = bits
    size = frame.patterns.shape[1]
    every = frame.patterns.copy()
    every.reshape(_MASKS, size * size)[:, frame.places] = data ^ frame.masks
    chosen: Bits = every[int(np.argmin(penalties(every)))]
    return chosen


@lru_cache(maxsize=40)
def _frame(version: int, error_correction: int) -> _Frame:
    layers = [_patterns(version, error_correction, mask) for mask in range(_MASKS)]
    places = _zigzag(layers[0] == _NO_DATA)
    rows, columns = np.divmod(places, len(layers[0]))
    masks = [
        [mask_func(mask)(row, column) for row, column in zip(rows.tolist(), columns.tolist(), strict=True)]
        for mask in range(_MASKS)
    ]
    patterns = np.stack(layers)
    patterns[patterns == _NO_DATA] = 0
    return _Frame(patterns, places, np.asarray(masks, dtype=np.uint8))


def _patterns(version: int, error_correction: int, mask: int) -> Bits:
    code: Any = qrcode.QRCode(version=version, error_correction=error_correction)
    size = code.modules_count = version * 4 + 17
    code.modules = [[None] * size for _ in range(size)]
    code.setup_position_probe_pattern(0, 0)
    code.setup_position_probe_pattern(size - 7, 0)
    code.setup_position_probe_pattern(0, size - 7)
    code.setup_position_adjust_pattern()
    code.setup_timing_pattern()
    code.setup_type_info(False, mask)
    if version >= 7:
        code.setup_type_number(False)
    return np.asarray([[_NO_DATA if bit is None else bit for bit in row] for row in code.modules], dtype=np.uint8)


def _zigzag(is_data: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Pairs of columns from the right, upwards and downwards in turn, without the timing column."""
    size = len(is_data)
    lefts = [right - 1 for right in (*range(size - 1, 6, -2), *range(5, 0, -2))]
    order = [
        row * size + column
        for number, left in enumerate(lefts)
        for row in (range(size - 1, -1, -1) if number % 2 == 0 else range(size))
        for column in (left + 1, left)
        if is_data[row, column]
    ]
    return np.asarray(order, dtype=np.intp)


def penalties(symbols: Bits) -> NDArray[np.int64]:
    """The penalty of each of several symbols of one size (ISO/IEC 18004, 7.8.3.1)."""
    found: NDArray[np.int64] = np.zeros(len(symbols), dtype=np.int64)
    for lines in (symbols, symbols.transpose(0, 2, 1)):
        found += _long_runs(lines) + _finder_likes(lines)
    found += _blocks(symbols) + _imbalance(symbols)
    return found


def _count(what: NDArray[np.bool_]) -> NDArray[np.int64]:
    counted: NDArray[np.int64] = np.asarray(np.count_nonzero(what, axis=(1, 2)), dtype=np.int64)
    return counted


def _long_runs(lines: Bits) -> NDArray[np.int64]:
    """3 for five modules alike in a line, and 1 for each that goes on."""
    alike = lines[:, :, 1:] == lines[:, :, :-1]
    five = alike[:, :, 3:] & alike[:, :, 2:-1] & alike[:, :, 1:-2] & alike[:, :, :-3]
    begins = _count(five[:, :, 0:1]) + _count(five[:, :, 1:] & ~five[:, :, :-1])
    return _count(five) + 2 * begins


def _finder_likes(lines: Bits) -> NDArray[np.int64]:
    """40 for what looks like a position pattern."""
    length = lines.shape[2] - _FINDER_LENGTH + 1
    words = np.zeros((*lines.shape[:2], length), dtype=np.uint16)
    for bit in range(_FINDER_LENGTH):
        words <<= 1
        words |= lines[:, :, bit : bit + length]
    return 40 * (_count(words == _LIKE_A_FINDER[0]) + _count(words == _LIKE_A_FINDER[1]))


def _blocks(symbols: Bits) -> NDArray[np.int64]:
    """3 for each block of two by two alike."""
    sums = symbols[:, 1:, 1:] + symbols[:, 1:, :-1] + symbols[:, :-1, 1:] + symbols[:, :-1, :-1]
    return 3 * (_count(sums == 0) + _count(sums == 4))


def _imbalance(symbols: Bits) -> NDArray[np.int64]:
    """10 for each whole 5 % that the dark modules are away from one half."""
    modules_each = symbols.shape[1] * symbols.shape[2]
    off_hundredths = np.abs(200 * symbols.sum(axis=(1, 2), dtype=np.int64) - 100 * modules_each) // 2
    steps: NDArray[np.int64] = off_hundredths // (5 * modules_each)
    return 10 * steps
