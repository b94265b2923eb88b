"""Writing a label's tag: EPC and user memory, read back and reported to whoever sent the label.

Commands: Zebra, RFID Programming Guide 3 (``^RS``, ``^RF``, ``^HV``). The EPC is written together with the protocol
control word before it (bank 1, from word 1), so that its length, and whose numbering it is, are right on any tag.
"""

from __future__ import annotations

from labels.errors import LabelError, TagDataError
from labels.layout.model import LaidOut
from labels.tags.pc import pc_word

_EPC_BANK, _USER_BANK = 1, 3
_LONGEST_USER_BYTES = 1024
_LONGEST_REPORT = 256
MOST_TRIES = 10


class TagCopiesError(LabelError):
    """Copies of a label with a tag: no two tags may hold the same EPC."""


def tag_fields(label: LaidOut, labels_to_try: int = 1) -> list[str]:
    """The commands that write and verify the label's tag; none where it has no EPC.

    A tag that cannot be written makes its label void (the printer prints that across it), and the printer goes on to
    the next job without a report of this tag. ``labels_to_try`` more than 1 lets it try the next label's tag at once;
    the void label must then be destroyed, because its tag may hold the EPC all the same.

    Raises TagDataError for anything but whole words of hexadecimal, TagCopiesError for copies.
    """
    if not label.epc_hex:
        if label.user_memory_hex:
            raise TagDataError("A tag with user memory needs an EPC")
        return []
    if label.copies != 1:
        raise TagCopiesError(f"A label with a tag is printed once, not {label.copies} times: no EPC in two tags")
    if not 1 <= labels_to_try <= MOST_TRIES:
        raise TagDataError(f"1 to {MOST_TRIES} labels are tried for a tag, not {labels_to_try}")
    epc = label.epc_hex.upper()
    words = f"{pc_word(epc, bool(label.user_memory_hex)):04X}{_hexadecimal(epc)}"
    fields = [f"^RS8,,,{labels_to_try},N", *_write(1, _EPC_BANK, words)]
    fields += _read_back(1, "EPC", 2, _EPC_BANK, epc)
    if label.user_memory_hex:
        user = _hexadecimal(label.user_memory_hex)
        if len(user) > 2 * _LONGEST_USER_BYTES:
            raise TagDataError(f"A tag's user memory takes at most {_LONGEST_USER_BYTES} bytes here")
        fields += _write(0, _USER_BANK, user)
        if len(user) <= _LONGEST_REPORT:
            fields += _read_back(2, "USER", 0, _USER_BANK, user)
    return fields


def _hexadecimal(text: str) -> str:
    """Whole words, upper case: nothing else can get into a command."""
    digits = text.upper()
    if not digits or len(digits) % 4 or set(digits) - set("0123456789ABCDEF"):
        raise TagDataError(f"{text[:80]!r} are no whole words of hexadecimal")
    return digits


def _write(start_word: int, bank: int, digits: str) -> list[str]:
    return [f"^RFW,H,{start_word},{len(digits) // 2},{bank}^FD{digits}^FS"]


def _read_back(number: int, name: str, start_word: int, bank: int, digits: str) -> list[str]:
    """Read into a numbered field, and report it as ``NAME[digits]`` with each label."""
    read = f"^FN{number}^RFR,H,{start_word},{len(digits) // 2},{bank}^FS"
    return [read, f"^FH_^HV{number},{len(digits)},{name}[,]_0D_0A,L^FS"]
