"""First articles (首件): the first element of a type's revision, and of it in each mould, and what waits for it.

What is poured in one go cannot be told apart: of several elements of a type on one pallet, that of the lowest serial
is the first article. Where the policy requires it, no other load with elements of the type is cast before the first
article's final inspection is accepted. A scrapped one leaves its place to the next, and so does one that was conceded:
the designer's consent is for that piece, not for the series. Two loads that begin at one moment wait for one another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from mes.core.text import N_, Text
from mes.inspection.judgement import plan_of
from mes.inspection.models import Inspection, Nonconformity
from mes.inspection.policy import Demand, policy_in_force
from mes.inspection.strength import was_cast
from mes.library.models import ComponentType, Mould
from mes.orders.models import Element
from mes.planning.models import Operation, PalletLoad, PalletLoadItem, Station
from mes.shopfloor.conditions import OPERATION, Missing, before_beginning
from mes.shopfloor.loads import BEFORE_CASTING, CASTING, elements_of
from mes.shopfloor.models import MouldUse
from quality import InspectionPlan

NOT_BEGUN = ("planned", "scheduled", "scrapped")
IN_WORK = ("running", "held")
CAST = "curing"  # the fact that says when concrete was poured


@dataclass(frozen=True)
class Series:
    """Elements that one first article speaks for: of a type's revision, made in a mould or however it is made."""

    component_type: ComponentType
    mould: Mould | None = None

    @property
    def words(self) -> Text:
        """The series as people name it."""
        kind = self.component_type
        names = {"type": kind.type_code, "revision": kind.revision, "mould": self.mould.code if self.mould else ""}
        if self.mould is None:
            return Text(N_("type %(type)s, revision %(revision)s"), names)
        return Text(N_("type %(type)s, revision %(revision)s, in mould %(mould)s"), names)


def first_article_series(session: Session, element: Element) -> list[Series]:
    """The series that this element is the first article of: not accepted yet, and none before it."""
    if element.state in NOT_BEGUN or policy_in_force(session).first_article is Demand.OFF:
        return []
    open_series = [series for series in series_of(session, element) if not is_open(session, series)]
    return [series for series in open_series if _first_of(session, series) == element.id]


def first_articles_among(session: Session, elements: Sequence[Element]) -> set[UUID]:
    """Which of many elements are first articles: each series is looked at once, however many elements are of it."""
    if policy_in_force(session).first_article is Demand.OFF:
        return set()
    query = (
        select(PalletLoadItem.element_id, Mould)
        .join(MouldUse, MouldUse.load_id == PalletLoadItem.load_id)
        .join(Mould, Mould.id == MouldUse.mould_id)
        .join(PalletLoad, PalletLoad.id == PalletLoadItem.load_id)
        .where(PalletLoadItem.element_id.in_([one.id for one in elements]), PalletLoad.state != "withdrawn")
    )
    kinds = {element.id: element.component_type for element in elements if element.state not in NOT_BEGUN}
    series: dict[tuple[UUID, UUID | None], Series] = {(kind.id, None): Series(kind) for kind in kinds.values()}
    for element_id, mould in session.execute(query):
        if element_id in kinds and _shapes(mould, kinds[element_id]):
            series[kinds[element_id].id, mould.id] = Series(kinds[element_id], mould)
    firsts = {_first_of(session, one) for one in series.values() if not is_open(session, one)}
    return {element_id for element_id in firsts if element_id in kinds}


def _shapes(mould: Mould, kind: ComponentType) -> bool:
    return mould.family == kind.family and mould.component_type_id in (None, kind.id)


def series_of(session: Session, element: Element) -> list[Series]:
    """The element's type, and the type in each mould of the family that shapes its load."""
    kind = element.component_type
    query = (
        select(Mould)
        .join(MouldUse, MouldUse.mould_id == Mould.id)
        .join(PalletLoadItem, PalletLoadItem.load_id == MouldUse.load_id)
        .join(PalletLoad, PalletLoad.id == PalletLoadItem.load_id)
        .where(PalletLoadItem.element_id == element.id, PalletLoad.state != "withdrawn")
        .where(Mould.family == kind.family)
        .order_by(Mould.code)
    )
    moulds = [mould for mould in session.scalars(query) if _shapes(mould, kind)]
    return [Series(kind), *(Series(kind, mould) for mould in moulds)]


def is_open(session: Session, series: Series) -> bool:
    """Whether the first article of the series is accepted, so that others may follow."""
    query = select(Inspection.id).where(
        Inspection.first_article.is_(True), Inspection.kind == "final", Inspection.verdict == "accepted"
    )
    if session.scalars(_in_series(query, series, Inspection.element_id).limit(1)).first() is not None:
        return True
    first = _first_of(session, series)
    return first is not None and _was_accepted(session, first)


def _was_accepted(session: Session, element_id: UUID) -> bool:
    """Whether a first piece was accepted, as those were before the plant asked for first articles: nobody can measure
    it any more."""
    query = select(Inspection.id).where(
        Inspection.element_id == element_id, Inspection.kind == "final", Inspection.verdict == "accepted"
    )
    return session.scalars(query.limit(1)).first() is not None


@before_beginning
def lock_series(session: Session, operation: Operation) -> None:
    """Two loads of a type that are to be cast at one moment: the second waits until it can see the first."""
    if operation.station.kind != CASTING or policy_in_force(session).first_article is not Demand.REQUIRED:
        return
    types = {element.component_type_id for element in elements_of(operation.load, BEFORE_CASTING)}
    query = select(ComponentType.id).where(ComponentType.id.in_(types)).order_by(ComponentType.id)
    session.execute(query.with_for_update(key_share=True))  # elements of the type can still be ordered meanwhile


def first_article_plan(session: Session, element: Element, kind: str) -> InspectionPlan:
    """What an inspection of an element asks for, with what only a first article is asked where it is one."""
    first = bool(first_article_series(session, element))
    return as_demanded(session, plan_of(element, kind, first_article=first))


def as_demanded(session: Session, plan: InspectionPlan) -> InspectionPlan:
    """A plan whose questions about first articles must be answered where the policy requires these; else they may."""
    if policy_in_force(session).first_article is Demand.REQUIRED:
        return plan
    items = (replace(item, required=item.required and not item.first_article) for item in plan.items)
    return replace(plan, items=tuple(items))


def may_hold_first_article(session: Session, load: PalletLoad) -> bool:
    """Whether a load that is not cast may become the first of a series: nothing of it is cast elsewhere."""
    if policy_in_force(session).first_article is Demand.OFF:
        return False
    held = _distinct(session, elements_of(load, BEFORE_CASTING))
    return any(not is_open(session, one) and _begun_elsewhere(session, one, load.id) is None for one in held)


@OPERATION.add
def first_article_missing(session: Session, operation: Operation) -> Iterator[Missing]:
    """Before a load is cast: first articles on other loads that are not accepted yet, where the policy requires it."""
    if operation.station.kind != CASTING or operation.state != "waiting":
        return
    elements = elements_of(operation.load, BEFORE_CASTING)
    if not elements or policy_in_force(session).first_article is not Demand.REQUIRED:
        return
    for series in _distinct(session, elements):
        if is_open(session, series):
            continue
        first = _begun_elsewhere(session, series, operation.load_id)
        if first is not None:
            text = N_("Load %(load)s: the first article of %(series)s, element %(serial)s, is not accepted yet")
            words = {"load": operation.load.number, "series": series.words, "serial": first.serial}
            yield Missing("first_article", Text(text, words))


def _distinct(session: Session, elements: Sequence[Element]) -> list[Series]:
    found = {
        (series.component_type.id, series.mould.id if series.mould else None): series
        for element in elements
        for series in series_of(session, element)
    }
    return list(found.values())


def _begun_elsewhere(session: Session, series: Series, load_id: UUID) -> Element | None:
    """The first element of the series that is cast, or being cast, on another load."""
    casting_stations = select(Station.id).where(Station.kind == CASTING)
    query = (
        select(Element, Operation.state)
        .join(PalletLoadItem, PalletLoadItem.element_id == Element.id)
        .join(PalletLoad, PalletLoad.id == PalletLoadItem.load_id)
        .outerjoin(Operation, (Operation.load_id == PalletLoad.id) & Operation.station_id.in_(casting_stations))
        .where(PalletLoad.state != "withdrawn", PalletLoad.id != load_id, *_may_be_first())
        .order_by(Element.serial)
    )
    found: Element | None = None
    for element, state in session.execute(_in_series(query, series, Element.id)):
        if found is None and (was_cast(element) or (state in IN_WORK and element.state in BEFORE_CASTING)):
            found = element
    return found


def _first_of(session: Session, series: Series) -> UUID | None:
    """The element of the series that was cast first; of those cast together, or of none cast, the lowest serial."""
    query = select(Element.id, Element.serial, Element.facts).where(*_may_be_first())
    begun = [_Begun(*row) for row in session.execute(_in_series(query, series, Element.id))]
    return min(begun).element_id if begun else None


def _may_be_first() -> tuple[ColumnElement[bool], ...]:
    """Begun, not scrapped, and not conceded."""
    conceded = select(Nonconformity.element_id).where(Nonconformity.disposition == "concession")
    return Element.state.not_in(NOT_BEGUN), Element.id.not_in(conceded)


class _Begun:
    """An element by when it was cast."""

    def __init__(self, element_id: UUID, serial: int, facts: dict[str, str]) -> None:
        self.element_id = element_id
        cast_at = facts.get(CAST)
        self.rank = (cast_at is None, cast_at or "", serial)

    def __lt__(self, other: _Begun) -> bool:
        return self.rank < other.rank


def _in_series(query: Select, series: Series, element_id) -> Select:  # type: ignore[no-untyped-def, type-arg]
    """The rows whose element is of the series."""
    of_type = select(Element.id).where(Element.component_type_id == series.component_type.id)
    if series.mould is not None:
        of_type = (
            of_type.join(PalletLoadItem, PalletLoadItem.element_id == Element.id)
            .join(MouldUse, MouldUse.load_id == PalletLoadItem.load_id)
            .where(MouldUse.mould_id == series.mould.id)
        )
    return query.where(element_id.in_(of_type))
