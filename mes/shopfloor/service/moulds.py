"""The mould that shapes the elements of a load: its code is scanned where it is set up."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from mes.core.commands import Answer, Command, Work, use_case
from mes.core.errors import Conflict
from mes.core.ids import new_id
from mes.core.text import N_, Text
from mes.library.families import FAMILY_NAMES
from mes.library.models import Mould
from mes.library.mould_codes import UnknownMould, mould_in
from mes.library.service import before_retiring, ensure_registered, mould_subject
from mes.library.service_life import require_in_service
from mes.orders.elements import note
from mes.planning.models import Operation, PalletLoad
from mes.shopfloor.conditions import MOULD_USE
from mes.shopfloor.loads import (
    CASTING,
    how_of,
    load_for_change,
    locks,
    mould_facts,
    next_operation,
    operation_at,
    where_of,
)
from mes.shopfloor.models import MouldUse
from mes.shopfloor.service.materials import ON_LINE
from mes.shopfloor.service.releases import release_casting


class NoteMould(Command):
    """A mould shapes the elements of a load. `code` is its own code, or its label's (GRAI or local)."""

    load_id: UUID
    code: str = Field(min_length=1, max_length=120)


class MouldNoted(Answer):
    """Which mould shapes which load; `repeated` says that it was noted already."""

    mould_code: str
    load_number: int
    repeated: bool


@use_case("material:scan")
def note_mould(work: Work, command: NoteMould) -> MouldNoted:
    """Note the mould of a load that is being set up.

    Raises:
        UnknownMould: no mould has this code.
        Conflict: the load is not on the line, is cast already, or holds no element of the mould's family; the mould is
            out of service.
        ConditionNotMet: a room above asks for something first, such as the mould's inspection.
    """
    load = load_for_change(work.session, command.load_id)
    mould = mould_in(work.session, command.code)
    if mould is None:
        raise UnknownMould(Text(N_("There is no mould %(code)s"), {"code": command.code.strip()}))
    _require_in_set_up(load)
    _require_family(load, mould)
    known = select(MouldUse).where(MouldUse.mould_id == mould.id, MouldUse.load_id == load.id)
    repeated = work.session.scalars(known).first() is not None
    if not repeated:
        work.session.refresh(mould, with_for_update=locks(work.session))  # it does not leave service meanwhile
        require_in_service(mould, Text(N_("Mould %(code)s"), {"code": mould.code}))
        MOULD_USE.require(work.session, mould)
        _use(work, command, load, mould)
    return MouldNoted(mould_code=mould.code, load_number=load.number, repeated=repeated)


def _require_in_set_up(load: PalletLoad) -> None:
    if load.state != "running":
        raise Conflict(Text(N_("Load %(load)s is not on the line; nothing can be placed in it"), {"load": load.number}))
    casting = operation_at(load, CASTING)
    if casting is not None and casting.state == "done":
        raise Conflict(Text(N_("Load %(load)s is cast already"), {"load": load.number}))


def _require_family(load: PalletLoad, mould: Mould) -> None:
    families = {item.element.component_type.family for item in load.items}
    if mould.family not in families:
        text = N_("Mould %(mould)s is for %(family)s; load %(load)s holds none")
        words = {"mould": mould.code, "family": Text(FAMILY_NAMES[mould.family]), "load": load.number}
        raise Conflict(Text(text, words))


def _use(work: Work, command: Command, load: PalletLoad, mould: Mould) -> None:
    at = work.event_time(command)
    ensure_registered(work, mould, at)
    work.session.add(MouldUse(id=new_id(), mould_id=mould.id, load_id=load.id, used_at=at, used_by=work.actor.name))
    shaped = [
        item.element
        for item in load.items
        if item.element.state in ON_LINE and item.element.component_type.family == mould.family
    ]
    present: Operation | None = next_operation(load)
    if shaped and present is not None:
        note(
            work,
            "element.mould_used",
            sorted(shaped, key=lambda element: element.serial),
            event_time=at,
            where=where_of(present.station),
            how=how_of(present) | {"mould": mould_facts(mould)},
            further_subjects=[mould_subject(mould)],
        )
    work.session.flush()
    release_casting(work, load, at)


@before_retiring
def _held_by_a_load(session: Session, mould: Mould) -> Text | None:
    """A mould does not leave service while it holds elements of a load that is on its line."""
    query = select(PalletLoad).join(MouldUse, MouldUse.load_id == PalletLoad.id)
    load = session.scalars(query.where(MouldUse.mould_id == mould.id, PalletLoad.state == "running").limit(1)).first()
    if load is None:
        return None
    text = N_("Mould %(code)s holds elements of load %(load)s, which is on the line; it can leave service after that")
    return Text(text, {"code": mould.code, "load": load.number})
