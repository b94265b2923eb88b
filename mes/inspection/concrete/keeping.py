"""What the worker does for cures by itself: every load in curing has its record brought up to date each minute."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from uuid import UUID

import structlog
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from mes.core.actor import Actor
from mes.core.clock import Clock
from mes.core.commands import Work
from mes.core.database import Database
from mes.core.tending import Rounds
from mes.inspection.concrete.records import keep_record
from mes.inspection.models import CuringRecord
from mes.orders.models import Element
from mes.planning.models import PalletLoad, PalletLoadItem
from quality import RefusedInputError

log = structlog.get_logger(__name__)

LOOK_EVERY_SECONDS = 60.0
HOUSE = Actor("system:curing", "precast-mes", "system", "precast-mes", frozenset(), kind="program")


def loads_to_keep(session: Session) -> Sequence[UUID]:
    """Loads with elements in curing, and those whose record is not final yet."""
    cures = select(PalletLoadItem.load_id).join(Element).where(Element.state == "curing")
    not_final = select(CuringRecord.load_id).where(CuringRecord.final.is_(False))
    query = select(PalletLoad.id).where(
        PalletLoad.state != "withdrawn", or_(PalletLoad.id.in_(cures), PalletLoad.id.in_(not_final))
    )
    return session.scalars(query.order_by(PalletLoad.number)).all()


def keep_up(database: Database, clock: Clock) -> int:
    """Bring every record up to date, a load a transaction; returns how many loads there were."""
    with database.reading() as session:
        load_ids = loads_to_keep(session)
    for load_id in load_ids:
        try:
            with database.writing() as session:
                keep_record(Work(session, HOUSE, clock), session.get_one(PalletLoad, load_id, with_for_update=True))
        except RefusedInputError as error:
            # One load's nonsense must not stop the others.
            log.warning("a curing curve cannot be judged", load=str(load_id), faults=[str(one) for one in error.faults])
    return len(load_ids)


class CuringKeeping(Rounds):
    """Keeps the records until `stop_event` is set. Several workers do no harm: a record becomes final once."""

    def __init__(self, database: Database, clock: Clock, stop_event: threading.Event) -> None:
        super().__init__("curing", LOOK_EVERY_SECONDS, lambda: keep_up(database, clock), stop_event)
