"""Reading sampling lots: their pages, and those that still have to be measured whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from mes.core.actor import Actor
from mes.core.errors import NotFound
from mes.core.text import N_, Text
from mes.inspection.models import SamplingLot, SamplingLotItem
from mes.inspection.sampling.rule import measured_or_conceded
from mes.library.models import ComponentType
from mes.orders.models import Project

GONE = ("scrapped", "rejected_at_site")
PAGE_SIZE = 40


@dataclass(frozen=True)
class LotView:
    """A lot as its page shows it: its type and project, and which pieces were measured and accepted, or conceded."""

    lot: SamplingLot
    component_type: ComponentType
    project: Project
    measured: frozenset[UUID]

    @property
    def chosen(self) -> list[SamplingLotItem]:
        """The sample."""
        return [item for item in self.lot.items if item.chosen]

    @property
    def to_measure(self) -> list[SamplingLotItem]:
        """Pieces that still have to be measured: of a refused lot all, else the sample's."""
        wanted = self.lot.items if self.lot.state == "refused" else self.chosen
        return [item for item in wanted if item.element_id not in self.measured and item.element.state not in GONE]


def lots_page(session: Session, actor: Actor, *, page: int) -> tuple[list[LotView], int]:
    """A page of lots, newest first, and how many there are."""
    query = select(SamplingLot)
    if actor.project_ids is not None:
        query = query.where(SamplingLot.project_id.in_(actor.project_ids))
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = query.order_by(SamplingLot.opened_at.desc(), SamplingLot.number.desc()).options(
        selectinload(SamplingLot.items).selectinload(SamplingLotItem.element)
    )
    found: Sequence[SamplingLot] = session.scalars(rows.offset((page - 1) * PAGE_SIZE).limit(PAGE_SIZE)).all()
    return [_view(session, lot) for lot in found], total


def lot_for(session: Session, lot_id: UUID, actor: Actor) -> LotView:
    """A lot for looking at it.

    Raises:
        NotFound: there is none, or it is of a project this actor may not see.
    """
    lot = session.get(SamplingLot, lot_id)
    if lot is None or not actor.may_see_project(lot.project_id):
        raise NotFound(Text(N_("There is no such lot")))
    return _view(session, lot)


def refused_lots_with_work(session: Session, actor: Actor) -> list[LotView]:
    """Refused lots with pieces that are not measured yet, the oldest first."""
    query = select(SamplingLot).where(SamplingLot.state == "refused").order_by(SamplingLot.closed_at.desc())
    if actor.project_ids is not None:
        query = query.where(SamplingLot.project_id.in_(actor.project_ids))
    views = [_view(session, lot) for lot in session.scalars(query.limit(PAGE_SIZE))]
    return [view for view in reversed(views) if view.to_measure]


def _view(session: Session, lot: SamplingLot) -> LotView:
    return LotView(
        lot=lot,
        component_type=session.get_one(ComponentType, lot.component_type_id),
        project=session.get_one(Project, lot.project_id),
        measured=frozenset(measured_or_conceded(session, [item.element_id for item in lot.items])),
    )
