"""The ledger's events as EPCIS for whoever asks, apart from any connector."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from mes.accounts.models import Plant
from mes.identity.naming import naming_of
from mes.ledger.models import LedgerEvent
from mes.traceability.epcis import EpcisEvent
from mes.traceability.mapping import MappingSettings, epcis_events
from mes.traceability.settings import plant_mapping


def export_settings(session: Session) -> MappingSettings:
    """The mapping as a connector of this plant has it by default."""
    plant = session.scalars(select(Plant).order_by(Plant.code).limit(1)).first()
    return MappingSettings.model_validate(plant_mapping(naming_of(plant))) if plant else MappingSettings()


def export_events(rows: Iterable[LedgerEvent], settings: MappingSettings) -> Iterator[EpcisEvent]:
    """EPCIS events of the ledger's events, in their order; kinds without a form give none."""
    for row in rows:
        yield from epcis_events(row.content, settings)
