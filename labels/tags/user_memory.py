"""The USER bank of an element's tag: the facts that a reader without a network shows. Layout version 1, our own.

========  =====  ==============================================================================================
byte      bits   meaning
========  =====  ==============================================================================================
0         8      C1: a mark in the high half that neither blank memory nor a TID begins with, the version below
1         8      length of the block in 16-bit words, with this one and the check value
2–4       24     weight in kg; FFFFFF: not known
5–6       16     production date, days since 2000-01-01; FFFF: not known
7         8      concrete grade C1 to C254 as its number; 00: none, or one that stands among the texts
8 …              texts: kind (3 bits), bytes (5 bits), then so many bytes of GB 18030; a text of more than 31
                 bytes goes on in the next piece of the same kind; a byte 00 fills the last word
last two  16     CRC-16 of all before it as ISO/IEC 13239 has it (that of the air interface), high byte first
========  =====  ==============================================================================================

Kinds: 1 type code, 2 project, 3 a concrete grade that is not C with a number, 4 serial, 5 plant.

GB 18030 and not UTF-8, because a common Chinese character takes two bytes and not three: a project's name is the
longest text, and half as much again of it fits. All of Unicode can be written, ASCII stays one byte, and software sold
in China must know it. 128 bits have 6 bytes for texts (a type code of 5 letters), 256 have 22 (one of 8 letters and a
project of 6 Chinese characters), 512 have 54 (also a serial of 10 digits, and a project of 16 characters).
"""

from __future__ import annotations

import binascii
import re
import unicodedata
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta

from labels.errors import LabelError, TagDataError

VERSION = 1
BANK_BITS = (128, 256, 512)
"""The sizes of the USER banks that are common on the market."""

_MARK = 0xC0
_ENCODING = "gb18030"
_FIRST_DAY = date(2000, 1, 1)
_UNKNOWN_WEIGHT, _UNKNOWN_DATE = 0xFFFFFF, 0xFFFF
_HEAD_BYTES, _CHECK_BYTES, _PIECE_BYTES = 8, 2, 31
_CUT = "…"
_KINDS = {"type_code": 1, "project": 2, "concrete_grade": 3, "serial": 4, "plant": 5}
_WHOLE_OR_NOT = ("concrete_grade", "serial")
_ZERO_WIDTH_JOINER = "\u200d"


class UserMemoryError(TagDataError):
    """A USER bank that holds no facts of ours, or damaged ones."""


class FactError(LabelError):
    """A fact that the USER bank cannot hold."""


@dataclass(frozen=True)
class TagFacts:
    """What a tag's USER bank says of its element; empty or None: not known. A shortened text ends with ``…``."""

    type_code: str = ""
    weight_kg: int | None = None
    produced_on: date | None = None
    project: str = ""
    concrete_grade: str = ""
    serial: str = ""
    plant: str = ""


def write_user_memory(facts: TagFacts, bits: int = 512) -> str:
    """The block for a USER bank of so many bits: upper-case hexadecimal in whole words, no longer than it must be.

    Where the bank is too small, texts get room in the order type code, project, grade, serial, plant, and what does not
    fit is shortened between characters and ends with ``…``; a serial or grade is written whole or left out, since a
    part of it would be another one. Raises FactError for what the layout cannot say.
    """
    if bits % 16 or bits < BANK_BITS[0]:
        raise FactError(f"A USER bank has whole words and at least {BANK_BITS[0]} bits, not {bits}")
    head = _weight(facts).to_bytes(3) + _days(facts).to_bytes(2) + bytes([_grade_number(facts.concrete_grade)])
    texts = _fitted(facts, bits // 8 - _HEAD_BYTES - _CHECK_BYTES)
    body = head + b"".join(_pieces(name, text) for name, text in texts.items())
    body += bytes(len(body) % 2)
    words = (2 + len(body) + _CHECK_BYTES) // 2
    if words > 0xFF:
        raise FactError(f"The facts take {words} words, of which a block has 255 at most")
    block = bytes([_MARK | VERSION, words]) + body
    return (block + _check_value(block)).hex().upper()


def read_user_memory(text: str) -> TagFacts:
    """The facts in a USER bank given as hexadecimal; what stands behind the block is another's and ignored.

    Raises UserMemoryError for a blank, foreign, cut or damaged bank, and for a version that is not known here.
    """
    block = _block(text)
    if _check_value(block[:-_CHECK_BYTES]) != block[-_CHECK_BYTES:]:
        raise UserMemoryError("The check value of the USER bank is wrong: it was misread, or written only in part")
    weight, days, grade = int.from_bytes(block[2:5]), int.from_bytes(block[5:7]), block[7]
    facts = TagFacts(
        weight_kg=None if weight == _UNKNOWN_WEIGHT else weight,
        produced_on=None if days == _UNKNOWN_DATE else _FIRST_DAY + timedelta(days=days),
        **_texts(block[_HEAD_BYTES:-_CHECK_BYTES]),
    )
    return replace(facts, concrete_grade=f"C{grade}") if grade else facts


def shortened(asked: TagFacts, written: TagFacts) -> tuple[str, ...]:
    """The names of the facts that did not fit whole."""
    return tuple(field.name for field in fields(asked) if getattr(asked, field.name) != getattr(written, field.name))


def _weight(facts: TagFacts) -> int:
    if facts.weight_kg is None:
        return _UNKNOWN_WEIGHT
    if not 0 <= facts.weight_kg < _UNKNOWN_WEIGHT:
        raise FactError(f"A weight is 0 to {_UNKNOWN_WEIGHT - 1} kg, not {facts.weight_kg}")
    return facts.weight_kg


def _days(facts: TagFacts) -> int:
    if facts.produced_on is None:
        return _UNKNOWN_DATE
    days = (facts.produced_on - _FIRST_DAY).days
    if not 0 <= days < _UNKNOWN_DATE:
        raise FactError(f"A production date lies from 2000-01-01 to 2179-06-05, not on {facts.produced_on}")
    return days


def _grade_number(grade: str) -> int:
    match = re.fullmatch("C([1-9][0-9]{0,2})", grade, re.ASCII)
    return int(match[1]) if match and int(match[1]) <= 254 else 0


def _fitted(facts: TagFacts, room: int) -> dict[str, str]:
    """The texts as they fit so many bytes, the most important first."""
    fitted = {}
    for name in _KINDS:
        text: str = getattr(facts, name)
        if name == "concrete_grade" and _grade_number(text):
            continue
        _check_text(name, text)
        if kept := _fitting(name, text, room):
            fitted[name] = kept
            room -= len(_pieces(name, kept))
    return fitted


def _fitting(name: str, text: str, room: int) -> str:
    """The text, or its beginning with a mark of the cut, or nothing."""
    if len(_pieces(name, text)) <= room:
        return text
    if name in _WHOLE_OR_NOT:
        return ""
    for end in range(min(len(text) - 1, room), 0, -1):
        cut = text[:end] + _CUT
        if not _joins(text, end) and len(_pieces(name, cut)) <= room:
            return cut
    return ""


def _joins(text: str, at: int) -> bool:
    """Whether what begins here is seen as one character with what stands before."""
    mark = unicodedata.category(text[at]) in ("Mn", "Me", "Mc")
    return mark or _ZERO_WIDTH_JOINER in (text[at], text[at - 1]) or unicodedata.category(text[at]) == "Sk"


def _check_text(name: str, text: str) -> None:
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in text):
        raise FactError(f"The {name} {text!r} holds control characters, which no reader shows")


def _pieces(name: str, text: str) -> bytes:
    encoded, pieces = text.encode(_ENCODING), b""
    for start in range(0, len(encoded), _PIECE_BYTES):
        piece = encoded[start : start + _PIECE_BYTES]
        pieces += bytes([_KINDS[name] << 5 | len(piece)]) + piece
    return pieces


def _block(text: str) -> bytes:
    try:
        memory = bytes.fromhex(text)
    except ValueError as error:
        raise UserMemoryError(f"{text!r} is not hexadecimal") from error
    if not memory.strip(b"\0") or not memory.strip(b"\xff"):
        raise UserMemoryError("The USER bank is blank")
    if memory[0] & 0xF0 != _MARK:
        raise UserMemoryError(f"The USER bank begins with {memory[0]:02X}: it was not written by this system")
    if memory[0] & 0x0F != VERSION:
        raise UserMemoryError(f"The USER bank has the layout {memory[0] & 0x0F}, known here is {VERSION}")
    length = 2 * memory[1] if len(memory) > 1 else 0
    if length < _HEAD_BYTES + _CHECK_BYTES:
        raise UserMemoryError("The USER bank is cut off, or its length is damaged")
    if length > len(memory):
        raise UserMemoryError(f"The block has {length // 2} words, only {len(memory) // 2} were read")
    return memory[:length]


def _texts(data: bytes) -> dict[str, str]:
    names, parts, at = {kind: name for name, kind in _KINDS.items()}, dict.fromkeys(_KINDS, b""), 0
    while at < len(data) and data[at]:
        kind, length = data[at] >> 5, data[at] & _PIECE_BYTES
        if kind not in names or not length or at + 1 + length > len(data):
            raise UserMemoryError(f"A text of kind {kind} and {length} bytes at byte {at + _HEAD_BYTES} cannot be")
        parts[names[kind]] += data[at + 1 : at + 1 + length]
        at += 1 + length
    if data[at:].strip(b"\0"):
        raise UserMemoryError("Something stands behind the last text")
    try:
        return {name: part.decode(_ENCODING) for name, part in parts.items()}
    except UnicodeDecodeError as error:
        raise UserMemoryError("A text in the USER bank is not GB 18030") from error


def _check_value(block: bytes) -> bytes:
    return (binascii.crc_hqx(block, 0xFFFF) ^ 0xFFFF).to_bytes(2)
