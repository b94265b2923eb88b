"""Reading inspections, nonconformities, cube tests and certificates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from labels import LabelError, Scan, parse
from mes.core.actor import Actor
from mes.core.errors import InvalidInput, NotFound
from mes.core.files import knows_projects
from mes.core.text import N_, Text
from mes.identity.own_names import reference_in
from mes.identity.queries import find
from mes.inspection.models import Certificate, CubeTest, Inspection, InspectionPhoto, Nonconformity
from mes.inspection.places import hidden_works_operation
from mes.inspection.strength import (
    DELIVERY,
    DEMOULDING,
    StrengthProof,
    delivery_strength_mpa,
    demoulding_strength_mpa,
    latest_tests,
    loads_of_batch,
    proofs_of_load,
    was_cast,
)
from mes.orders.models import Element
from mes.orders.queries import named_element, serial_in
from mes.planning.models import Pallet, PalletLoad, PalletLoadItem
from mes.shopfloor.models import Casting, CastingBatch

LIST_LIMIT = 60


class ScanNotUnderstood(InvalidInput):
    """What was scanned is a misread code."""


def valid_certificate(session: Session, element_id: UUID) -> Certificate | None:
    """The element's certificate that is neither withdrawn nor suspended."""
    query = select(Certificate).where(Certificate.element_id == element_id, Certificate.is_in_force())
    return session.scalars(query).first()


def standing_certificate(session: Session, element_id: UUID) -> Certificate | None:
    """The element's certificate that is not withdrawn; it may be suspended."""
    query = select(Certificate).where(Certificate.element_id == element_id, Certificate.withdrawn_at.is_(None))
    return session.scalars(query).first()


def latest_inspection(session: Session, element_id: UUID, kind: str) -> Inspection | None:
    """The inspection of a kind that was recorded last, whatever its verdict: the element's state follows from it.

    Not the one that is said to have been made last: the clock of an offline tablet may be slow.
    """
    query = (
        select(Inspection)
        .where(Inspection.element_id == element_id, Inspection.kind == kind)
        .order_by(Inspection.id.desc())
        .limit(1)
    )
    return session.scalars(query).first()


def inspections_of(session: Session, element_id: UUID) -> Sequence[Inspection]:
    """All inspections of an element, newest first."""
    query = select(Inspection).where(Inspection.element_id == element_id)
    return session.scalars(query.order_by(Inspection.inspected_at.desc(), Inspection.id.desc())).all()


def nonconformities_of(session: Session, element_id: UUID) -> Sequence[Nonconformity]:
    """All nonconformities of an element, newest first."""
    query = select(Nonconformity).where(Nonconformity.element_id == element_id)
    return session.scalars(query.order_by(Nonconformity.number.desc())).all()


def certificates_of(session: Session, element_id: UUID) -> Sequence[Certificate]:
    """All certificates of an element, newest first."""
    query = select(Certificate).where(Certificate.element_id == element_id)
    return session.scalars(query.order_by(Certificate.issued_at.desc(), Certificate.id.desc())).all()


def element_for(session: Session, element_id: UUID, actor: Actor) -> Element:
    """An element for looking at it.

    Raises:
        NotFound: there is none, or it is of a project this actor may not see.
    """
    element = session.get(Element, element_id)
    if element is None or not actor.may_see_project(element.project_id):
        raise NotFound(Text(N_("There is no such element")))
    return element


def read_id(value: object) -> UUID:
    """The id in a list's cursor.

    Raises:
        InvalidInput: it is no id, so the cursor is not one of ours.
    """
    try:
        return UUID(str(value))
    except ValueError as error:
        raise InvalidInput(Text(N_("This cursor is not one of ours"))) from error


def inspection_for(session: Session, inspection_id: UUID, actor: Actor) -> Inspection:
    """An inspection for looking at it.

    Raises:
        NotFound: there is none, or it is of a project this actor may not see.
    """
    found = session.get(Inspection, inspection_id)
    if found is None or not actor.may_see_project(found.element.project_id):
        raise NotFound(Text(N_("There is no such inspection")))
    return found


def nonconformity_for(session: Session, nonconformity_id: UUID, actor: Actor) -> Nonconformity:
    """A nonconformity for looking at it.

    Raises:
        NotFound: there is none, or it is of a project this actor may not see.
    """
    found = session.get(Nonconformity, nonconformity_id)
    if found is None or not actor.may_see_project(found.element.project_id):
        raise NotFound(Text(N_("There is no such nonconformity")))
    return found


def nonconformity_of_inspection(session: Session, inspection_id: UUID) -> Nonconformity | None:
    """The nonconformity that a refused inspection opened."""
    return session.scalars(select(Nonconformity).where(Nonconformity.inspection_id == inspection_id)).first()


def certificate_for(session: Session, certificate_id: UUID, actor: Actor) -> Certificate:
    """A certificate for looking at it.

    Raises:
        NotFound: there is none, or it is of a project this actor may not see.
    """
    found = session.get(Certificate, certificate_id)
    if found is None or not actor.may_see_project(found.element.project_id):
        raise NotFound(Text(N_("There is no such certificate")))
    return found


@dataclass(frozen=True)
class WaitingLoad:
    """A load with elements that wait for their hidden-works inspection; `load` is None for elements without one."""

    load: PalletLoad | None
    elements: tuple[Element, ...]
    at_station: bool  # the pallet stands at the hidden-works station


@dataclass(frozen=True)
class WaitingElement:
    """A finished element that waits for its final inspection, and whether its strength is proven."""

    element: Element
    strength_proven: bool


@dataclass(frozen=True)
class DueBatch:
    """A batch that needs a cube test: for demoulding, or for delivery."""

    batch: CastingBatch
    test: CubeTest | None
    stage: str  # demoulding | delivery
    required_mpa: float
    loads: tuple[PalletLoad, ...]
    element_count: int


@dataclass(frozen=True)
class WorkLists:
    """What waits for an inspector."""

    loads: list[WaitingLoad]
    finals: list[WaitingElement]
    final_count: int
    batches: list[DueBatch]
    nonconformities: Sequence[Nonconformity]
    nonconformity_count: int

    @property
    def hidden_works_count(self) -> int:
        """Elements that wait for a hidden-works inspection."""
        return sum(len(waiting.elements) for waiting in self.loads)


def work_lists(session: Session, actor: Actor) -> WorkLists:
    """Everything that waits for an inspector."""
    finals = _elements_in(session, actor, "finished")
    proven = _proven(session, finals)
    return WorkLists(
        loads=waiting_loads(session, actor),
        finals=[WaitingElement(element, element.id in proven) for element in finals],
        final_count=_count_in(session, actor, "finished"),
        batches=due_batches(session, actor),
        nonconformities=open_nonconformities(session, actor),
        nonconformity_count=_count(session, _nonconformities(actor, is_open=True)),
    )


def waiting_loads(session: Session, actor: Actor) -> list[WaitingLoad]:
    """Elements in set-up by their load; loads that stand at the hidden-works station come first."""
    elements = _elements_in(session, actor, "in_setup", limit=300)
    loads = _loads_of(session, [element.id for element in elements])
    grouped: dict[UUID | None, list[Element]] = {}
    for element in elements:
        load = loads.get(element.id)
        grouped.setdefault(load.id if load else None, []).append(element)
    by_id = {load.id: load for load in loads.values()}
    waiting = [_waiting(by_id.get(key) if key else None, members) for key, members in grouped.items()]
    return sorted(waiting, key=lambda one: (not one.at_station, one.load.number if one.load else 1 << 30))


def _waiting(load: PalletLoad | None, elements: list[Element]) -> WaitingLoad:
    operation = hidden_works_operation(load) if load else None
    return WaitingLoad(load, tuple(elements), operation is not None and operation.state in ("running", "held"))


def _loads_of(session: Session, element_ids: Sequence[UUID]) -> dict[UUID, PalletLoad]:
    query = (
        select(PalletLoadItem.element_id, PalletLoad)
        .join(PalletLoad, PalletLoad.id == PalletLoadItem.load_id)
        .where(PalletLoadItem.element_id.in_(element_ids), PalletLoad.state != "withdrawn")
        .order_by(PalletLoad.number)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def _elements_in(session: Session, actor: Actor, state: str, limit: int = LIST_LIMIT) -> Sequence[Element]:
    query = select(Element).where(Element.state == state).order_by(Element.state_since, Element.serial).limit(limit)
    if actor.project_ids is not None:
        query = query.where(Element.project_id.in_(actor.project_ids))
    return session.scalars(query).all()


def _count_in(session: Session, actor: Actor, state: str) -> int:
    query = select(func.count()).select_from(Element).where(Element.state == state)
    if actor.project_ids is not None:
        query = query.where(Element.project_id.in_(actor.project_ids))
    return session.scalar(query) or 0


def _proven(session: Session, elements: Sequence[Element]) -> set[UUID]:
    """Those of which every batch has reached the delivery strength; elements of one load share its proofs."""
    loads = _loads_of(session, [element.id for element in elements])
    proofs = {load_id: proofs_of_load(session, load_id) for load_id in {load.id for load in loads.values()}}
    found = set[UUID]()
    for element in elements:
        own = proofs[loads[element.id].id] if element.id in loads and was_cast(element) else []
        if own and all(proof.reaches(delivery_strength_mpa(element)) for proof in own):
            found.add(element.id)
    return found


def due_batches(session: Session, actor: Actor) -> list[DueBatch]:
    """Batches whose elements cannot go on without a further cube test, oldest first."""
    query = (
        select(CastingBatch)
        .join(Casting, Casting.batch_id == CastingBatch.id)
        .join(PalletLoadItem, PalletLoadItem.load_id == Casting.load_id)
        .join(Element, Element.id == PalletLoadItem.element_id)
        .where(Element.state.in_(("curing", "demoulded", "finished")))
        .order_by(CastingBatch.mixed_at, CastingBatch.batch_number)
        .distinct()
        .limit(LIST_LIMIT)
    )
    if actor.project_ids is not None:
        query = query.where(Element.project_id.in_(actor.project_ids))
    batches = session.scalars(query).all()
    ids = [batch.id for batch in batches]
    tests = {stage: latest_tests(session, ids, stage) for stage in (DEMOULDING, DELIVERY)}
    found = [_due(session, batch, {stage: tests[stage].get(batch.id) for stage in tests}) for batch in batches]
    return [due for due in found if due is not None]


def _due(session: Session, batch: CastingBatch, tests: dict[str, CubeTest | None]) -> DueBatch | None:
    loads = tuple(loads_of_batch(session, batch.id))
    elements = [item.element for load in loads for item in load.items if was_cast(item.element)]
    waiting = [load for load in loads if any(item.element.state == "curing" for item in load.items)]
    demoulding = max((demoulding_strength_mpa(load) for load in waiting), default=0.0)
    delivery = max((delivery_strength_mpa(element) for element in elements), default=0.0)
    for stage, required in ((DEMOULDING, demoulding), (DELIVERY, delivery)):
        if required and not StrengthProof(batch, tests[stage]).reaches(required):
            return DueBatch(batch, tests[stage], stage, required, loads, len(elements))
    return None


def batch_tests(session: Session, batch_id: UUID) -> Sequence[CubeTest]:
    """The cube tests of a batch, newest first."""
    query = (
        select(CubeTest).where(CubeTest.batch_id == batch_id).order_by(CubeTest.tested_at.desc(), CubeTest.id.desc())
    )
    return session.scalars(query).all()


def recent_batches(session: Session, limit: int = LIST_LIMIT) -> Sequence[CastingBatch]:
    """The newest batches, for choosing one."""
    return session.scalars(select(CastingBatch).order_by(CastingBatch.mixed_at.desc()).limit(limit)).all()


def batch_for(session: Session, batch_id: UUID) -> CastingBatch:
    """A batch.

    Raises:
        NotFound: there is none.
    """
    batch = session.get(CastingBatch, batch_id)
    if batch is None:
        raise NotFound(Text(N_("There is no such batch")))
    return batch


def open_nonconformities(session: Session, actor: Actor) -> Sequence[Nonconformity]:
    """Nonconformities without a decision: severe ones first, then the oldest."""
    query = _nonconformities(actor, is_open=True).order_by(Nonconformity.severity.desc(), Nonconformity.reported_at)
    return session.scalars(query.limit(LIST_LIMIT)).all()


def _nonconformities(actor: Actor, *, is_open: bool) -> Select[Nonconformity]:
    undecided = Nonconformity.disposition.is_(None)
    query = select(Nonconformity).join(Element, Element.id == Nonconformity.element_id)
    query = query.where(undecided if is_open else ~undecided)
    return query.where(Element.project_id.in_(actor.project_ids)) if actor.project_ids is not None else query


def _count(session: Session, query: Select[Nonconformity]) -> int:
    return session.scalar(select(func.count()).select_from(query.subquery())) or 0


def recent_inspections(
    session: Session, actor: Actor, *, unwitnessed: bool, limit: int = LIST_LIMIT
) -> Sequence[Inspection]:
    """The newest inspections; with `unwitnessed` only those a supervisor has not confirmed."""
    query = select(Inspection).join(Element, Element.id == Inspection.element_id)
    if unwitnessed:
        query = query.where(Inspection.witnessed_at.is_(None))
    if actor.project_ids is not None:
        query = query.where(Element.project_id.in_(actor.project_ids))
    return session.scalars(query.order_by(Inspection.inspected_at.desc(), Inspection.id.desc()).limit(limit)).all()


@dataclass(frozen=True)
class Found:
    """What a scanned or typed code led to: an element, a load of a pallet, or a batch."""

    element: Element | None = None
    load: PalletLoad | None = None
    batch: CastingBatch | None = None


def find_scanned(session: Session, actor: Actor, code: str) -> Found:
    """What a scanner, a camera or a person's typing names.

    Raises:
        ScanNotUnderstood: a GS1 code with a fault, such as a wrong check digit.
        NotFound: nothing of that name is here.
    """
    try:
        scan = parse(code)
    except LabelError as error:
        raise ScanNotUnderstood(Text(N_("This code was misread; please scan it again"))) from error
    found = _found(session, actor, scan)
    if found is None:
        raise NotFound(Text(N_("Nothing here has the code %(code)s"), {"code": scan.text[:60] or "–"}))
    return found


def _found(session: Session, actor: Actor, scan: Scan) -> Found | None:
    if scan.kind == "element":
        element = named_element(session, scan.key)
        return Found(element=element) if element else _of_name_or_tag(session, actor, scan)
    pallet = reference_in(session, scan.key, "pallet", "P")
    if pallet:
        return _load_on_pallet(session, pallet)
    if scan.kind == "batch":
        return _batch(session, reference_in(session, scan.key, "batch", "B") or scan.key.get("10", ""))
    if scan.kind != "unknown":
        return None
    serial = serial_in(scan.text)
    found = _element(session, serial) if serial is not None else None
    return found or _of_name_or_tag(session, actor, scan) or _batch(session, scan.text)


def _of_name_or_tag(session: Session, actor: Actor, scan: Scan) -> Found | None:
    """An element by another of its names, or by a tag it wears or wore."""
    named = find(session, actor, scan)
    serial = serial_in(named.number) if named is not None and named.kind == "element" else None
    return _element(session, serial) if serial is not None else None


def _element(session: Session, serial: int) -> Found | None:
    element = session.scalars(select(Element).where(Element.serial == serial)).first()
    return Found(element=element) if element else None


def _batch(session: Session, number: str) -> Found | None:
    batch = session.scalars(select(CastingBatch).where(CastingBatch.batch_number == number)).first()
    return Found(batch=batch) if batch else None


def _load_on_pallet(session: Session, number: str) -> Found | None:
    if not (number.isascii() and number.isdigit() and len(number) <= 9):
        return None
    query = (
        select(PalletLoad)
        .join(Pallet, Pallet.id == PalletLoad.pallet_id)
        .where(Pallet.number == int(number), PalletLoad.state == "running")
        .order_by(PalletLoad.number.desc())
        .limit(1)
    )
    load = session.scalars(query).first()
    return Found(load=load) if load else None


@knows_projects
def projects_of_file(session: Session, sha256: str) -> set[UUID]:
    """The projects whose elements a photo or certificate of this room shows."""
    photos = (
        select(Element.project_id)
        .join(Inspection, Inspection.element_id == Element.id)
        .join(InspectionPhoto, InspectionPhoto.inspection_id == Inspection.id)
        .where(InspectionPhoto.sha256 == sha256)
    )
    papers = (
        select(Element.project_id)
        .join(Certificate, Certificate.element_id == Element.id)
        .where(Certificate.pdf_sha256 == sha256)
    )
    return set(session.scalars(photos)) | set(session.scalars(papers))
