"""From a question to its loads and elements: two statements fill two temporary tables, which everything else reads.

They live as long as the session's transaction. So the search is done once for counts, picture, list and proof, and
the database knows how many rows there are before it chooses how to join them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    MetaData,
    Select,
    String,
    Table,
    Uuid,
    and_,
    insert,
    or_,
    select,
    text,
    union_all,
)
from sqlalchemy.orm import Session

from mes.core.actor import Actor
from mes.orders.models import Element
from mes.planning.models import Operation, PalletLoad, PalletLoadItem
from mes.recall.criteria import Question, ids
from mes.shopfloor.models import BatchMaterial, Casting, MaterialUse, MouldUse

_OF_THE_SESSION = MetaData()
_TEMPORARY: dict[str, Any] = {"prefixes": ["TEMPORARY"], "postgresql_on_commit": "DROP"}
FOUND_LOADS = Table("recall_found_load", _OF_THE_SESSION, Column("load_id", Uuid, primary_key=True), **_TEMPORARY)
FOUND = Table(
    "recall_found",
    _OF_THE_SESSION,
    Column("element_id", Uuid, nullable=False),
    Column("serial", BigInteger, nullable=False),
    Column("project_id", Uuid, nullable=False),
    Column("floor_id", Uuid, nullable=False),
    Column("state", String(24), nullable=False),
    Column("aside_from", String(24)),
    **_TEMPORARY,
)


@dataclass(frozen=True)
class Found:
    """A question whose answer lies in `FOUND_LOADS` and `FOUND` of the session, until the next one is asked there."""

    session: Session
    question: Question


def find(session: Session, question: Question, actor: Actor) -> Found:
    """Search: every load that meets the question, and its elements as far as this actor may see them."""
    connection = session.connection()
    for table in (FOUND, FOUND_LOADS):
        session.execute(text(f"DROP TABLE IF EXISTS {table.name}"))
        table.create(connection)
    session.execute(insert(FOUND_LOADS).from_select(["load_id"], affected_loads(question)))
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text(f"ANALYZE {FOUND_LOADS.name}"))
    columns = [column.name for column in FOUND.columns]
    session.execute(insert(FOUND).from_select(columns, _elements(actor)))
    return Found(session, question)


def found_elements() -> Select[Any]:
    """The ids of the elements that were found, for statements of the same session."""
    return select(FOUND.c.element_id)


def affected_loads(question: Question) -> Select[Any]:
    """The ids of the loads that meet every kind of criterion that is asked.

    A load has entered its line: one that only waits has been made of nothing yet.
    """
    query = select(PalletLoad.id).where(*_conditions(question))
    return query.where(PalletLoad.pallet_id.is_not(None)) if _is_broad(question) else query


def _elements(actor: Actor) -> Any:
    """The elements of the loads that were found."""
    on_them = select(PalletLoadItem.element_id).join(FOUND_LOADS, FOUND_LOADS.c.load_id == PalletLoadItem.load_id)
    query: Any = select(
        Element.id, Element.serial, Element.project_id, Element.floor_id, Element.state, Element.aside_from
    ).where(Element.id.in_(on_them))
    if actor.project_ids is not None:
        query = query.where(Element.project_id.in_(actor.project_ids))
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
