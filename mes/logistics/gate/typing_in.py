"""What people scan, type or paste at the gate: a handheld's list, or one code after another."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy.orm import Session

from mes.core.actor import Actor
from mes.core.errors import Fault, InvalidInput, MesError
from mes.core.scanning import read_code
from mes.core.text import N_, Text
from mes.identity.hexadecimal import tidy_hex
from mes.identity.models import TagSighting
from mes.identity.queries import find, tag_digits
from mes.logistics import scans
from mes.logistics.gate.service import MOST_READS, Read
from mes.orders.queries import element_by_serial

SHORTEST_EPC = 16
"""Hexadecimal digits; fewer are a number that somebody typed."""
MOST_FAULTS = 10
_BETWEEN = re.compile(r"[,;\t|]")
_HEADING = re.compile(r"\bEPC\b", re.IGNORECASE)


@dataclass(frozen=True)
class Line:
    """A tag of a list: its EPC, and its TID where the list has it."""

    epc_hex: str
    tid: str = ""


def read_lines(session: Session, actor: Actor, text: str) -> list[Line]:
    """A list of tags: one a line, EPC and perhaps TID with commas, semicolons or tabs between; or other codes.

    A line that is no EPC may be any code or serial of an element: what is read then is the tag it ought to wear.

    Raises:
        InvalidInput: a line is nothing of that; each is named with its number, and nothing is taken.
    """
    lines = [line.strip() for line in text.splitlines()]
    if lines and _HEADING.search(lines[0]):
        lines[0] = ""
    found: list[Line] = []
    faults: list[Fault] = []
    for number, line in enumerate(lines, start=1):
        if not line:
            continue
        try:
            found.append(_line(session, actor, line))
        except MesError as error:
            faults.append(Fault(str(number), error.reason))
    if faults:
        message = Text(N_("%(count)s lines could not be read; nothing was taken"), {"count": len(faults)})
        raise InvalidInput(faults[0].reason if len(lines) == 1 else message, faults[:MOST_FAULTS])
    if len(found) > MOST_READS:
        raise InvalidInput(Text(N_("At most %(count)s tags at once"), {"count": MOST_READS}))
    return found


def _line(session: Session, actor: Actor, line: str) -> Line:
    cells = [tidy_hex(cell.strip().strip("\"'")) for cell in _BETWEEN.split(line)]
    hexadecimal = [cell for cell in cells if tag_digits(cell) and len(cell) >= SHORTEST_EPC]
    scan = read_code(line)
    if hexadecimal and scan.kind != "load":
        tids = [cell for cell in hexadecimal[1:] if cell.startswith("E")]
        return Line(hexadecimal[0], tids[0] if tids else "")
    thing = find(session, actor, scan)
    if thing is not None and thing.kind == "element":
        return Line(element_by_serial(session, actor, int(thing.number)).epc_hex)
    return Line(scans.scanned_element(session, actor, line).epc_hex)


def as_sightings(lines: Sequence[Line], at: datetime) -> list[TagSighting]:
    """Lines as if they were kept, to find out which delivery they are of."""
    return [
        TagSighting(epc_hex=line.epc_hex, tid=line.tid, first_seen_at=at, last_seen_at=at, count=1) for line in lines
    ]


def as_reads(lines: Sequence[Line], command_id: UUID) -> list[Read]:
    """Lines as reads whose ids stay the same when the form is sent again."""
    return [
        Read(id=uuid5(command_id, f"{place}"), epc_hex=line.epc_hex, tid=line.tid) for place, line in enumerate(lines)
    ]
