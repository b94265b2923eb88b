"""Standstills: stops that follow one another, as people see them – with one reason, or none yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from mes.machines.losses.period import Period, planned_windows
from mes.machines.losses.stories import Story, reasons_of, standstill_groups, stories
from mes.machines.reasons import stop_reasons
from mes.planning.models import Line, Station


@dataclass(frozen=True)
class Standstill:
    """A machine stood still. `interval_id` is the interval to name; `planned` is how long it lasted in planned time."""

    station: Station
    interval_id: UUID
    state: str
    started_at: datetime
    ended_at: datetime | None
    planned: timedelta
    reason_code: str | None
    note: str | None
    named_by: str | None


def standstills(session: Session, line: Line, period: Period, now: datetime, zone: ZoneInfo) -> list[Standstill]:
    """Every standstill of a line's machines in planned time, the latest first."""
    stations = [station for station in line.stations if station.device]
    devices = [station.device for station in stations if station.device]
    told = stories(session, devices, period.start, period.end)
    found = [
        one
        for station in stations
        for one in _of_station(station, told[station.device or ""], period, now, zone)
        if one.planned
    ]
    return sorted(found, key=lambda one: one.started_at, reverse=True)


def unexplained(found: Sequence[Standstill]) -> list[Standstill]:
    """Those that nobody has explained although they lasted longer than the limit."""
    limit = stop_reasons().unexplained_after
    return [one for one in found if one.reason_code is None and one.planned > limit]


def _of_station(
    station: Station, told: Sequence[Story], period: Period, now: datetime, zone: ZoneInfo
) -> list[Standstill]:
    windows = planned_windows(station, period, now, zone)
    reasons = reasons_of(told)
    found = []
    for group in _by_reason(standstill_groups(told), reasons):
        parts = [told[place] for place in group]
        longest = max(parts, key=lambda one: (one.ended_at or now) - one.started_at)
        named = next((one for one in parts if one.reason_code), None)
        start, end = parts[0].started_at, parts[-1].ended_at
        inside = (min(one.end, end or now) - max(one.start, start) for one in windows)
        found.append(
            Standstill(
                station=station,
                interval_id=(named or longest).id,
                state=longest.state,
                started_at=start,
                ended_at=end,
                planned=sum((part for part in inside if part > timedelta()), timedelta()),
                reason_code=reasons[group[0]],
                note=named.note if named else None,
                named_by=named.named_by if named else None,
            )
        )
    return found


def _by_reason(groups: list[list[int]], reasons: Sequence[str | None]) -> list[list[int]]:
    """A standstill that people split has one entry for each reason."""
    found: list[list[int]] = []
    for group in groups:
        for place in group:
            if found and found[-1][-1] == place - 1 and place != group[0] and reasons[place] == reasons[place - 1]:
                found[-1].append(place)
            else:
                found.append([place])
    return found
