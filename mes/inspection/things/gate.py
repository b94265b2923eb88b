"""What inspections of things hold up: refused ones are not used, and required ones are accepted before use."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from mes.core.text import N_, Text
from mes.inspection.policy import Demand, policy_in_force
from mes.inspection.things.standing import standing_of
from mes.inspection.things.subjects import INSPECTED_AS
from mes.library.models import Mould
from mes.planning.models import Operation, Pallet, PalletLoad
from mes.shopfloor.conditions import BATCH_USE, LOT_USE, MOULD_USE, OPERATION, PALLET_USE, Missing
from mes.shopfloor.loads import BEFORE_CASTING, CASTING, castings_of, elements_of
from mes.shopfloor.models import CastingBatch, MaterialLot
from mes.shopfloor.service import moulds_of

REFUSED = {
    "material_lot": N_("Lot %(code)s was refused at its incoming inspection and must not be used"),
    "mould": N_("Mould %(code)s was refused at its inspection and must not be used"),
    "pallet": N_("Pallet %(code)s was refused at its inspection and must not be used"),
    "pallet_load": N_("Load %(code)s: its rebar was refused; put it right and inspect it again"),
    "casting_batch": N_("Batch %(code)s was refused at its process inspection and must not be poured"),
}
NOT_ACCEPTED = {
    "material_lot": N_("Lot %(code)s is not accepted yet; its incoming inspection comes first"),
    "mould": N_("Mould %(code)s is not accepted yet; it is inspected before use"),
    "pallet": N_("Pallet %(code)s is not accepted yet; it is inspected before use"),
    "pallet_load": N_("Load %(code)s: its rebar is not inspected yet"),
    "casting_batch": N_("Batch %(code)s: its process inspection (temperature, slump) is missing"),
}
SHUTTERING = "shuttering"
"""The kind of station where robots set shutters: what it shapes needs no mould of the library."""
WORN = N_("%(code)s was used %(uses)s times since its inspection; inspect it again")


@LOT_USE.add
def lot_missing(session: Session, lot: MaterialLot) -> Iterator[Missing]:
    """A refused lot, and one that is not accepted where the policy requires it."""
    yield from thing_missing(session, "material_lot", lot.id, lot.lot_number)


@MOULD_USE.add
def mould_missing(session: Session, mould: Mould) -> Iterator[Missing]:
    """A refused mould; where the policy requires it, one that is not accepted or due again."""
    yield from thing_missing(session, "mould", mould.id, mould.code)


@PALLET_USE.add
def pallet_missing(session: Session, pallet: Pallet) -> Iterator[Missing]:
    """A refused pallet; where the policy requires it, one that is not accepted or due again."""
    yield from thing_missing(session, "pallet", pallet.id, str(pallet.number))


@BATCH_USE.add
def batch_missing(session: Session, batch: CastingBatch) -> Iterator[Missing]:
    """A refused batch. One that is not inspected may be assigned: it is measured where it is poured."""
    if (
        policy_in_force(session).process is not Demand.OFF
        and standing_of(session, "casting_batch", batch.id).is_refused
    ):
        yield Missing("inspection", Text(REFUSED["casting_batch"], {"code": batch.batch_number}))


@OPERATION.add
def casting_missing(session: Session, operation: Operation) -> Iterator[Missing]:
    """Before a load is cast: its moulds, its rebar and the batches that are poured into it."""
    load = operation.load
    if operation.station.kind != CASTING or not elements_of(load, BEFORE_CASTING):
        return
    if operation.state == "waiting":
        yield from _not_noted(session, load)
    for mould in moulds_of(session, load):
        yield from thing_missing(session, "mould", mould.id, mould.code, in_use=True)
    yield from thing_missing(session, "pallet_load", load.id, str(load.number))
    for casting in castings_of(session, load):
        yield from thing_missing(session, "casting_batch", casting.batch_id, casting.batch.batch_number)


def _not_noted(session: Session, load: PalletLoad) -> Iterator[Missing]:
    """Where moulds are inspected before use: types of the load whose mould nobody noted, so that none was asked for.

    A type has a mould where the library holds one for it, or one for its family and the line sets no shutters itself.
    A machine that casts nevertheless is not stopped by this: its story is kept as a discrepancy.
    """
    if policy_in_force(session).mould is not Demand.REQUIRED:
        return
    noted = moulds_of(session, load)
    shutters = any(operation.station.kind == SHUTTERING for operation in load.operations)
    types = {element.component_type.id: element.component_type for element in elements_of(load, BEFORE_CASTING)}
    for kind in sorted(types.values(), key=lambda one: one.type_code):
        of_family = (Mould.family == kind.family) & Mould.in_service.is_(True)
        own = select(Mould.id).where(of_family, Mould.component_type_id == kind.id)
        common = select(Mould.id).where(of_family, Mould.component_type_id.is_(None))
        has_one = session.scalars(own.limit(1)).first() or (not shutters and session.scalars(common.limit(1)).first())
        if has_one and not any(m.family == kind.family and m.component_type_id in (None, kind.id) for m in noted):
            words = {"load": load.number, "type": kind.type_code}
            yield Missing("mould", Text(N_("Load %(load)s: no mould of %(type)s is noted; scan it"), words))


def thing_missing(
    session: Session, kind: str, subject_id: UUID, code: str, *, in_use: bool = False
) -> Iterator[Missing]:
    """What speaks against using a thing; one that is `in_use` already is not due again for its number of uses."""
    demand = getattr(policy_in_force(session), INSPECTED_AS[kind])
    if demand is Demand.OFF:
        return
    standing = standing_of(session, kind, subject_id)
    if standing.is_refused:
        yield Missing("inspection", Text(REFUSED[kind], {"code": code}))
    elif demand is Demand.REQUIRED and standing.latest is None:
        yield Missing("inspection", Text(NOT_ACCEPTED[kind], {"code": code}))
    elif demand is Demand.REQUIRED and standing.is_worn and not in_use:
        yield Missing("inspection", Text(WORN, {"code": code, "uses": standing.uses}))
