"""An event's rendition for a platform, as its receipt keeps it."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from mes.ledger.declarations import DECLARED_WRONG, named_id
from mes.ledger.models import LedgerEvent
from mes.traceability.mapping import identifiers_of
from mes.traceability.models import Receipt
from mes.traceability.platforms import PlatformKind, Rendition
from mes.traceability.platforms.protocol import Original, RenderError

log = structlog.get_logger(__name__)

NEVER_TOLD = ("not_sent", "skipped")


def deflated(body: bytes) -> bytes:
    """A rendition's bytes as they are kept."""
    return zlib.compress(body, 6)


def inflated(kept: bytes) -> bytes:
    """A rendition's bytes as they are sent."""
    return zlib.decompress(kept)


@dataclass(frozen=True)
class Enrolled:
    """A new event as its receipt begins: `names` are its subjects in the ledger; without a rendition it is not for this
    platform, or `fault` says why it cannot be rendered."""

    sequence: int
    names: tuple[str, ...]
    rendition: Rendition | None = None
    fault: str | None = None

    def columns(self) -> dict[str, Any]:
        """What of the receipt depends on the rendition."""
        made = self.rendition
        if made is None and self.fault is None:
            return {"state": "not_sent", "identifiers": [], "loose_identifiers": [], "event_ids": [], "body": None}
        return {
            "state": "waiting" if made else "refused",
            "identifiers": sorted({*self.names, *(made.identifiers if made else ())}),
            "loose_identifiers": list(made.loose_identifiers) if made else [],
            "event_ids": list(made.ids) if made else [],
            "body": deflated(made.body) if made else None,
            "refused_for": None if made else "form",
            "answer": self.fault,
        }


def render(kind: PlatformKind, settings: Any, event: LedgerEvent, original: Rendition | None) -> Enrolled:
    """An event's receipt as it begins; one that cannot be rendered waits for a person, and holds back its own."""
    names = ledger_names(event.content)
    try:
        rendition = kind.render(event.content, settings, original)
    except RenderError as error:
        log.warning("event cannot be rendered", sequence=event.sequence, error=str(error))
        return Enrolled(event.sequence, names, fault=str(error))
    return Enrolled(event.sequence, names, rendition)


def ledger_names(content: Mapping[str, Any]) -> tuple[str, ...]:
    """The elements, loads and batches whose story the event belongs to: what an event that cannot be rendered holds
    back. Pallets and moulds are left out: they go round, and would tie strangers together."""
    return identifiers_of(content)


def original_of(
    session: Session, connector_id: UUID, content: Mapping[str, Any], made: Mapping[str, Rendition]
) -> Rendition | None:
    """What the connector has of the event that a correction names; None where its platform was not told of it."""
    if content["kind"] != DECLARED_WRONG:
        return None
    data = content["data"]
    found = _kept(session, connector_id, data.get("event"), made)
    if found is None:
        return None
    instead = [_kept(session, connector_id, named, made) for named in data.get("corrective_events") or ()]
    ids = tuple(event_id for rendition in instead if rendition for event_id in rendition.ids)
    return Original(found.ids, found.body, found.identifiers, found.loose_identifiers, ids)


def _kept(session: Session, connector_id: UUID, named: Any, made: Mapping[str, Rendition]) -> Rendition | None:
    """The rendition of an event that a correction names by its id."""
    event_id = named_id(named)
    if event_id in made:
        return made[event_id]
    try:
        wanted = UUID(event_id)
    except ValueError:
        return None
    query = (
        select(Receipt)
        .join(LedgerEvent, LedgerEvent.sequence == Receipt.event_sequence)
        .where(Receipt.connector_id == connector_id, LedgerEvent.id == wanted)
    )
    row = session.scalars(query).first()
    if row is None or row.state in NEVER_TOLD or row.body is None:
        return None
    return Rendition(tuple(row.event_ids), inflated(row.body), tuple(row.identifiers), tuple(row.loose_identifiers))
