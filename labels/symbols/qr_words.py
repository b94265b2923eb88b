"""The code words of a QR symbol: its segments as bits, filled up, with Reed-Solomon words (ISO/IEC 18004, 7.4 and 7.5).

What the qrcode library says about versions and blocks is used as it is; writing bits and dividing polynomials is done
here on whole numbers and arrays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qrcode.base import gexp, glog, rs_blocks
from qrcode.exceptions import DataOverflowError
from qrcode.util import ALPHA_NUM, MODE_8BIT_BYTE, MODE_NUMBER, length_in_bits

Words = NDArray[np.uint8]

_DIGIT_BITS = {1: 4, 2: 7, 3: 10}
_PADDING = (0xEC, 0x11)


def code_words(version: int, error_correction: int, data_list: Sequence[Any]) -> Words:
    """All code words in the order in which they are laid out, from the ``QRData`` of a code.

    Raises DataOverflowError where this version does not hold the data.
    """
    blocks = rs_blocks(version, error_correction)
    count = sum(block.data_count for block in blocks)
    bits = "".join(_segment_bits(data, version) for data in data_list)
    if len(bits) > 8 * count:
        raise DataOverflowError(f"{len(bits)} bits are too many for version {version}")
    bits += "0" * min(4, 8 * count - len(bits))
    bits += "0" * (-len(bits) % 8)
    filled = int(bits, 2).to_bytes(len(bits) // 8, "big")
    filled += bytes(_PADDING[number % 2] for number in range(count - len(filled)))
    return _interleaved(np.frombuffer(filled, dtype=np.uint8), blocks)


def _segment_bits(data: Any, version: int) -> str:
    head = f"{data.mode:04b}{len(data.data):0{length_in_bits(data.mode, version)}b}"
    if data.mode == MODE_8BIT_BYTE:
        return head + (f"{int.from_bytes(data.data, 'big'):0{8 * len(data.data)}b}" if data.data else "")
    return head + "".join(_digits(data.data) if data.mode == MODE_NUMBER else _characters(data.data))


def _digits(data: bytes) -> Iterator[str]:
    for start in range(0, len(data), 3):
        part = data[start : start + 3]
        yield f"{int(part):0{_DIGIT_BITS[len(part)]}b}"


def _characters(data: bytes) -> Iterator[str]:
    values = [ALPHA_NUM.index(bytes([byte])) for byte in data]
    for first, second in zip(values[::2], values[1::2], strict=False):
        yield f"{first * 45 + second:011b}"
    if len(values) % 2:
        yield f"{values[-1]:06b}"


def _interleaved(data: Words, blocks: Sequence[Any]) -> Words:
    """First the data words of all blocks in turn, then their words of correction."""
    parts, corrections, start = [], [], 0
    for block in blocks:
        part = data[start : start + block.data_count]
        start += block.data_count
        parts.append(part)
        corrections.append(_correction(part, block.total_count - block.data_count))
    longest = max(len(part) for part in parts)
    in_turn = [part[place] for place in range(longest) for part in parts if place < len(part)]
    return np.concatenate([np.asarray(in_turn, dtype=np.uint8), np.stack(corrections, axis=1).ravel()])


def _correction(data: Words, count: int) -> Words:
    """The remainder of the data by the generator polynomial: a sum over what each word alone leaves."""
    alone = _remainders(len(data), count)
    found: Words = np.bitwise_xor.reduce(alone[np.arange(len(data)), data], axis=0)
    return found


@lru_cache(maxsize=64)
def _remainders(length: int, count: int) -> Words:
    """By place and value of a data word: the words of correction that it alone leaves."""
    generator = _generator(count)
    one = np.zeros((length, count), dtype=np.uint8)
    rest = np.zeros(count, dtype=np.uint8)
    rest[-1] = 1
    # Each place further to the left is one multiplication by x more, from x to the power of count on.
    for _ in range(count - 1):
        rest = _times_x(rest, generator)
    for place in range(length - 1, -1, -1):
        rest = _times_x(rest, generator)
        one[place] = rest
    values = np.arange(256, dtype=np.uint8)
    remainders: Words = _product(one[:, None, :], values[None, :, None])
    return remainders


def _times_x(rest: Words, generator: Words) -> Words:
    shifted = np.append(rest[1:], np.uint8(0))
    product: Words = shifted ^ _product(np.full_like(generator, rest[0]), generator)
    return product


@lru_cache(maxsize=32)
def _generator(count: int) -> Words:
    """The coefficients below the highest, of the product of (x − α^i) for i below ``count``; α^i of GF(256)."""
    polynomial = np.array([1], dtype=np.uint8)
    for power in range(count):
        root = np.full(len(polynomial), gexp(power), dtype=np.uint8)
        polynomial = np.append(polynomial, np.uint8(0)) ^ np.append(np.uint8(0), _product(polynomial, root))
    return polynomial[1:]


@lru_cache(maxsize=1)
def _logarithms() -> tuple[NDArray[np.int64], Words]:
    logarithms = np.array([0, *(glog(value) for value in range(1, 256))], dtype=np.int64)
    powers = np.array([gexp(power % 255) for power in range(510)], dtype=np.uint8)
    return logarithms, powers


def _product(one: Words, other: Words) -> Words:
    """Products in GF(256), element by element."""
    logarithms, powers = _logarithms()
    products: Words = powers[logarithms[one] + logarithms[other]]
    return np.where((one == 0) | (other == 0), np.uint8(0), products)
