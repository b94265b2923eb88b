"""What the dashboard says of the city's platforms: how old the oldest undelivered event is, and what needs a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mes.ledger.models import LedgerEvent
from mes.traceability.models import Connector, Receipt
from mes.traceability.queries import ON_THE_WAY, Alarm, Thresholds, all_alarms, connectors, is_out_of_use
from mes.traceability.queries.status import oldest_undelivered


@dataclass(frozen=True)
class Backlog:
    """What a connector has still to deliver; `oldest_minutes` since the oldest of it waits, 0 with nothing to do."""

    name: str
    events: int
    oldest_minutes: int


@dataclass(frozen=True)
class PlatformTile:
    """Delivery to all platforms in one tile: the oldest backlog, and the alarms, bad ones first."""

    backlogs: Sequence[Backlog]
    alarms: Sequence[Alarm]

    @property
    def oldest(self) -> Backlog | None:
        """The connector whose backlog is the oldest; None where no platform is connected."""
        return max(self.backlogs, key=lambda backlog: backlog.oldest_minutes, default=None)

    @property
    def worst(self) -> Alarm | None:
        """The alarm to be told first."""
        return next(iter(self.alarms), None)

    @property
    def connector(self) -> Connector | None:
        """The connector that all alarms are about, where it is one."""
        about = {alarm.connector.id: alarm.connector for alarm in self.alarms}
        return next(iter(about.values())) if len(about) == 1 else None


def platform_tile(session: Session, now: datetime, thresholds: Thresholds) -> PlatformTile:
    """How delivery stands at `now`."""
    return PlatformTile(connector_backlogs(session, now), all_alarms(session, now, thresholds))


def connector_backlogs(session: Session, now: datetime) -> list[Backlog]:
    """The backlog of each connector in use. What is older than the connector waits since the connector was made."""
    return [_backlog(session, row, now) for row in connectors(session) if not is_out_of_use(row)]


def _backlog(session: Session, connector: Connector, now: datetime) -> Backlog:
    behind = select(func.count()).where(LedgerEvent.sequence > connector.cursor)
    waiting = select(func.count()).where(Receipt.connector_id == connector.id, Receipt.state.in_(ON_THE_WAY))
    oldest = oldest_undelivered(session, connector)
    since = max(oldest, connector.created_at) if oldest else now
    return Backlog(
        name=connector.name,
        events=(session.scalar(behind) or 0) + (session.scalar(waiting) or 0),
        oldest_minutes=max(0, int((now - since).total_seconds() // 60)),
    )
