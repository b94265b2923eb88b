"""Tag memory as people and devices write it: hexadecimal digits, with or without blanks."""

from __future__ import annotations

import re

from mes.core.errors import Fault, InvalidInput
from mes.core.text import N_, Text
from mes.identity.rules import rules

_BETWEEN = re.compile(r"[\s:\-]")
_HEX = re.compile(r"[0-9A-F]+")


def tidy_hex(text: str) -> str:
    """Upper case, without blanks, colons and dashes between the digits and without `0x` before them."""
    tidied = _BETWEEN.sub("", text).upper()
    return tidied.removeprefix("0X")


def require_tid(text: str) -> str:
    """A tag identification.

    Raises:
        InvalidInput: it is not hexadecimal, not whole words of 16 bits, too short or too long.
    """
    return _required("tid", text, rules().tid_digits, N_("The TID “%(text)s” is not right: %(reason)s"))


def require_epc(text: str) -> str:
    """What a tag's EPC memory holds.

    Raises:
        InvalidInput: see `require_tid`.
    """
    return _required("epc_hex", text, rules().epc_digits, N_("The EPC “%(text)s” is not right: %(reason)s"))


def _required(where: str, text: str, digits: tuple[int, int], message: str) -> str:
    tidied = tidy_hex(text)
    reason = _fault(tidied, digits)
    if reason is None:
        return tidied
    told = Text(message, {"text": text.strip()[:40], "reason": reason})
    raise InvalidInput(told, [Fault(where, told)])


def _fault(text: str, digits: tuple[int, int]) -> Text | None:
    shortest, longest = digits
    if not _HEX.fullmatch(text):
        return Text(N_("only the digits 0–9 and A–F may stand there"))
    if len(text) % 4:
        return Text(N_("it has %(count)s digits, and a tag's memory has words of four"), {"count": len(text)})
    if not shortest <= len(text) <= longest:
        facts = {"count": len(text), "shortest": shortest, "longest": longest}
        return Text(N_("it has %(count)s digits; %(shortest)s to %(longest)s are expected"), facts)
    return None
