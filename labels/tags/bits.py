"""Bit strings, most significant bit first, as tags hold them."""

from __future__ import annotations

import re

from labels.errors import TagDataError

WORD_BITS = 16
_HEX = re.compile(r"[0-9A-Fa-f]+")


class BitWriter:
    """Collects numbers of given widths."""

    def __init__(self) -> None:
        """Start with no bits."""
        self._value = 0
        self._length = 0

    def put(self, number: int, width: int) -> None:
        """Append a number; the caller has checked that it fits, and OverflowError says if not."""
        if not 0 <= number < 1 << width:
            raise OverflowError(f"{number} does not fit {width} bits")
        self._value = (self._value << width) | number
        self._length += width

    def put_characters(self, text: str, width: int) -> None:
        """Append 7 bits for each character, then zeros up to the width."""
        for character in text:
            self.put(ord(character), 7)
        self.put(0, width - 7 * len(text))

    def hex(self) -> str:
        """Upper-case hexadecimal, filled with zero bits to whole 16-bit words."""
        missing = -self._length % WORD_BITS
        return f"{self._value << missing:0{(self._length + missing) // 4}X}"


class BitReader:
    """Reads numbers of given widths from hexadecimal text."""

    def __init__(self, text: str) -> None:
        """Take hexadecimal text; raises TagDataError if it is none."""
        if not _HEX.fullmatch(text):
            raise TagDataError(f"{text!r} is not hexadecimal")
        self._bits = f"{int(text, 16):0{4 * len(text)}b}"
        self._at = 0

    def take(self, width: int) -> int:
        """The next number of this width; raises TagDataError where the bits end before."""
        if self._at + width > len(self._bits):
            raise TagDataError(f"The tag data end after {len(self._bits)} bits, more were expected")
        piece = self._bits[self._at : self._at + width]
        self._at += width
        return int(piece, 2) if piece else 0

    def take_characters(self, width: int) -> str:
        """Characters of 7 bits from a zero-filled field; raises TagDataError where zeros stand between."""
        codes = [self.take(7) for _ in range(width // 7)]
        self._require_zero(self.take(width % 7))
        text = "".join(chr(code) for code in codes).rstrip("\0")
        if "\0" in text:
            raise TagDataError("A zero stands between the characters of the serial")
        return text

    def finish(self) -> None:
        """Raise TagDataError unless only zeros are left."""
        self._require_zero(int(self._bits[self._at :] or "0", 2))

    @staticmethod
    def _require_zero(number: int) -> None:
        if number:
            raise TagDataError("Bits that the standard wants zero are set: the tag was misread or miswritten")
