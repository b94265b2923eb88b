"""How a connector stands: what waits, since when, and how well its platform answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from mes.core.clock import Clock
from mes.core.errors import InvalidInput
from mes.ledger.models import LedgerEvent
from mes.traceability.models import Connector, Difference, Receipt
from mes.traceability.platforms import kind_named
from mes.traceability.queries.figures import Figures, arrived_since, figures_of

COUNTED_STATES = ("waiting", "sending", "accepted", "refused", "skipped")
"""What has arrived is not among them: it grows for ever, and the connector keeps its number."""
OPEN_STATES = ("waiting", "sending", "accepted", "refused")
ON_THE_WAY = ("waiting", "sending", "accepted")


def connectors(session: Session) -> Sequence[Connector]:
    """All connectors by name."""
    return session.scalars(select(Connector).order_by(Connector.name)).all()


def is_out_of_use(row: Connector) -> bool:
    """Whether a person put the connector out of use: nothing waits for it, and nobody is called."""
    return row.state == "disabled" and row.paused_for == "person"


def connector_named(session: Session, name: str) -> Connector | None:
    """The connector of that name."""
    return session.scalars(select(Connector).where(Connector.name == name)).first()


@dataclass(frozen=True)
class ConnectorStatus:
    """How a connector stands at `now`.

    `oldest_undelivered_at`: when the oldest event that the platform never had was recorded. `waits_since`: the same,
    but not before the connector was made, for nobody promised the platform anything before.
    """

    connector: Connector
    now: datetime
    waiting: int
    refused: int
    skipped: int
    delivered: int
    delivered_today: int
    behind: int  # events of the ledger without a receipt yet
    oldest_undelivered_at: datetime | None
    open_differences: int
    figures: Figures

    @property
    def backlog(self) -> int:
        """Events that the platform does not have yet, refused ones apart."""
        return self.waiting + self.behind

    @property
    def waits_since(self) -> datetime | None:
        """Since when the platform should have had what it has not."""
        oldest = self.oldest_undelivered_at
        return max(oldest, self.connector.created_at) if oldest else None

    @property
    def waited(self) -> timedelta:
        """For how long the platform has missed its oldest event."""
        return max(self.now - self.waits_since, timedelta()) if self.waits_since else timedelta()


def status_of(session: Session, connector: Connector, clock: Clock, hours: int = 24) -> ConnectorStatus:
    """How a connector stands now; its figures over the last hours."""
    counts = {state: count_in(session, connector, state) for state in COUNTED_STATES}
    now = clock.now()
    midnight = now.astimezone(clock.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return ConnectorStatus(
        connector=connector,
        now=now,
        waiting=sum(counts.get(state, 0) for state in ON_THE_WAY),
        refused=counts.get("refused", 0),
        skipped=counts.get("skipped", 0),
        delivered=connector.delivered,
        delivered_today=arrived_since(session, connector.id, midnight),
        behind=session.scalar(select(func.count()).where(_ahead(connector))) or 0,
        oldest_undelivered_at=oldest_undelivered(session, connector),
        open_differences=open_difference_count(session, connector),
        figures=figures_of(session, connector, now, hours),
    )


def count_in(session: Session, connector: Connector, state: str) -> int:
    """Events in a state at a connector; each state is a range of the index, however much has arrived beside it."""
    query = select(func.count()).where(Receipt.connector_id == connector.id, Receipt.state == state)
    return session.scalar(query) or 0


def _ahead(connector: Connector) -> ColumnElement[bool]:
    """Events that have no receipt yet, and are of kinds that the platform may hear of."""
    later = LedgerEvent.sequence > connector.cursor
    try:
        kind = kind_named(connector.kind)
        told = kind.kinds_told(kind.read_settings(connector.settings))
    except (KeyError, ModuleNotFoundError, InvalidInput):
        return later  # this release cannot read the connector; it says so where it delivers
    return later & LedgerEvent.kind.in_(sorted(told))


def open_difference_count(session: Session, connector: Connector) -> int:
    """Differences from the platform that nobody has settled."""
    query = select(func.count()).where(Difference.connector_id == connector.id, Difference.settled_at.is_(None))
    return session.scalar(query) or 0


def oldest_undelivered(session: Session, connector: Connector) -> datetime | None:
    """When the oldest event that the platform never had was recorded; what is sent again does not count."""
    found = [_first_in(session, connector, state) for state in OPEN_STATES]
    after_cursor = select(func.min(LedgerEvent.sequence)).where(_ahead(connector))
    sequences = [each for each in (*found, session.scalar(after_cursor)) if each is not None]
    if not sequences:
        return None
    return session.scalar(select(LedgerEvent.recorded_time).where(LedgerEvent.sequence == min(sequences)))


def _first_in(session: Session, connector: Connector, state: str) -> int | None:
    query = (
        select(Receipt.event_sequence)
        .where(Receipt.connector_id == connector.id, Receipt.state == state, Receipt.delivered_at.is_(None))
        .order_by(Receipt.event_sequence)
        .limit(1)
    )
    return session.scalar(query)
