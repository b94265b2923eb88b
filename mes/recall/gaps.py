"""What a search could not see: loads and batches of its time of which nothing was noted. Named, not hidden."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, union
from sqlalchemy.orm import Session

from mes.core.actor import Actor
from mes.core.text import N_, Text
from mes.library.materials import BATCH_KINDS, MATERIAL_KINDS
from mes.orders.lifecycle import NORMAL_STATES
from mes.orders.models import Element
from mes.planning.models import Operation, PalletLoad, PalletLoadItem, Station
from mes.recall.criteria import Question, ids
from mes.recall.search import FOUND_LOADS, Found
from mes.shopfloor.loads import CASTING
from mes.shopfloor.models import BatchMaterial, Casting, CastingBatch, MaterialLot, MaterialUse, MouldUse

MARGIN = timedelta(days=3)
"""How far before the first and after the last noted use gaps are looked for, where no period is asked."""
MOST_EXAMPLES = 12
_MADE = NORMAL_STATES[NORMAL_STATES.index("curing") :]


@dataclass(frozen=True)
class Gap:
    """Loads (or elements) of the time in question about which nothing was noted, so that they could be concerned too.

    `examples` are the first of their numbers.
    """

    words: Text
    elements: int
    examples: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """As it is kept with a recall."""
        return {"words": self.words.as_json(), "elements": self.elements, "examples": list(self.examples)}


@dataclass(frozen=True)
class Window:
    """The time in which gaps are looked for."""

    begins_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Searched:
    """What stood to be searched, and what could not be."""

    window: Window | None
    loads_in_window: int
    elements_in_house: int
    gaps: tuple[Gap, ...]


def searched(answer: Found, actor: Actor, now: datetime) -> Searched:
    """How much was searched, and every gap that could hide further elements."""
    session, question = answer.session, answer.question
    window = _window(session, question, now)
    cast = _cast_loads(question, window) if window else None
    found: list[Gap] = []
    if cast is not None and window is not None:
        found = [gap for gap in _gaps(session, question, cast) if gap is not None]
    without = _without_load(session, actor)
    elements = select(func.count()).select_from(Element)
    if actor.project_ids is not None:
        elements = elements.where(Element.project_id.in_(actor.project_ids))
    return Searched(
        window,
        (session.scalar(select(func.count()).select_from(cast.subquery())) or 0) if cast is not None else 0,
        session.scalar(elements) or 0,
        (*found, *([without] if without else [])),
    )


def _window(session: Session, question: Question, now: datetime) -> Window | None:
    """The period that is asked; where it is open, from the first to the last noted use with a margin."""
    begins, ends = question.begins_at, question.ends_at
    if begins is None or ends is None:
        uses = _uses(question)
        row = session.execute(select(func.min(uses.c.at), func.max(uses.c.at))).one() if uses is not None else None
        first, last = (row[0], row[1]) if row is not None else (None, None)
        received = [lot.received_at for lot in question.lots]
        first = min([*received, *([first] if first else [])], default=None)
        begins = begins or (first - MARGIN if first else None)
        ends = ends or (min(last + MARGIN, now) if last else now)
    if begins is None or begins >= ends:
        return None
    return Window(begins, ends)


def _uses(question: Question) -> Any:
    """When the things that are asked for were used."""
    parts: list[Select[Any]] = []
    if question.lots:
        lots = ids(question.lots)
        through = select(BatchMaterial.batch_id).where(BatchMaterial.lot_id.in_(lots))
        parts.append(select(MaterialUse.used_at.label("at")).where(MaterialUse.lot_id.in_(lots)))
        parts.append(select(Casting.at.label("at")).where(Casting.batch_id.in_(through)))
    if question.batches:
        parts.append(select(CastingBatch.mixed_at.label("at")).where(CastingBatch.id.in_(ids(question.batches))))
        parts.append(select(Casting.at.label("at")).where(Casting.batch_id.in_(ids(question.batches))))
    if question.moulds:
        parts.append(select(MouldUse.used_at.label("at")).where(MouldUse.mould_id.in_(ids(question.moulds))))
    work = select(Operation.started_at.label("at")).where(Operation.started_at.is_not(None))
    if question.crews:
        parts.append(work.where(Operation.crew.in_(question.crews)))
    if question.stations:
        parts.append(work.where(Operation.station_id.in_(ids(question.stations))))
    return union(*parts).subquery() if parts else None


def _cast_loads(question: Question, window: Window) -> Select[Any]:
    """Loads that were cast in the window, on the lines that are asked."""
    at_station = (
        select(Operation.load_id)
        .join(Station, Station.id == Operation.station_id)
        .where(Station.kind == CASTING, _within(Operation.started_at, window))
    )
    poured = select(Casting.load_id).where(_within(Casting.at, window))
    query = select(PalletLoad.id).where(PalletLoad.id.in_(union(at_station, poured)))
    return query.where(PalletLoad.line_id.in_(ids(question.lines))) if question.lines else query


def _within(column: Any, window: Window) -> ColumnElement[bool]:
    return and_(column >= window.begins_at, column < window.ends_at)


def _gaps(session: Session, question: Question, cast: Select[Any]) -> Iterator[Gap | None]:
    kinds = sorted({lot.kind for lot in question.lots})
    for kind in kinds:
        yield _without_lot(session, cast, kind)
    if question.batches or any(kind in BATCH_KINDS for kind in kinds):
        unpoured = ~exists().where(Casting.load_id == PalletLoad.id)
        yield _loads(session, cast, unpoured, N_("%(count)s loads of this time have no concrete batch noted"))
    if question.moulds:
        bare = ~exists().where(MouldUse.load_id == PalletLoad.id)
        yield _loads(session, cast, bare, N_("%(count)s loads of this time have no mould noted"))
    if question.crews:
        nobody = exists().where(Operation.load_id == PalletLoad.id, Operation.state == "done", Operation.crew == "")
        message = N_("%(count)s loads of this time were worked on by somebody whose crew is not noted")
        yield _loads(session, cast, nobody, message)
    if question.stations:
        here = Operation.station_id.in_(ids(question.stations))
        unseen = or_(Operation.started_at.is_(None), Operation.inferred)
        passed = exists().where(Operation.load_id == PalletLoad.id, Operation.state == "done", here, unseen)
        message = N_("%(count)s loads passed the station without being seen there; when is concluded")
        yield _loads(session, cast, passed, message)


def _without_lot(session: Session, cast: Select[Any], kind: str) -> Gap | None:
    """Loads without a lot of a kind: placed in them, or in any one of the batches poured into them."""
    words = {"material": Text(MATERIAL_KINDS.get(kind, kind))}
    if kind not in BATCH_KINDS:
        placed = select(MaterialUse.load_id).join(MaterialLot, MaterialLot.id == MaterialUse.lot_id)
        none = ~exists(placed.where(MaterialUse.load_id == PalletLoad.id, MaterialLot.kind == kind))
        message = N_("%(count)s loads of this time have no lot of %(material)s noted; some may need none")
        return _loads(session, cast, none, message, **words)
    mixed = select(BatchMaterial.batch_id).join(MaterialLot, MaterialLot.id == BatchMaterial.lot_id)
    known = exists(mixed.where(BatchMaterial.batch_id == Casting.batch_id, MaterialLot.kind == kind))
    unknown = exists().where(Casting.load_id == PalletLoad.id, ~known)
    message = N_("%(count)s loads of this time were cast of a batch that has no lot of %(material)s noted")
    return _loads(session, cast, unknown, message, **words)


def _loads(
    session: Session, cast: Select[Any], lacking: ColumnElement[bool], message: str, **words: Text
) -> Gap | None:
    """The loads cast in the window that lack something and were not found anyway."""
    query = cast.where(lacking, ~exists().where(FOUND_LOADS.c.load_id == PalletLoad.id))
    numbers = session.scalars(query.with_only_columns(PalletLoad.number).order_by(PalletLoad.number)).all()
    if not numbers:
        return None
    elements = select(func.count(PalletLoadItem.element_id.distinct())).where(PalletLoadItem.load_id.in_(query))
    shown = tuple(str(number) for number in numbers[:MOST_EXAMPLES])
    return Gap(Text(message, {"count": len(numbers), **words}), session.scalar(elements) or 0, shown)


def _without_load(session: Session, actor: Actor) -> Gap | None:
    """Elements that are cast but were never on a load, so that nothing is known of their making."""
    query = select(Element.serial).where(
        Element.state.in_(_MADE), ~exists().where(PalletLoadItem.element_id == Element.id)
    )
    if actor.project_ids is not None:
        query = query.where(Element.project_id.in_(actor.project_ids))
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    if not total:
        return None
    shown = tuple(str(serial) for serial in session.scalars(query.order_by(Element.serial).limit(MOST_EXAMPLES)))
    return Gap(
        Text(N_("%(count)s elements were made without a load; nothing is noted of them"), {"count": total}),
        total,
        shown,
    )
