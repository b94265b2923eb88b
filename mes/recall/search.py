"""From a question to its loads and elements, as one statement each: nothing is fetched to be searched."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select, union_all

from mes.core.actor import Actor
from mes.orders.models import Element
from mes.planning.models import Operation, PalletLoad, PalletLoadItem
from mes.recall.criteria import Question, ids
from mes.shopfloor.models import BatchMaterial, Casting, MaterialUse, MouldUse


def affected_loads(question: Question) -> Select[Any]:
    """The ids of the loads that meet every kind of criterion that is asked.

    A load has entered its line: one that only waits has been made of nothing yet.
    """
    query = select(PalletLoad.id).where(*_conditions(question))
    return query.where(PalletLoad.pallet_id.is_not(None)) if _is_broad(question) else query


def affected_elements(question: Question, actor: Actor) -> Select[Any]:
    """The ids of the elements of those loads, as far as this actor may see them."""
    query = select(PalletLoadItem.element_id).where(PalletLoadItem.load_id.in_(affected_loads(question))).distinct()
    if actor.project_ids is not None:
        seen = select(Element.id).where(Element.project_id.in_(actor.project_ids))
        query = query.where(PalletLoadItem.element_id.in_(seen))
    return query


def _conditions(question: Question) -> list[ColumnElement[bool]]:
    load = PalletLoad.id
    found: list[ColumnElement[bool]] = []
    if question.lots:
        found.append(load.in_(_loads_of_lots(question)))
    if question.batches:
        found.append(load.in_(select(Casting.load_id).where(Casting.batch_id.in_(ids(question.batches)))))
    if question.moulds:
        found.append(load.in_(select(MouldUse.load_id).where(MouldUse.mould_id.in_(ids(question.moulds)))))
    if question.pallets:
        found.append(PalletLoad.pallet_id.in_(ids(question.pallets)))
    if question.lines:
        found.append(PalletLoad.line_id.in_(ids(question.lines)))
    if question.stations or question.crews or question.criteria.has_period:
        found.append(load.in_(_loads_of_work(question)))
    return found


def _is_broad(question: Question) -> bool:
    """Whether only a line is asked, which waiting loads have too."""
    return not any((question.lots, question.batches, question.moulds, question.pallets))


def _loads_of_lots(question: Question) -> Any:
    """Placed in the load itself, or in a batch that was poured into it."""
    lots = ids(question.lots)
    placed = select(MaterialUse.load_id).where(MaterialUse.lot_id.in_(lots))
    poured = (
        select(Casting.load_id)
        .join(BatchMaterial, BatchMaterial.batch_id == Casting.batch_id)
        .where(BatchMaterial.lot_id.in_(lots))
    )
    return union_all(placed, poured)


def _loads_of_work(question: Question) -> Any:
    """Where one operation meets station, crew and period together; concrete counts as work of who poured it."""
    began = Operation.started_at.is_not(None)
    work = select(Operation.load_id).where(began, during(question))
    if question.stations:
        work = work.where(Operation.station_id.in_(ids(question.stations)))
    if question.crews:
        work = work.where(Operation.crew.in_(question.crews))
    if question.stations:
        return work
    poured = select(Casting.load_id).where(_poured_during(question))
    if question.crews:
        poured = poured.where(Casting.crew.in_(question.crews))
    return union_all(work, poured)


def during(question: Question) -> ColumnElement[bool]:
    """Whether an operation was going on at any time of the period, or has not ended since."""
    conditions: list[ColumnElement[bool]] = []
    if question.ends_at is not None:
        conditions.append(Operation.started_at < question.ends_at)
    if question.begins_at is not None:
        conditions.append(or_(Operation.finished_at.is_(None), Operation.finished_at >= question.begins_at))
    return and_(True, *conditions)


def _poured_during(question: Question) -> ColumnElement[bool]:
    conditions: list[ColumnElement[bool]] = []
    if question.ends_at is not None:
        conditions.append(Casting.at < question.ends_at)
    if question.begins_at is not None:
        conditions.append(Casting.at >= question.begins_at)
    return and_(True, *conditions)
