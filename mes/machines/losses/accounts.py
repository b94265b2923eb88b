"""The account of every machine of a line, and of the line: it is as good as the station that sets its pace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from lines.losses import Account, LineTracks, LossKind, Output, Window, account
from mes.machines.losses.output import first_pass, ideal_minutes, outputs
from mes.machines.losses.period import Period, planned_windows
from mes.machines.losses.stories import Story, passed_at, stories, track_of
from mes.machines.models import Machine
from mes.machines.reasons import stop_reasons
from mes.planning.models import Line, Station


@dataclass(frozen=True)
class StationAccount:
    """A station with its machine and the account of its planned time."""

    station: Station
    machine: Machine | None
    account: Account


@dataclass(frozen=True)
class LineAccount:
    """A line's stations with their accounts. `good` of `total` demoulded elements were right at the first try."""

    line: Line
    period: Period
    until: datetime
    stations: tuple[StationAccount, ...]
    good: int
    total: int

    @property
    def pace_setter(self) -> StationAccount | None:
        """The station at which people work whose ideal cycle is the longest: a line cannot be better than it."""
        paced = [
            one
            for one in self.stations
            if one.account.output.ideal_minutes and one.account.planned and one.station.calendar is not None
        ]
        return max(paced, key=lambda one: one.account.output.ideal_minutes or 0, default=None)

    def caused(self) -> list[tuple[Station, timedelta, timedelta]]:
        """Stations by what they cost the line: (station, its own stops and slow cycles, waiting of others for it)."""
        found = []
        for one in self.stations:
            own = sum((one.account.lost(kind) for kind in OWN), timedelta())
            others = sum((_blamed(other.account, one.station.code) for other in self.stations), timedelta())
            if own or others:
                found.append((one.station, own, others))
        return sorted(found, key=lambda row: row[1] + row[2], reverse=True)


OWN = (LossKind.STOP, LossKind.SLOW, LossKind.REWORK)


def line_account(session: Session, line: Line, period: Period, now: datetime, zone: ZoneInfo) -> LineAccount:
    """The accounts of a line's machines over a period, as far as it has passed."""
    stations = [station for station in line.stations if station.device]
    machines = _machines(session, stations)
    until = min(period.end, now)
    told = stories(session, [station.device or "" for station in stations], period.start, period.end)
    known = LineTracks(
        [station.code for station in line.stations],
        {station.code: track_of(told[station.device or ""], now) for station in stations},
    )
    windows = {station.id: planned_windows(station, period, until, zone) for station in stations}
    finished = outputs(session, stations, windows)
    good, total = first_pass(session, line.code, period.start, until)
    rows = []
    for station in stations:
        machine = machines.get(station.device or "")
        cycles = finished.get(station.id) or _passed(told[station.device or ""], windows[station.id])
        output = Output(cycles, ideal_minutes(session, station, machine), good, total)
        found = account(station.code, known, windows[station.id], output, stop_reasons().planned)
        rows.append(StationAccount(station, machine, found))
    return LineAccount(line, period, until, tuple(rows), good, total)


def _passed(told: Sequence[Story], windows: Sequence[Window]) -> int:
    """The cycles that the machine itself tells of, for a plant that does not run its loads by the house."""
    return sum(any(one.start <= moment < one.end for one in windows) for moment in passed_at(told))


def _machines(session: Session, stations: Sequence[Station]) -> dict[str, Machine]:
    devices = [station.device for station in stations if station.device]
    return {row.device: row for row in session.scalars(select(Machine).where(Machine.device.in_(devices)))}


def _blamed(found: Account, station_code: str) -> timedelta:
    return sum((length for cause, length in found.losses.items() if cause.station == station_code), timedelta())
