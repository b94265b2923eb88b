"""Loads that waited for a verdict: their casting machines are released as soon as nothing is missing any more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select

from mes.core.commands import Work
from mes.orders.models import Element
from mes.planning.models import Operation, PalletLoad, PalletLoadItem, Station
from mes.shopfloor.loads import CASTING, load_for_change
from mes.shopfloor.models import MouldUse
from mes.shopfloor.service import hidden_works_changed


def release_of_types(work: Work, type_ids: Sequence[UUID], at: datetime) -> None:
    """A first article of these types was decided about: the loads that hold more of them may be cast now."""
    of_types = (
        select(PalletLoadItem.load_id)
        .join(Element, Element.id == PalletLoadItem.element_id)
        .where(Element.component_type_id.in_(type_ids))
    )
    _release(work, PalletLoad.id.in_(of_types), at)


def release_of_mould(work: Work, mould_id: UUID, at: datetime) -> None:
    """A mould was accepted: the loads that it shapes may be cast now."""
    _release(work, PalletLoad.id.in_(select(MouldUse.load_id).where(MouldUse.mould_id == mould_id)), at)


def release_all(work: Work, at: datetime) -> None:
    """The plant asks for less than before: whatever is complete now may be cast."""
    _release(work, PalletLoad.state == "running", at)


def _release(work: Work, wanted: ColumnElement[bool], at: datetime) -> None:
    """Ask of each load on a line that waits for casting; loads are locked in the order of their numbers."""
    work.session.flush()
    query = (
        select(PalletLoad.id)
        .join(Operation, Operation.load_id == PalletLoad.id)
        .join(Station, Station.id == Operation.station_id)
        .where(wanted, PalletLoad.state == "running", Station.kind == CASTING, Operation.state == "waiting")
        .order_by(PalletLoad.number)
    )
    for load_id in work.session.scalars(query).all():
        hidden_works_changed(work, load_for_change(work.session, load_id), at)
