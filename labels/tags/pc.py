"""The protocol control word in front of the EPC: how long the EPC is, and whose numbering it follows.

Bits, most significant first: length in words 5, user memory 1, extension 1, toggle 1 (0: GS1; 1: another's, named by
the application family identifier), then 8 bits that are attributes (GS1) or that identifier. Source: GS1 EPC UHF Gen2
Air Interface, section on the StoredPC; EPC Tag Data Standard, section 9.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from labels.errors import TagDataError

LONGEST_EPC_WORDS = 31
USER_MEMORY_BIT = 0x0400
_EXTENSION_BIT, _TOGGLE_BIT = 0x0200, 0x0100


@dataclass(frozen=True)
class ProtocolControl:
    """What a protocol control word says; ``family`` is the application family identifier, or GS1's attribute bits."""

    epc_words: int
    has_user_memory: bool
    is_gs1: bool
    family: int


def pc_word(epc_hex: str, has_user_memory: bool = False) -> int:
    """The word for an EPC in whole words: toggle 0 where it begins as one of GS1, else 1 and "closed system".

    Raises TagDataError where the EPC is not 1 to 31 words of hexadecimal.
    """
    try:
        epc = bytes.fromhex(epc_hex)
    except ValueError as error:
        raise TagDataError(f"{epc_hex!r} is not hexadecimal") from error
    if len(epc) % 2 or not 2 <= len(epc) <= 2 * LONGEST_EPC_WORDS:
        raise TagDataError(f"An EPC has 1 to {LONGEST_EPC_WORDS} words of four digits, not {epc_hex!r}")
    word = len(epc) // 2 << 11 | (USER_MEMORY_BIT if has_user_memory else 0)
    return word if epc[0] in _data()["gs1"] else word | _TOGGLE_BIT | int(_data()["closed_system_afi"])


def read_pc(word: int) -> ProtocolControl:
    """What a protocol control word says."""
    return ProtocolControl(word >> 11, bool(word & USER_MEMORY_BIT), not word & _TOGGLE_BIT, word & 0xFF)


def same_pc(one: int, other: int) -> bool:
    """Whether two words say the same but for the bits that many tags work out themselves (user memory, extension)."""
    return (one ^ other) & ~(USER_MEMORY_BIT | _EXTENSION_BIT) == 0


@cache
def _data() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(files("labels.tags").joinpath("epc_headers.yaml").read_text("utf-8"))
    return loaded
