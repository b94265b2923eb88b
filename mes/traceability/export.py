"""The ledger's events as EPCIS for whoever asks, apart from any connector."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, object_session

from mes.accounts.models import Plant
from mes.identity.naming import naming_of
from mes.ledger.declarations import DECLARED_WRONG
from mes.ledger.models import LedgerEvent
from mes.traceability.epcis import EpcisEvent
from mes.traceability.mapping import MappingSettings, epcis_events, error_declaration
from mes.traceability.settings import plant_mapping


def export_settings(session: Session) -> MappingSettings:
    """The mapping as a connector of this plant has it by default."""
    plant = session.scalars(select(Plant).order_by(Plant.code).limit(1)).first()
    return MappingSettings.model_validate(plant_mapping(naming_of(plant))) if plant else MappingSettings()


def export_events(rows: Iterable[LedgerEvent], settings: MappingSettings) -> Iterator[EpcisEvent]:
    """EPCIS events of the ledger's events, in their order; kinds without a form give none.

    A correction gives the events that it names again, with the declaration that they were wrong.
    """
    for row in rows:
        if row.kind == DECLARED_WRONG:
            yield from _declared(row, settings)
        else:
            yield from epcis_events(row.content, settings)


def _declared(row: LedgerEvent, settings: MappingSettings) -> Iterator[EpcisEvent]:
    data = row.content["data"]
    instead = [event for named in data["corrective_events"] for event in _events_of(row, named, settings)]
    said = error_declaration(row.content, [event.event_id for event in instead if event.event_id])
    for event in _events_of(row, data["event"], settings):
        yield event.declared_wrong(said)


def _events_of(row: LedgerEvent, named: Mapping[str, Any], settings: MappingSettings) -> tuple[EpcisEvent, ...]:
    """The events of another row of the same ledger, by its id."""
    session = object_session(row)
    found = session.scalars(select(LedgerEvent).where(LedgerEvent.id == UUID(named["id"]))).first() if session else None
    return epcis_events(found.content, settings) if found is not None else ()
