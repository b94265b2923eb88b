"""Everything the dashboard and the wall screen show, gathered once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from mes.core.actor import Actor
from mes.core.clock import Clock
from mes.dashboard import queries
from mes.dashboard.daily import DayFigures, daily
from mes.dashboard.delivery import PlatformTile, platform_tile
from mes.dashboard.period import factory_today, week_of
from mes.logistics.models import Delivery
from mes.traceability.queries import Thresholds

TREND_DAYS = 14


@dataclass(frozen=True)
class Totals:
    """Sums of figures: elements, and concrete in m³."""

    planned: int
    cast: int
    demoulded: int
    delivered: int
    planned_m3: float
    cast_m3: float


def totals(rows: Iterable[DayFigures]) -> Totals:
    """The sums over rows."""
    taken = list(rows)
    return Totals(
        planned=sum(row.planned for row in taken),
        cast=sum(row.cast for row in taken),
        demoulded=sum(row.demoulded for row in taken),
        delivered=sum(row.delivered for row in taken),
        planned_m3=round(sum(row.planned_m3 for row in taken), 2),
        cast_m3=round(sum(row.cast_m3 for row in taken), 2),
    )


@dataclass(frozen=True)
class Day:
    """A day and its totals."""

    day: date
    totals: Totals


@dataclass(frozen=True)
class Overview:
    """The state of the plant at a moment."""

    today: date
    rows: list[DayFigures]  # today's, by line and project
    made: Totals  # today's
    week: list[Day]  # Monday to Sunday
    trend: list[Day]  # the last fourteen days, today the last
    funnel: queries.Funnel
    late: list[queries.LateElement]
    waiting: queries.WaitingForInspection
    nonconformities: dict[str, int]
    chambers: list[queries.CuringChamber]
    deliveries: Sequence[Delivery]
    platforms: PlatformTile
    line_names: dict[str, str]

    @property
    def overdue(self) -> int:
        """Late elements whose required date has passed."""
        return sum(late.overdue for late in self.late)


def overview(session: Session, actor: Actor, clock: Clock, thresholds: Thresholds) -> Overview:
    """Gather everything; `thresholds` say from when an undelivered event is too old."""
    today = factory_today(clock)
    monday, sunday = week_of(today)
    first = today - timedelta(days=TREND_DAYS - 1)
    rows = daily(session, actor, clock.zone, min(first, monday), sunday)
    now = [row for row in rows if row.day == today]
    return Overview(
        today=today,
        rows=now,
        made=totals(now),
        week=_days(rows, monday, sunday),
        trend=_days(rows, first, today),
        funnel=queries.funnel(session, actor),
        late=queries.late_elements(session, actor, clock),
        waiting=queries.waiting_for_inspection(session, actor),
        nonconformities=queries.open_nonconformities(session, actor),
        chambers=queries.curing_chambers(session),
        deliveries=queries.deliveries_of_day(session, actor, today, clock),
        platforms=platform_tile(session, clock.now(), thresholds),
        line_names=queries.lines(session),
    )


def _days(rows: Sequence[DayFigures], first: date, last: date) -> list[Day]:
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return [Day(day, totals(row for row in rows if row.day == day)) for day in days]
