"""The sum of temperatures (°C·d) of cubes that lie with their elements: in the chamber, then in the hall.

GB 50204-2015 appendix C asks for 600 °C·d of daily mean temperatures; a day at 0 °C or below does not count. It is
known where the plant's machines told their temperatures all the way from casting to the test.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mes.inspection.concrete.curves import LoadCurve, curve_of_load
from mes.inspection.concrete.settings import curing_settings
from mes.inspection.strength import loads_of_batch
from mes.machines.models import Machine, MachineMinute
from mes.planning.models import PalletLoad
from quality.curing import CuringPoint, temperature_at

_DAY = timedelta(days=1)
_MINUTES_A_DAY = 1440


class DegreeDays:
    """Sums of temperatures; the hall's daily means are looked up once for all sets of an evaluation."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._means: dict[tuple[str, datetime], float | None] = {}

    def of_cubes(self, batch_id: UUID, tested_at: datetime) -> float | None:
        """°C·d of a batch's cubes from casting to their test; None where no load's temperatures are known so far.

        Which load the cubes went with is not recorded; the least sum counts, which promises least.
        """
        sums = [self._of_load(load, tested_at) for load in loads_of_batch(self._session, batch_id)]
        known = [one for one in sums if one is not None]
        return round(min(known), 1) if known else None

    def _of_load(self, load: PalletLoad, tested_at: datetime) -> float | None:
        curve = curve_of_load(self._session, load, tested_at)
        if curve is None or curve.silent > curing_settings().most_silent:
            return None
        left_at = curve.cast_at if curve.entered_at is None else curve.left_at or tested_at
        after = self._in_hall(load.line.code, left_at, tested_at)
        return None if after is None else _until(curve, left_at) + after

    def _in_hall(self, line: str, start: datetime, end: datetime) -> float | None:
        total, moment = 0.0, start
        while moment < end:
            day = moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
            mean, until = self._mean(line, day), min(end, day + _DAY)
            if mean is None:
                return None
            total += max(0.0, mean) * ((until - moment) / _DAY)
            moment = until
        return total

    def _mean(self, line: str, day: datetime) -> float | None:
        """The hall's mean temperature of a day (UTC), of all sensors of the line; None where none told any."""
        if (line, day) not in self._means:
            query = (
                select(func.avg(MachineMinute.total / MachineMinute.count))
                .join(Machine, Machine.device == MachineMinute.device)
                .where(
                    Machine.line_code == line,
                    MachineMinute.point.in_(curing_settings().hall_points),
                    MachineMinute.minute >= day,
                    MachineMinute.minute < day + _DAY,
                )
            )
            self._means[line, day] = self._session.scalar(query)
        return self._means[line, day]


def _until(curve: LoadCurve, left_at: datetime) -> float:
    """°C·d of a curve from casting until the load left its chamber."""
    end = curve.minutes(left_at)
    inside = [point for point in curve.points if point.minutes < end]
    return _area([*inside, CuringPoint(end, temperature_at(curve.points, end))]) / _MINUTES_A_DAY


def _area(points: Sequence[CuringPoint]) -> float:
    """°C times minutes under a curve."""
    return sum((a.temperature_c + b.temperature_c) / 2 * (b.minutes - a.minutes) for a, b in pairwise(points))
