"""The things that are inspected, each as people name it, and what its inspection asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mes.core.errors import NotFound
from mes.core.text import N_, Text
from mes.identity.own_names import reference_in
from mes.inspection.first_articles import may_hold_first_article
from mes.inspection.models import ThingInspection
from mes.inspection.policy import Demand, policy_in_force, rules_of_things
from mes.library.materials import MATERIAL_KINDS
from mes.library.models import ComponentType, Mould
from mes.library.mould_codes import mould_in
from mes.orders.models import Element
from mes.planning.models import Line, Pallet, PalletLoad
from mes.shopfloor.loads import next_operation, where_of
from mes.shopfloor.models import CastingBatch, MaterialLot
from quality import AnswerKind, Dimensions, InspectionPlan, PlanItem, RuleSet, inspection_plan, plan_subjects

INSPECTED_AS = {
    "material_lot": "incoming",
    "mould": "mould",
    "pallet": "mould",
    "pallet_load": "rebar",
    "casting_batch": "process",
}
"""The inspection that each kind of thing gets."""
SUBJECT_NAMES = {
    "material_lot": N_("Material lot"),
    "mould": N_("Mould"),
    "pallet": N_("Pallet"),
    "pallet_load": N_("Pallet load"),
    "casting_batch": N_("Concrete batch"),
}
PLAN_OF_MATERIAL = {"girder": "mesh", "addition": "mineral_admixture"}
OTHER = "other"
PALLET_ITEM = "mould_bed_flatness"
"""What is measured on a pallet; the sizes of a mould are not its own."""
SLUMP = "slump"


@dataclass(frozen=True)
class ThingSubject:
    """A thing to be inspected. `asks_of` is the family or material of its plan, `nominals` what was asked for.

    `is_first`: of a mould's inspections, of a series' loads, of a mix's batches; it is asked more, and must answer
    where `first_required`.
    """

    kind: str
    id: UUID
    code: str
    ledger_subject: str
    asks_of: str
    dimensions: Dimensions | None = None
    nominals: Mapping[str, float] = field(default_factory=dict)
    where: Mapping[str, Any] = field(default_factory=dict)
    elements: tuple[Element, ...] = ()
    is_first: bool = False
    first_required: bool = True
    rules: RuleSet | None = None  # of moulds and rebar, as the policy says

    @property
    def inspection_kind(self) -> str:
        """Which inspection it gets."""
        return INSPECTED_AS[self.kind]


def subject_of(session: Session, kind: str, subject_id: UUID) -> ThingSubject:
    """The thing of this kind and id.

    Raises:
        NotFound: there is none.
    """
    found = _READERS[kind](session, subject_id) if kind in _READERS else None
    if found is None:
        raise NotFound(Text(N_("There is nothing here to inspect")))
    return replace(found, rules=rules_of_things(session, found.inspection_kind))


def find_subject(session: Session, code: str, key: Mapping[str, str], text: str) -> ThingSubject | None:
    """The mould, pallet or material lot that a scanned code names: its key's parts, else the text itself."""
    mould = mould_in(session, code)
    if mould is not None:
        return subject_of(session, "mould", mould.id)
    number = reference_in(session, key, "pallet", "P") or ""
    if number.isascii() and number.isdigit() and len(number) <= 9:
        pallet = session.scalars(select(Pallet).where(Pallet.number == int(number))).first()
        if pallet is not None:
            return subject_of(session, "pallet", pallet.id)
    lot_number = (key.get("10") or text).lower()
    lots = session.scalars(select(MaterialLot).where(func.lower(MaterialLot.lot_number) == lot_number).limit(2)).all()
    return subject_of(session, "material_lot", lots[0].id) if len(lots) == 1 else None


def thing_plan(subject: ThingSubject) -> InspectionPlan:
    """What the inspection of a thing asks for; sizes are left out where the thing has none of its own."""
    kind = subject.inspection_kind
    plan = inspection_plan(kind, subject.asks_of, subject.dimensions, subject.rules, subject.is_first)
    if subject.kind == "pallet":
        items = [item for item in plan.items if item.answer_kind is AnswerKind.CHECK or item.id == PALLET_ITEM]
    elif subject.dimensions is None:
        items = [item for item in plan.items if item.answer_kind is AnswerKind.CHECK or item.limits is not None]
    else:
        items = list(plan.items)
    return replace(plan, items=tuple(_as_asked(one, subject) for one in items))


def _as_asked(item: PlanItem, subject: ThingSubject) -> PlanItem:
    """An item with what was asked for, and open where it is for first articles that the policy does not require."""
    required = item.required and (subject.first_required or not item.first_article)
    return replace(item, nominal=subject.nominals.get(item.id, item.nominal), required=required)


def _lot(session: Session, subject_id: UUID) -> ThingSubject | None:
    lot = session.get(MaterialLot, subject_id)
    if lot is None:
        return None
    known = {subject.id for subject in plan_subjects("incoming")}
    material = PLAN_OF_MATERIAL.get(lot.kind, lot.kind)
    return ThingSubject(
        kind="material_lot",
        id=lot.id,
        code=lot.lot_number,
        ledger_subject=f"lot:{lot.kind}:{lot.lot_number}",
        asks_of=material if material in known else OTHER,
    )


def _mould(session: Session, subject_id: UUID) -> ThingSubject | None:
    mould = session.get(Mould, subject_id)
    if mould is None:
        return None
    made = session.get(ComponentType, mould.component_type_id) if mould.component_type_id else None
    return ThingSubject(
        kind="mould",
        id=mould.id,
        code=mould.code,
        ledger_subject=f"mould:{mould.code}",
        asks_of=mould.family,
        dimensions=Dimensions(made.length_mm, made.width_mm, made.thickness_mm) if made else None,
        is_first=not _was_inspected(session, "mould", mould.id),
    )


def _pallet(session: Session, subject_id: UUID) -> ThingSubject | None:
    pallet = session.get(Pallet, subject_id)
    if pallet is None:
        return None
    line = session.get_one(Line, pallet.line_id)
    return ThingSubject(
        kind="pallet",
        id=pallet.id,
        code=str(pallet.number),
        ledger_subject=f"pallet:{pallet.number}",
        asks_of=next(iter(line.families), "composite_slab"),
        dimensions=Dimensions(line.pallet_length_mm, line.pallet_width_mm, PALLET_THICKNESS_MM),
        where={"line": line.code, "line_name": line.name},
    )


PALLET_THICKNESS_MM = 200
"""A pallet's own thickness judges nothing; the engine wants one that can be true."""


def _load(session: Session, subject_id: UUID) -> ThingSubject | None:
    load = session.get(PalletLoad, subject_id)
    if load is None or not load.items:
        return None
    elements = tuple(sorted((item.element for item in load.items), key=lambda element: element.serial))
    present, first = next_operation(load), elements[0].component_type
    line = {"line": load.line.code, "line_name": load.line.name}
    return ThingSubject(
        kind="pallet_load",
        id=load.id,
        code=str(load.number),
        ledger_subject=f"load:{load.number}",
        asks_of=first.family,
        dimensions=Dimensions(first.length_mm, first.width_mm, first.thickness_mm),
        where=where_of(present.station) if present is not None else line,
        elements=elements,
        is_first=may_hold_first_article(session, load),
        first_required=policy_in_force(session).first_article is Demand.REQUIRED,
    )


def _batch(session: Session, subject_id: UUID) -> ThingSubject | None:
    batch = session.get(CastingBatch, subject_id)
    if batch is None:
        return None
    return ThingSubject(
        kind="casting_batch",
        id=batch.id,
        code=batch.batch_number,
        ledger_subject=f"batch:{batch.batch_number}",
        asks_of="concrete",
        nominals={SLUMP: float(batch.slump_mm)} if batch.slump_mm is not None else {},
        is_first=policy_in_force(session).first_article is not Demand.OFF and _opens_its_mix(session, batch),
        first_required=policy_in_force(session).first_article is Demand.REQUIRED,
    )


def _opens_its_mix(session: Session, batch: CastingBatch) -> bool:
    """Whether no other batch of the mix was accepted yet (开盘鉴定); of a batch without a mix's code, of the grade."""
    query = (
        select(ThingInspection.id)
        .join(CastingBatch, CastingBatch.id == ThingInspection.subject_id)
        .where(
            ThingInspection.subject_kind == "casting_batch",
            ThingInspection.verdict == "accepted",
            CastingBatch.mix_code == batch.mix_code,
            CastingBatch.id != batch.id,
        )
    )
    if not batch.mix_code:
        query = query.where(CastingBatch.concrete_grade == batch.concrete_grade)
    return session.scalars(query.limit(1)).first() is None


def _was_inspected(session: Session, kind: str, subject_id: UUID) -> bool:
    query = select(ThingInspection.id).where(
        ThingInspection.subject_kind == kind,
        ThingInspection.subject_id == subject_id,
        ThingInspection.verdict == "accepted",
    )
    return session.scalars(query.limit(1)).first() is not None


def material_name(kind: str) -> str:
    """The name of a kind of material, to be translated."""
    return MATERIAL_KINDS.get(kind, kind)


_READERS: dict[str, Callable[[Session, UUID], ThingSubject | None]] = {
    "material_lot": _lot,
    "mould": _mould,
    "pallet": _pallet,
    "pallet_load": _load,
    "casting_batch": _batch,
}
