"""From a choice to SQL: inspections and nonconformities joined to what made their element, on both databases.

The load that an element was cast on is the newest that was not withdrawn. Shifts are told apart outside SQL, since they
follow calendars in the factory's zone: `shift` of a row is asked of `Shifts`.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Float, Select, cast, func, join, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import FromClause

from mes.core.actor import Actor
from mes.inspection.models import Inspection
from mes.inspection.statistics.choosing import Chosen
from mes.inspection.statistics.shifts import CASTING
from mes.library.models import ComponentType, Mould
from mes.orders.models import Element, Project
from mes.planning.models import Line, Operation, Pallet, PalletLoad, PalletLoadItem, Station
from mes.shopfloor.models import MouldUse

Rows = Select[*tuple[Any, ...]]
"""A query of any columns."""

MADE_STATES = ("running", "done")
CAST_COLUMNS = (PalletLoad.line_id, Operation.finished_at)
"""What tells the shift of a row whose query was given `with_load`."""


def narrowed(query: Rows, chosen: Chosen, actor: Actor, among: Select[UUID], *, with_load: bool = False) -> Rows:
    """A query over `Element` and `ComponentType`, for what was chosen and what this actor may see.

    `among` are the ids of all elements it can be about, so that nobody else's loads are looked for.
    """
    if actor.project_ids is not None:
        query = query.where(Element.project_id.in_(actor.project_ids))
    if chosen.family:
        query = query.where(ComponentType.family == chosen.family)
    if chosen.type:
        query = query.where(ComponentType.type_code == chosen.type)
    if chosen.project:
        query = query.where(Element.project_id.in_(select(Project.id).where(Project.code == chosen.project)))
    if with_load or needs_load(chosen):
        query = _of_load(with_its_load(query, among), chosen)
    return query


def needs_load(chosen: Chosen) -> bool:
    """Whether the choice asks for something of the load."""
    return bool(chosen.line or chosen.mould or chosen.pallet or chosen.crew or chosen.shift)


def with_its_load(query: Rows, among: Select[UUID]) -> Rows:
    """Join each element's load and the casting of it, where it has one."""
    newest = (
        select(PalletLoadItem.element_id, func.max(PalletLoad.number).label("number"))
        .join(PalletLoad, PalletLoad.id == PalletLoadItem.load_id)
        .where(PalletLoad.state.in_(MADE_STATES), PalletLoadItem.element_id.in_(among))
        .group_by(PalletLoadItem.element_id)
        .subquery()
    )
    casting = join(Operation, Station, (Station.id == Operation.station_id) & (Station.kind == CASTING))
    return (
        query.outerjoin(newest, newest.c.element_id == Element.id)
        .outerjoin(PalletLoad, PalletLoad.number == newest.c.number)
        .outerjoin(casting, Operation.load_id == PalletLoad.id)
    )


def _of_load(query: Rows, chosen: Chosen) -> Rows:
    if chosen.line:
        query = query.where(PalletLoad.line_id.in_(select(Line.id).where(Line.code == chosen.line)))
    if chosen.pallet:
        query = query.where(PalletLoad.pallet_id.in_(select(Pallet.id).where(Pallet.number == int(chosen.pallet))))
    if chosen.crew:
        query = query.where(Operation.crew == chosen.crew)
    if chosen.mould:
        used = select(MouldUse.load_id).join(Mould, Mould.id == MouldUse.mould_id).where(Mould.code == chosen.mould)
        query = query.where(PalletLoad.id.in_(used))
    return query


def judged_items(session: Session) -> tuple[FromClause, dict[str, Any]]:
    """The judged items in an inspection's evaluation as rows: what to join, and the columns of a row."""
    if session.get_bind().dialect.name == "postgresql":
        items = func.jsonb_array_elements(func.jsonb_extract_path(Inspection.evaluation, "items"))
        table = items.table_valued("value", name="judged", joins_implicitly=True).render_derived()

        def part(*path: str) -> Any:
            return func.jsonb_extract_path_text(table.c.value, *path)
    else:
        table = func.json_each(Inspection.evaluation, "$.items").table_valued("value", name="judged")

        def part(*path: str) -> Any:
            steps = "".join(f"[{step}]" if step.isdigit() else f".{step}" for step in path)
            return func.json_extract(table.c.value, f"${steps}")

    columns = {"item": part("item"), "deviation": cast(part("deviation"), Float)}
    columns |= {"lower": cast(part("allowed", "0"), Float), "upper": cast(part("allowed", "1"), Float)}
    return table, columns
