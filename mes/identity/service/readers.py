"""Readers of the plant: added, changed; a worker's lease on a gate and what it learns of it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Literal
from uuid import UUID

from pydantic import Field
from sqlalchemy import select, update

from mes.core.commands import Command, Done, Work, use_case
from mes.core.errors import Conflict, Fault, InvalidInput
from mes.core.ids import new_id
from mes.core.text import N_, Text
from mes.identity import queries
from mes.identity.models import TagReader

_CODE = re.compile(r"[A-Z0-9][A-Z0-9._-]{0,29}")
_HOST = re.compile(r"[A-Za-z0-9.:_-]+")
_ANTENNAS = re.compile(r"\d{1,2}(,\d{1,2})*")


class CodeTaken(Conflict):
    """Another reader has this code."""


class _ReaderFacts(Command):
    """What is known of a reader. `antennas`: numbers with commas between; empty: all it has."""

    name: str = Field(min_length=1, max_length=80)
    use: Literal["bench", "gate"]
    host: str = Field(min_length=1, max_length=120)
    port: int = Field(5084, ge=1, le=65535)
    antennas: str = Field("", max_length=40)


class AddReader(_ReaderFacts):
    """Add a reader that speaks LLRP."""

    code: str = Field(min_length=1, max_length=30)


class ChangeReader(_ReaderFacts):
    """Change a reader; one that is not active is left alone."""

    reader_id: UUID
    active: bool = True


class LookAfresh(Command):
    """What a gate saw until now is settled: its screen begins anew."""

    reader_id: UUID


@use_case("reader:write")
def add_reader(work: Work, command: AddReader) -> Done:
    """Add a reader; workers listen to a gate's within seconds.

    Raises:
        InvalidInput: code, host or antennas are of no known form.
        CodeTaken: another reader has the code.
    """
    code = command.code.strip().upper()
    _require("code", bool(_CODE.fullmatch(code)), N_("A code has letters, digits, points and dashes, such as GATE-1"))
    if work.session.scalars(select(TagReader).where(TagReader.code == code)).first():
        raise CodeTaken(Text(N_("The reader %(code)s is there already"), {"code": code}))
    row = TagReader(id=new_id(), code=code, active=True)
    _describe(row, command)
    work.session.add(row)
    work.session.flush()
    return Done(id=row.id)


@use_case("reader:write")
def change_reader(work: Work, command: ChangeReader) -> Done:
    """Change a reader.

    Raises:
        NotFound: there is none.
        InvalidInput: host or antennas are of no known form.
    """
    row = queries.reader(work.session, command.reader_id)
    _describe(row, command)
    row.active = command.active
    work.session.flush()
    return Done(id=row.id)


@use_case("gate:check")
def look_afresh(work: Work, command: LookAfresh) -> Done:
    """What a gate saw until now is settled: the next lorry comes.

    Raises:
        NotFound: there is no such reader.
    """
    row = queries.reader(work.session, command.reader_id)
    row.look_from = work.now()
    work.session.flush()
    return Done(id=row.id)


def _describe(row: TagReader, command: _ReaderFacts) -> None:
    host = command.host.strip()
    _require("host", bool(_HOST.fullmatch(host)), N_("A host is a name or an address, without http:// before it"))
    antennas = command.antennas.replace(" ", "").replace("，", ",").strip(",")
    fits = not antennas or (bool(_ANTENNAS.fullmatch(antennas)) and all(map(int, antennas.split(","))))
    _require("antennas", fits, N_("Antennas are numbers from 1, with commas between, such as 1,2"))
    changed = (row.host, row.port, row.antennas) != (host, command.port, antennas)
    row.name, row.use = command.name.strip(), command.use
    row.host, row.port, row.antennas = host, command.port, antennas
    if changed:
        row.fault, row.seen_at = None, None


def _require(where: str, holds: bool, message: str) -> None:
    if not holds:
        raise InvalidInput(Text(message), [Fault(where, Text(message))])


# What workers write while they listen; they act for the program itself.


def take_lease(work: Work, reader_id: UUID, owner: str, seconds: float) -> TagReader | None:
    """The reader, if `owner` may listen to it now: one worker at a time, a dead one's lease runs out.

    None where it is gone, not an active gate, or another worker's.
    """
    row = work.session.get(TagReader, reader_id, with_for_update=_locks(work), populate_existing=True)
    if row is None or not row.active or row.use != "gate":
        return None
    now = work.now()
    if row.lease_owner not in (None, owner) and row.lease_until is not None and row.lease_until > now:
        return None
    row.lease_owner, row.lease_until = owner, now + timedelta(seconds=seconds)
    return row


def release_lease(work: Work, reader_id: UUID, owner: str) -> None:
    """Let another worker listen."""
    owned = (TagReader.id == reader_id) & (TagReader.lease_owner == owner)
    work.session.execute(update(TagReader).where(owned).values(lease_owner=None, lease_until=None))


def note_answer(work: Work, reader_id: UUID) -> None:
    """The reader answers."""
    work.session.execute(update(TagReader).where(TagReader.id == reader_id).values(fault=None, seen_at=work.now()))


def note_fault(work: Work, reader_id: UUID, fault: Text) -> None:
    """The reader does not answer, and why."""
    work.session.execute(update(TagReader).where(TagReader.id == reader_id).values(fault=fault.as_json()))


def _locks(work: Work) -> bool:
    return work.session.get_bind().dialect.name == "postgresql"
