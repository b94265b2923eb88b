"""What a gate's screen shows: the sightings it looks at, the delivery they are compared with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from mes.core.actor import Actor
from mes.identity.models import TagReader, TagSighting
from mes.identity.rules import rules
from mes.logistics.gate.checks import GateCheck, last_check
from mes.logistics.gate.comparing import Candidate, Comparison, candidates, compare, picked
from mes.logistics.gate.recognising import Recognised, recognise
from mes.logistics.models import Delivery
from mes.logistics.service.consignment import delivery_subject


@dataclass(frozen=True)
class GateView:
    """A gate as it is now. `comparison` is None while no delivery is chosen and none can be told from the tags."""

    reader: TagReader | None
    found: Recognised
    choices: Sequence[Candidate]
    chosen: bool
    comparison: Comparison | None
    check: GateCheck | None
    tag_count: int

    @property
    def delivery(self) -> Delivery | None:
        """The lorry that is compared with."""
        return self.comparison.delivery if self.comparison else None


def gate_view(
    session: Session, actor: Actor, now: datetime, reader: TagReader | None, chosen: Delivery | None = None
) -> GateView:
    """What a gate saw since its last lorry and what was read by hand, against the delivery chosen or told by it."""
    sightings = sightings_at(session, now, reader, chosen)
    found = recognise(session, sightings)
    choices = candidates(session, actor, found)
    delivery = chosen or picked(choices, found)
    if chosen is None and delivery is not None:
        sightings = sightings_at(session, now, reader, delivery)  # with what was read by hand for it
        found = recognise(session, sightings)
    return GateView(
        reader=reader,
        found=found,
        choices=choices,
        chosen=chosen is not None,
        comparison=compare(session, delivery, found) if delivery else None,
        check=last_check(session, delivery) if delivery else None,
        tag_count=len({(one.epc_hex, one.tid) for one in sightings}),
    )


def sightings_at(
    session: Session, now: datetime, reader: TagReader | None, delivery: Delivery | None
) -> Sequence[TagSighting]:
    """A reader's sightings of the present lorry, and what was read by hand for a delivery."""
    wanted: list[ColumnElement[bool]] = []
    if reader is not None:
        wanted.append(_seen_by(reader.id, now - rules().look_back, reader.look_from))
    if delivery is not None:
        wanted.append(TagSighting.read_for == delivery_subject(delivery))
    if not wanted:
        return ()
    return session.scalars(select(TagSighting).where(or_(*wanted)).order_by(TagSighting.first_seen_at)).all()


def _seen_by(reader_id: UUID, oldest: datetime, look_from: datetime | None) -> ColumnElement[bool]:
    since = max(oldest, look_from) if look_from else oldest
    return and_(TagSighting.reader_id == reader_id, TagSighting.last_seen_at > since)
