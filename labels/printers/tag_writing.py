"""What a printer's RFID module does with one format: writes tags, reads them, reports to the host.

Commands: Zebra, RFID Programming Guide 3: ``^RS``, ``^RF``, ``^HV``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from labels.printers.zpl_stream import Command, Format

_EPC_START_WORD = 2
_PASSWORDS, _EPC_BANK, _TID_BANK, _USER_BANK = "0", "1", "2", "3"
_ESCAPED = re.compile(r"_([0-9A-Fa-f]{2})")


@dataclass
class EmulatedTag:
    """The memory of one tag; the EPC bank begins with CRC and protocol control (PC)."""

    epc_bank: bytearray = field(default_factory=lambda: bytearray(4 + 62))
    user_bank: bytearray = field(default_factory=lambda: bytearray(64))

    @property
    def epc_hex(self) -> str:
        """As many words as PC says."""
        words = self.epc_bank[2] >> 3
        return self.epc_bank[4 : 4 + 2 * words].hex().upper()

    @property
    def user_hex(self) -> str:
        """The user memory up to its last written word."""
        used = bytes(self.user_bank).rstrip(b"\0")
        return (used + b"\0" * (len(used) % 2)).hex().upper()

    def set_length(self, byte_count: int) -> None:
        """Write the EPC's length in words to the upper five bits of PC."""
        self.epc_bank[2] = (byte_count // 2) << 3 | self.epc_bank[2] & 0b111


@dataclass(frozen=True)
class TagJob:
    """What one format asks of the RFID module. ``attempts`` is how many labels are tried before ``on_error`` holds."""

    operations: tuple[tuple[Command, bytes, int | None], ...]
    reports: tuple[tuple[int, int, str, str], ...]
    attempts: int
    on_error: str

    @property
    def writes(self) -> bool:
        """The format writes into a tag."""
        return any(command.parameters[0] == "W" for command, _, _ in self.operations)

    def write(self) -> tuple[EmulatedTag, bytes] | None:
        """A written tag and what is reported to the host; None where the data do not go into a tag."""
        tag, read = EmulatedTag(), dict[int, str]()
        for command, data, number in self.operations:
            operation, _, start, count, bank = (*command.parameters, "", "", "", "")[:5]
            if operation == "W" and not _write(tag, start, bank or "E", data):
                return None
            if operation == "R" and number is not None:
                read[number] = _read(tag, start, count, bank or "E")
        told = "".join(f"{head}{read.get(number, '')[:most]}{tail}" for number, most, head, tail in self.reports)
        return tag, told.encode()


def tag_job(form: Format) -> TagJob:
    """What the format asks of the RFID module."""
    operations, reports, attempts, on_error = [], [], 3, "N"
    for group in form.fields():
        named = {command.name: command for command in group}
        if "RF" in named:
            data = named["FD"].data.strip() if "FD" in named else b""
            number = named["FN"].parameters[0] if "FN" in named else ""
            operations.append((named["RF"], data, int(number) if number.isdecimal() else None))
        if "HV" in named:
            reports.append(_report(named["HV"], escaped="FH" in named))
        if "RS" in named:
            wanted = (*named["RS"].parameters, "", "", "", "", "")
            attempts = int(wanted[3]) if wanted[3].isdecimal() else 3
            on_error = wanted[4] or "N"
    return TagJob(tuple(operations), tuple(reports), min(max(attempts, 1), 10), on_error)


def _report(command: Command, *, escaped: bool) -> tuple[int, int, str, str]:
    """Field number, most characters, what goes before and what after."""
    number, most, head, tail = (*command.parameters, "", "", "")[:4]
    if escaped:
        head, tail = (_ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) for text in (head, tail))
    return int(number or 0), min(int(most), 256) if most.isdecimal() else 64, head, tail


def _write(tag: EmulatedTag, start: str, bank: str, data: bytes) -> bool:
    try:
        content = bytes.fromhex(data.decode("ascii"))
    except ValueError:
        return False
    if not content or len(content) % 2:
        return False
    if bank in ("E", "A"):
        content = content.ljust(12, b"\0")[:12] if bank == "E" else content
        start, memory = str(_EPC_START_WORD), tag.epc_bank
        tag.set_length(len(content))
    else:
        memory = {_EPC_BANK: tag.epc_bank, _USER_BANK: tag.user_bank}.get(bank, bytearray())
    first = 2 * int(start or 0)
    if first + len(content) > len(memory):
        return False
    memory[first : first + len(content)] = content
    return True


def _read(tag: EmulatedTag, start: str, count: str, bank: str) -> str:
    if bank in ("E", "A"):
        return tag.epc_hex
    memory = {_EPC_BANK: tag.epc_bank, _USER_BANK: tag.user_bank}.get(bank, bytearray())
    first = 2 * int(start or 0)
    return bytes(memory[first : first + int(count or 1)]).hex().upper()
