"""What a printer says of itself: the three lines that answer ``~HS``.

Fields and their order: Zebra, ZPL II Programming Guide, ``~HS`` (Host Status Return).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from labels.errors import LabelError

_LINE = re.compile(rb"\x02([^\x02\x03]{1,200})\x03")
_NUMBER = re.compile(r"[0-9]{1,10}")
_FIELDS_OF_LINES = (12, 11, 2)


class StatusFormatError(LabelError):
    """An answer to ~HS that is not of the documented form."""


@dataclass(frozen=True)
class PrinterStatus:
    """A printer's state as it answered, or why there is no answer.

    ``state`` is ``answered``, ``silent`` (it took the question and did not answer in a form that is understood) or
    ``unreachable``; the fields below mean something only where it is ``answered``. A printer may well be silent just
    because its paper is out or its head is open: the guide says so.
    ``labels_remaining`` counts the batch that is being printed; some printers only say 1 as long as they work.
    """

    state: Literal["answered", "silent", "unreachable"]
    detail: str = ""
    paper_out: bool = False
    paused: bool = False
    head_open: bool = False
    ribbon_out: bool = False
    buffer_full: bool = False
    partial_format: bool = False
    memory_lost: bool = False
    too_cold: bool = False
    too_hot: bool = False
    label_waiting: bool = False
    formats_in_buffer: int = 0
    labels_remaining: int = 0

    @property
    def troubles(self) -> tuple[str, ...]:
        """What keeps the printer from printing, in words; nothing where it did not answer."""
        said = {
            "the paper is out": self.paper_out,
            "the print head is open": self.head_open,
            "the ribbon is out": self.ribbon_out,
            "it is paused": self.paused,
            "the print head is too hot": self.too_hot,
            "the print head is too cold": self.too_cold,
            "its memory was lost": self.memory_lost,
        }
        return tuple(words for words, is_so in said.items() if is_so)

    @property
    def is_ready(self) -> bool:
        """It answered, and nothing keeps it from printing."""
        return self.state == "answered" and not self.troubles and not self.buffer_full

    @property
    def has_work(self) -> bool:
        """Something waits in it or is being printed."""
        return bool(self.formats_in_buffer or self.labels_remaining or self.partial_format)


def status_lines(answer: bytes) -> tuple[str, ...]:
    """The contents of the complete lines, each between STX and ETX; everything else is passed over."""
    return tuple(line.decode("ascii", "replace") for line in _LINE.findall(answer))


def read_status(lines: tuple[str, ...]) -> PrinterStatus:
    """The status in three lines. Raises StatusFormatError where they are not of the documented form."""
    first, second, _ = (_fields(line, count) for line, count in zip(lines, _FIELDS_OF_LINES, strict=True))
    return PrinterStatus(
        state="answered",
        paper_out=_flag(first[1]),
        paused=_flag(first[2]),
        formats_in_buffer=_count(first[4]),
        buffer_full=_flag(first[5]),
        partial_format=_flag(first[7]),
        memory_lost=_flag(first[9]),
        too_cold=_flag(first[10]),
        too_hot=_flag(first[11]),
        head_open=_flag(second[2]),
        ribbon_out=_flag(second[3]),
        label_waiting=_flag(second[7]),
        labels_remaining=_count(second[8]),
    )


def _fields(line: str, count: int) -> list[str]:
    fields = [field.strip() for field in line.split(",")]
    if len(fields) != count:
        raise StatusFormatError(f"A status line has {len(fields)} fields, not {count}: {line[:80]!r}")
    return fields


def _flag(field: str) -> bool:
    if field not in ("0", "1"):
        raise StatusFormatError(f"A status flag is 0 or 1, not {field[:20]!r}")
    return field == "1"


def _count(field: str) -> int:
    if not _NUMBER.fullmatch(field):
        raise StatusFormatError(f"A status count is a number, not {field[:20]!r}")
    return int(field)
