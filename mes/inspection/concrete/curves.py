"""The temperature curve of a load: the concrete's or the hall's, then its chamber's, as the machines told it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from lines.losses import UNKNOWN
from mes.inspection.concrete.settings import curing_settings
from mes.machines.models import Machine, MachineMinute, MachinePoint, StateInterval
from mes.planning.models import Operation, PalletLoad
from mes.shopfloor.loads import CASTING, CURING, castings_of, operation_at
from quality.curing import CuringPoint, merged_points

COLDEST_C, HOTTEST_C = -30.0, 110.0
"""What a chamber can be; a value beyond is a fault of the sensor and left out."""
_MINUTE = timedelta(minutes=1)
_HALF = timedelta(seconds=30)


@dataclass(frozen=True)
class LoadCurve:
    """A load's curve in minutes after casting, and what it rests on.

    `before` says where the temperature before the chamber comes from: batch | hall | assumed. `hall_c` is the hall's
    temperature at the end, if any machine told it. `silent` is how long the chamber was not heard.
    """

    chamber: str
    cast_at: datetime
    entered_at: datetime | None
    left_at: datetime | None
    points: tuple[CuringPoint, ...]
    before: str
    before_c: float
    hall_c: float | None
    silent: timedelta

    def minutes(self, moment: datetime) -> float:
        """Minutes after casting."""
        return (moment - self.cast_at) / _MINUTE

    @property
    def ends_at(self) -> datetime:
        """When the last point is."""
        return self.cast_at + timedelta(minutes=self.points[-1].minutes)


def curve_of_load(session: Session, load: PalletLoad, until: datetime) -> LoadCurve | None:
    """The curve from casting to `until`; None where the load is not cast, or cures in no machine."""
    curing = operation_at(load, CURING)
    castings = castings_of(session, load)
    if curing is None or curing.station.device is None or not castings:
        return None
    cast_at = _cast_at(load, max(casting.at for casting in castings))
    if cast_at >= until:
        return None
    entered_at, left_at = _stay(curing, cast_at, until)
    told = [casting.batch.temperature_c for casting in castings if casting.batch.temperature_c is not None]
    before, before_c = _before(session, load, told, cast_at)
    device = curing.station.device
    hall_c = _hall(session, load, until)
    points = [CuringPoint(0.0, before_c)]
    if entered_at is None:
        points.append(CuringPoint((until - cast_at) / _MINUTE, before_c))
    else:
        end = left_at or until
        points.append(CuringPoint((entered_at - cast_at) / _MINUTE, before_c))
        points += _in_chamber(session, device, cast_at, entered_at, end, is_inside=left_at is None)
        if left_at is not None and until > left_at + _HALF:
            after_c = hall_c if hall_c is not None else curing_settings().assumed_c
            points += [CuringPoint((moment - cast_at) / _MINUTE, after_c) for moment in (left_at + _HALF, until)]
    silent = _silence(session, device, entered_at, left_at or until) if entered_at else timedelta()
    return LoadCurve(
        device, cast_at, entered_at, left_at, tuple(merged_points(points)), before, before_c, hall_c, silent
    )


def _cast_at(load: PalletLoad, poured_at: datetime) -> datetime:
    """When the youngest concrete came in: the end of casting, or the last pouring where the station told none."""
    casting = operation_at(load, CASTING)
    return casting.finished_at if casting is not None and casting.finished_at is not None else poured_at


def _stay(curing: Operation, cast_at: datetime, until: datetime) -> tuple[datetime | None, datetime | None]:
    """When the load came into its chamber and left it, as far as that was until then."""
    entered = curing.started_at
    if entered is None or entered >= until:
        return None, None
    entered = max(entered, cast_at)
    left = curing.finished_at
    return entered, left if left is not None and entered < left <= until else None


def _before(session: Session, load: PalletLoad, told: Sequence[float], cast_at: datetime) -> tuple[str, float]:
    if told:
        return "batch", min(told)
    hall = _hall(session, load, cast_at)
    return ("assumed", curing_settings().assumed_c) if hall is None else ("hall", hall)


def _hall(session: Session, load: PalletLoad, at: datetime) -> float | None:
    """What the machines of the line told last of the hall's temperature, if that is not too old."""
    settings = curing_settings()
    query = (
        select(MachineMinute.last)
        .join(Machine, Machine.device == MachineMinute.device)
        .where(
            Machine.line_code == load.line.code,
            MachineMinute.point.in_(settings.hall_points),
            MachineMinute.minute <= at,
            MachineMinute.minute > at - settings.hall_value,
        )
        .order_by(MachineMinute.minute.desc())
        .limit(1)
    )
    return session.scalars(query).first()


def _in_chamber(
    session: Session, device: str, cast_at: datetime, entered_at: datetime, end: datetime, *, is_inside: bool
) -> list[CuringPoint]:
    """The chamber's temperature from the entry to `end`; a value holds until the next one is told."""
    minute = MachineMinute
    of_chamber = (minute.device == device, minute.point == curing_settings().chamber_point)
    query = select(minute.minute, minute.total, minute.count)
    query = query.where(*of_chamber, minute.minute >= entered_at, minute.minute < end).order_by(minute.minute)
    read = [(moment + _HALF, total / count) for moment, total, count in session.execute(query)]
    told = [one for one in read if COLDEST_C <= one[1] <= HOTTEST_C]
    earlier = select(minute.last).where(*of_chamber, minute.minute < entered_at).order_by(minute.minute.desc())
    held = session.scalars(earlier.limit(1)).first()
    is_held = held is not None and COLDEST_C <= held <= HOTTEST_C
    first_c = held if is_held else told[0][1] if told else None
    if first_c is None:
        return []
    points = [(entered_at + _HALF, first_c), *(one for one in told if entered_at + _HALF < one[0] < end)]
    last_c = points[-1][1]
    if not is_inside or _is_heard(session, device):
        points.append((end, last_c))
    return [CuringPoint((moment - cast_at) / _MINUTE, value) for moment, value in points if moment <= end]


def _is_heard(session: Session, device: str) -> bool:
    """Whether the chamber's last value still holds."""
    point = session.get(MachinePoint, (device, curing_settings().chamber_point))
    return point is None or point.quality == "good"


def _silence(session: Session, device: str, start: datetime, end: datetime) -> timedelta:
    """How long the machine was not heard within a time."""
    query = select(StateInterval).where(
        StateInterval.device == device,
        StateInterval.state == UNKNOWN,
        StateInterval.started_at < end,
        or_(StateInterval.ended_at.is_(None), StateInterval.ended_at > start),
    )
    stretches = [(max(one.started_at, start), min(one.ended_at or end, end)) for one in session.scalars(query)]
    return sum((until - since for since, until in stretches), timedelta())
