"""What an RFID reader says: the hexadecimal memory of a tag, alone or with the words that stand around an EPC.

The EPC memory bank holds the CRC-16, the protocol control word (PC) and the EPC; readers give the EPC alone, PC and
EPC, the whole bank, or PC, EPC and CRC as they came over the air. Source: ISO/IEC 18000-63, section 6.3.2.1.2.
"""

from __future__ import annotations

import re
from binascii import crc_hqx
from collections.abc import Iterator

from labels.errors import LabelError, TagDataError
from labels.keys.gs1 import Key
from labels.keys.local import is_local_tag, read_local_tag
from labels.tags.epc import decode_tag

LOCAL_TAG = "local_tag"
"""The name under which a local tag's digits stand in a key: whose it is, only its owner can say."""

_SHORTEST_EPC = 20
_SHORTEST_TID = 16
_LONGEST = 512
_BETWEEN = re.compile(r"[\s:_-]|(?<![0-9A-F])0X", re.IGNORECASE)
_WORDS = re.compile(r"(?:[0-9A-F]{4})+")
_NOT_AN_EPC = 0x0100  # the toggle bit of the PC
_EXTENDED = 0x0200  # further protocol control words follow


def tag_digits(text: str) -> str:
    """The hexadecimal digits of a tag's memory that a text is, in capitals and whole words; empty if it is none."""
    if len(text) > 4 * _LONGEST:
        return ""
    digits = _BETWEEN.sub("", text.strip()).removesuffix("h").upper()
    return digits if _SHORTEST_TID <= len(digits) <= _LONGEST and _WORDS.fullmatch(digits) else ""


def tag_key(digits: str) -> Key:
    """The key in a tag's memory; empty where it is none that is known here, such as a TID.

    Raises TagDataError where the digits can be read in two ways, or are a local tag with a wrong check value.
    """
    if len(digits) < _SHORTEST_EPC:
        return {}
    found = [key for key in map(_key, dict.fromkeys(epc_candidates(digits))) if key]
    if any(key != found[0] for key in found):
        raise TagDataError(f"{digits} can be read with and without a protocol control word; read the tag's EPC alone")
    return found[0] if found else {}


def epc_candidates(digits: str) -> Iterator[str]:
    """The EPC that the digits may hold: alone where a CRC proves it, else as it stands and behind a PC word."""
    for whole, has_crc in ((digits[4:] + digits[:4], True), (digits, True), (digits + "0000", False)):
        pc, epc, crc = whole[:4], whole[4:-4], whole[-4:]
        if not epc or not _fits(int(pc, 16), epc):
            continue
        if has_crc and int(crc, 16) == crc_hqx(bytes.fromhex(pc + epc), 0xFFFF) ^ 0xFFFF:
            yield epc
            return
        if not has_crc:
            yield epc
    yield digits


def _fits(pc: int, epc: str) -> bool:
    """Whether a protocol control word can stand before this EPC: it gives the length in words."""
    is_epc = not pc & _NOT_AN_EPC or is_local_tag(epc)
    return (pc >> 11) * 4 == len(epc) and not pc & _EXTENDED and is_epc


def _key(epc: str) -> Key:
    if is_local_tag(epc):
        read_local_tag(epc)
        return {LOCAL_TAG: epc}
    try:
        return decode_tag(epc).key
    except LabelError:
        return {}
