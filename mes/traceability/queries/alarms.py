"""What at a connector needs a person: for the navigation, for monitoring, for the command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mes.config import Settings
from mes.core.text import N_, Text
from mes.traceability.models import Connector, Receipt
from mes.traceability.queries.status import connectors, is_out_of_use, oldest_undelivered, open_difference_count
from mes.traceability.service.connectors import CLOCK_ALARM_SECONDS

Level = Literal["warn", "bad"]
AlarmKind = Literal["credentials", "configuration", "paused", "silent", "oldest", "refused", "differences", "clock"]
SILENT_AFTER = timedelta(minutes=30)
"""A platform that has not answered for so long is more than a hiccup."""
FOR_CREDENTIALS = ("credentials", "secret")
BRIEFLY: Mapping[AlarmKind, str] = {
    "credentials": N_("key refused or missing"),
    "configuration": N_("settings do not fit"),
    "paused": N_("paused by a person"),
    "silent": N_("the platform does not work"),
    "oldest": N_("an event has waited too long"),
    "refused": N_("events were refused"),
    "differences": N_("platform and ledger differ"),
    "clock": N_("the clocks differ"),
}


@dataclass(frozen=True)
class Thresholds:
    """From when an undelivered event is too old."""

    warn: timedelta = timedelta(hours=1)
    bad: timedelta = timedelta(hours=24)

    @classmethod
    def of(cls, settings: Settings) -> Thresholds:
        """As they are set."""
        return cls(timedelta(hours=settings.delivery_warn_hours), timedelta(hours=settings.delivery_bad_hours))

    @property
    def warn_hours(self) -> str:
        """From when it is a warning, in hours, as people write it."""
        return f"{self.warn.total_seconds() / 3600:g}"

    @property
    def bad_hours(self) -> str:
        """From when it is bad, in hours."""
        return f"{self.bad.total_seconds() / 3600:g}"

    def level_of(self, waited: timedelta) -> Level | None:
        """How bad such a wait is; None: not at all."""
        return "bad" if waited > self.bad else "warn" if waited > self.warn else None


@dataclass(frozen=True)
class Alarm:
    """One thing that needs a person. `since` is when it began, where that is known."""

    connector: Connector
    kind: AlarmKind
    level: Level
    words: Text
    since: datetime | None = None

    @property
    def brief(self) -> Text:
        """The same in a few words, for a tile."""
        return Text(BRIEFLY[self.kind])


def all_alarms(session: Session, now: datetime, thresholds: Thresholds) -> list[Alarm]:
    """Of every connector, the bad ones first."""
    found = [alarm for row in connectors(session) for alarm in alarms_of(session, row, now, thresholds)]
    return sorted(found, key=lambda alarm: alarm.level != "bad")


def alarms_of(session: Session, row: Connector, now: datetime, thresholds: Thresholds) -> list[Alarm]:
    """Of one connector; one that is out of use has none."""
    if is_out_of_use(row):
        return []
    found = [
        _paused(row),
        _silent(row, now),
        _oldest(session, row, now, thresholds),
        _refused(session, row),
        _differences(session, row),
        _clock(row),
    ]
    return [alarm for alarm in found if alarm is not None]


def _paused(row: Connector) -> Alarm | None:
    if row.state == "running":
        return None
    why = {"why": row.paused_reason or "–"}
    if row.paused_for in FOR_CREDENTIALS:
        told = Text(N_("The platform refuses our key, or the key is not here: %(why)s"), why)
        return Alarm(row, "credentials", "bad", told, row.paused_at)
    if row.paused_for == "configuration":
        told = Text(N_("Address or settings do not fit the platform: %(why)s"), why)
        return Alarm(row, "configuration", "bad", told, row.paused_at)
    return Alarm(row, "paused", "warn", Text(N_("Paused by a person: %(why)s"), why), row.paused_at)


def _silent(row: Connector, now: datetime) -> Alarm | None:
    if row.state != "running" or row.opened_at is None or now - row.opened_at <= SILENT_AFTER:
        return None
    minutes = int((now - row.opened_at).total_seconds() // 60)
    told = Text(N_("The platform has not answered for %(minutes)s minutes"), {"minutes": minutes})
    return Alarm(row, "silent", "bad", told, row.opened_at)


def _oldest(session: Session, row: Connector, now: datetime, thresholds: Thresholds) -> Alarm | None:
    oldest = oldest_undelivered(session, row)
    if oldest is None:
        return None
    since = max(oldest, row.created_at)
    level = thresholds.level_of(now - since)
    if level is None:
        return None
    hours = int((now - since).total_seconds() // 3600)
    return Alarm(row, "oldest", level, Text(N_("The oldest event has waited for %(hours)s h"), {"hours": hours}), since)


def _refused(session: Session, row: Connector) -> Alarm | None:
    query = select(func.count()).where(Receipt.connector_id == row.id, Receipt.state == "refused")
    count = session.scalar(query) or 0
    told = Text(N_("%(count)s events were refused and wait for a person"), {"count": count})
    return Alarm(row, "refused", "bad", told) if count else None


def _differences(session: Session, row: Connector) -> Alarm | None:
    count = open_difference_count(session, row)
    told = Text(N_("%(count)s differences between the ledger and the platform"), {"count": count})
    return Alarm(row, "differences", "warn", told) if count else None


def _clock(row: Connector) -> Alarm | None:
    skew = abs(row.clock_skew_seconds or 0)
    told = Text(N_("The platform's clock and ours differ by %(minutes)s minutes"), {"minutes": round(skew / 60)})
    return Alarm(row, "clock", "warn", told) if skew > CLOCK_ALARM_SECONDS else None
