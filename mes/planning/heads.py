"""Who is head of production (生产负责人): named for a line or for the whole plant, from a moment on.

Hubei (2018) wants the name on every element, beside the inspector's and the resident supervisor's. A plant with shifts
names the person who answers for the line, not whoever is on duty: those stand in each event.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NoReturn
from uuid import UUID

from pydantic import Field
from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from mes.accounts.models import Plant
from mes.core.commands import Command, Done, Moment, Work, use_case
from mes.core.errors import Conflict, Fault, InvalidInput, NotFound
from mes.core.ids import new_id
from mes.core.text import N_, Text
from mes.ledger.service import record
from mes.planning.models import Line, ProductionHead
from mes.planning.publishing import lock_plant

ROLE = "production_head"


class NameHead(Command):
    """Somebody is head of production from `since` (now) on; whoever was, is it until then.

    `line` is a line's code; empty for the whole plant, as far as no line has one of its own.
    """

    line: str = Field(default="", max_length=20)
    name: str = Field(min_length=1, max_length=80)
    since: Moment | None = None
    until: Moment | None = None


class EndHead(Command):
    """Somebody is not head of production any more from `until` (now) on, and nobody follows."""

    head_id: UUID
    until: Moment | None = None


@use_case("line:write")
def name_head(work: Work, command: NameHead) -> Done:
    """Name the head of production of a line or of the plant.

    Raises:
        NotFound: there is no such line.
        InvalidInput: no name, or it would end before it begins.
        Conflict: somebody is named already for a time that begins later and is not over by then.
    """
    name = " ".join(command.name.split())
    since, line = command.since or work.event_time(command), _line(work, command.line)
    if not name:
        _refuse("name", N_("Say who it is"))
    if command.until is not None and command.until <= since:
        _refuse("until", N_("It would end before it begins"))
    plant = lock_plant(work)
    before = _overlapping(work, line, since, command.until)
    later = next((head for head in before if head.since >= since), None)
    if later is not None:
        raise Conflict(Text(N_("%(name)s is named for that time already; end that first"), {"name": later.name}))
    for head in before:
        head.until = since
    made = ProductionHead(
        id=new_id(),
        plant_id=plant.id,
        line_id=line.id if line else None,
        name=name,
        since=since,
        until=command.until,
        named_at=work.now(),
        named_by=work.actor.name,
    )
    work.session.add(made)
    work.session.flush()
    _record(work, "production.head_named", plant, line, made)
    return Done(id=made.id)


@use_case("line:write")
def end_head(work: Work, command: EndHead) -> Done:
    """End it for one person; one who was only to begin was never head.

    Raises:
        NotFound: nobody was named so.
        Conflict: it ended before.
    """
    plant = lock_plant(work)
    head = work.session.get(ProductionHead, command.head_id)
    if head is None or head.plant_id != plant.id:
        raise NotFound(Text(N_("Nobody was named so")))
    until = max(command.until or work.event_time(command), head.since)
    if head.until is not None and head.until <= until:
        raise Conflict(Text(N_("%(name)s was head of production until then only"), {"name": head.name}))
    head.until = until
    work.session.flush()
    _record(work, "production.head_ended", plant, head.line, head)
    return Done(id=head.id)


def head_facts(session: Session, line: Line | None, moment: datetime) -> dict[str, Any]:
    """Who was head of production of a line at a moment, as an event keeps it; nothing where nobody was named."""
    if line is None:
        return {}
    query = (
        select(ProductionHead)
        .where(
            ProductionHead.plant_id == line.plant_id,
            or_(ProductionHead.line_id == line.id, ProductionHead.line_id.is_(None)),
            ProductionHead.since <= moment,
            or_(ProductionHead.until.is_(None), ProductionHead.until > moment),
        )
        .order_by(ProductionHead.line_id.is_(None), ProductionHead.since.desc())
        .limit(1)
    )
    head = session.scalars(query).first()
    if head is None:
        return {}
    return {ROLE: {"name": head.name, "organisation": session.get_one(Plant, head.plant_id).organisation_name}}


def heads(session: Session) -> Sequence[ProductionHead]:
    """Everybody who was, is or will be head of production, the latest first."""
    query = select(ProductionHead).options(joinedload(ProductionHead.line))
    return session.scalars(query.order_by(ProductionHead.since.desc(), ProductionHead.id.desc())).all()


def _overlapping(work: Work, line: Line | None, since: datetime, until: datetime | None) -> Sequence[ProductionHead]:
    same = ProductionHead.line_id == line.id if line else ProductionHead.line_id.is_(None)
    query = select(ProductionHead).where(same, or_(ProductionHead.until.is_(None), ProductionHead.until > since))
    if until is not None:
        query = query.where(ProductionHead.since < until)
    # Somebody who was named by mistake, and never was, is in nobody's way.
    found = work.session.scalars(query.order_by(ProductionHead.since)).all()
    return [head for head in found if head.until is None or head.until > head.since]


def _line(work: Work, code: str) -> Line | None:
    if not code:
        return None
    found = work.session.scalars(select(Line).where(Line.code == code)).first()
    if found is None:
        raise NotFound(Text(N_("There is no line %(code)s"), {"code": code}))
    return found


def _record(work: Work, kind: str, plant: Plant, line: Line | None, head: ProductionHead) -> None:
    data = {
        "name": head.name,
        "line": line.code if line else "",
        "since": head.since.isoformat(),
        "until": head.until.isoformat() if head.until else None,
    }
    record(work, kind, [f"line:{line.code}" if line else f"plant:{plant.code}"], event_time=work.now(), data=data)


def _refuse(where: str, message: str) -> NoReturn:
    reason = Text(message)
    raise InvalidInput(reason, [Fault(where, reason)])
