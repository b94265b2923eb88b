"""The temperature curves that a batch's cubes went through: they travel with the elements through the chamber."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from mes.inspection.concrete.curves import LoadCurve, curve_of_load
from mes.inspection.concrete.settings import curing_settings
from mes.inspection.strength import loads_of_batch
from quality.maturity import TemperatureReading


def age_of_cubes(session: Session, batch_id: UUID, tested_at: datetime) -> list[list[TemperatureReading]]:
    """The curves, up to the test, of the loads a batch was poured into; those not known that far are missing.

    Which load the cubes went with is not recorded; whoever asks takes the greatest age, which promises least.
    """
    curves = [curve_of_load(session, load, tested_at) for load in loads_of_batch(session, batch_id)]
    found = [_until(curve, tested_at) for curve in curves if curve is not None and curve.entered_at is not None]
    return [readings for readings in found if len(readings) > 1]


def readings_of(curve: LoadCurve) -> list[TemperatureReading]:
    """A curve as the engine of maturity takes it."""
    return [TemperatureReading(point.minutes, point.temperature_c) for point in curve.points]


def _until(curve: LoadCurve, tested_at: datetime) -> list[TemperatureReading]:
    """The readings up to the test; nothing where the chamber was silent, or left too long before."""
    settings = curing_settings()
    end = curve.left_at or curve.ends_at
    if curve.silent > settings.most_silent or tested_at - end > settings.cubes_after:
        return []
    inside = [one for one in readings_of(curve) if one.minutes <= curve.minutes(end) + 0.01]
    if not inside:
        return []
    tested = curve.minutes(tested_at)
    return [*inside, TemperatureReading(tested, inside[-1].temperature_c)] if tested > inside[-1].minutes else inside
