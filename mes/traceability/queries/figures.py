"""Figures of a connector's requests: success, answer time, events per hour. The requests are kept for some weeks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from mes.traceability.models import Connector, Exchange

CARRYING = ("discover", "send", "probe", "poll")
"""Requests that delivery needs; reading back to compare is not among them."""
WELL = ("delivered", "accepted")
DAY = timedelta(hours=24)
P95 = 0.95
HOUR = "%Y-%m-%dT%H"


@dataclass(frozen=True)
class Figures:
    """Of the last 24 hours; None where there was no request. `per_hour`: events that arrived in each of the last
    hours, with the hour's beginning, the present hour last."""

    requests: int
    succeeded: int
    p95_milliseconds: int | None
    per_hour: tuple[tuple[datetime, int], ...]

    @property
    def success_rate(self) -> float | None:
        """Part of the requests that the platform took, from 0 to 1."""
        return self.succeeded / self.requests if self.requests else None


def figures_of(session: Session, connector: Connector, now: datetime, hours: int) -> Figures:
    """The figures of a connector."""
    recent = (Exchange.connector_id == connector.id) & (Exchange.at >= now - DAY) & Exchange.purpose.in_(CARRYING)
    counted = select(Exchange.outcome, func.count()).where(recent).group_by(Exchange.outcome)
    counts = {row.outcome: int(row[1]) for row in session.execute(counted)}
    succeeded = sum(counts.get(outcome, 0) for outcome in WELL)
    return Figures(sum(counts.values()), succeeded, _p95(session, recent), _per_hour(session, connector.id, now, hours))


def arrived_since(session: Session, connector_id: UUID, moment: datetime) -> int:
    """Events that have arrived since a moment within the time that requests are kept."""
    query = select(func.sum(Exchange.events)).where(Exchange.connector_id == connector_id, Exchange.at >= moment)
    arrived = (Exchange.outcome == "delivered") & Exchange.purpose.in_((*CARRYING, "find"))
    return int(session.scalar(query.where(arrived)) or 0)


def _p95(session: Session, recent: ColumnElement[bool]) -> int | None:
    answered = recent & Exchange.status.is_not(None)
    count = session.scalar(select(func.count()).where(answered)) or 0
    if not count:
        return None
    place = min(count - 1, int(count * P95))
    return session.scalar(select(Exchange.milliseconds).where(answered).order_by(Exchange.milliseconds).offset(place))


def _per_hour(session: Session, connector_id: UUID, now: datetime, hours: int) -> tuple[tuple[datetime, int], ...]:
    last = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    begins = [last - timedelta(hours=back) for back in range(hours - 1, -1, -1)]
    hour = _hour(session)
    query = (
        select(hour, func.sum(Exchange.events))
        .where(Exchange.connector_id == connector_id, Exchange.at >= begins[0])
        .where(Exchange.outcome == "delivered", Exchange.purpose.in_(CARRYING))
        .group_by(hour)
    )
    rows: Sequence[Any] = session.execute(query).all()
    arrived = {str(row[0]): int(row[1]) for row in rows}
    return tuple((begin, arrived.get(begin.strftime(HOUR), 0)) for begin in begins)


def _hour(session: Session) -> ColumnElement[Any]:
    """The hour of a request in UTC, as text."""
    if session.get_bind().dialect.name == "sqlite":
        return func.strftime(HOUR, Exchange.at)
    return func.to_char(func.timezone("UTC", Exchange.at), 'YYYY-MM-DD"T"HH24')
