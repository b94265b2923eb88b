"""A load that cures in a chamber which tells its temperature, for tests of curing and maturity.

The load is cast two days ago (NOW - 48 h), enters three hours later, and the chamber tells its temperature.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID

from sqlalchemy import select

from mes.core.commands import perform
from mes.inspection.concrete.mixes import define_mix
from mes.inspection.concrete.schemas import DefineMix, MixDefined
from mes.inspection.models import CuringRecord
from mes.machines.models import Machine
from mes.machines.service.measuring import Measured, keep_measured
from mes.planning.models import Operation, Station
from mes.shopfloor.models import CastingBatch
from tests.conftest import NOW, actor
from tests.mes.inspection.stage import Stage

CHAMBER = "GW/SL-curing"
CAST = NOW - timedelta(days=2)
ENTERED = CAST + timedelta(hours=3)
MIX = "PHB-C30-02"
TRIALS = [(4.0, 9.0), (8.0, 15.0), (16.0, 21.0), (32.0, 26.0), (64.0, 31.0)]
"""Equivalent age in hours, MPa."""

Corners = Sequence[tuple[float, float]]  # minutes after casting, °C
GOOD: Corners = [(180, 20), (330, 56), (690, 56), (870, 20)]


def chamber(stage: Stage, corners: Corners = GOOD, hall_c: float | None = None) -> None:
    """The chamber's station gets a machine that told these temperatures, and the hall's sensor its own."""
    told = [Measured(CHAMBER, "temperature_c", *at) for at in _minutes(corners)]
    if hall_c is not None:
        told += [Measured("GW/hall", "hall_temperature_c", CAST + timedelta(hours=h), hall_c) for h in range(-1, 49)]
    with stage.database.writing() as session:
        station = session.scalars(select(Station).where(Station.kind == "curing")).one()
        station.device = CHAMBER
        for device in (CHAMBER, "GW/hall"):
            session.merge(Machine(device=device, gateway="GW", line_code="SL", state_since=CAST, announced_at=CAST))
        keep_measured(session, told)


def _minutes(corners: Corners) -> list[tuple[datetime, float]]:
    found = []
    for (start, cold), (end, warm) in pairwise(corners):
        for minute in range(int(start), int(end), 5):
            found.append((CAST + timedelta(minutes=minute), cold + (warm - cold) * (minute - start) / (end - start)))
    return [*found, (CAST + timedelta(minutes=corners[-1][0]), corners[-1][1])]


def stay(stage: Stage, entered: datetime | None = ENTERED, left: datetime | None = None) -> None:
    """When the load came into its chamber and left it."""
    with stage.database.writing() as session:
        query = select(Operation).join(Station).where(Operation.load_id == stage.load_id, Station.kind == "curing")
        curing = session.scalars(query).one()
        curing.started_at, curing.finished_at = entered, left
        curing.state = "done" if left else "running" if entered else "waiting"


def batch(stage: Stage, number: str = "B-1", mix: str = MIX, celsius: float | None = 20.0) -> UUID:
    """A batch of a mix, with its temperature, poured into the load two days ago."""
    batch_id = stage.cast(number)
    with stage.database.writing() as session:
        made = session.get_one(CastingBatch, batch_id)
        made.mix_code, made.temperature_c = mix, celsius
    return batch_id


def mix(stage: Stage, code: str = MIX, **changes: object) -> MixDefined:
    """Define the mix after Nurse-Saul with trial points."""
    content = {
        "code": code,
        "name": "C30 板",
        "concrete_grade": "C30",
        "datum_temperature_c": -10,
        "calibration": [{"equivalent_age_hours": age, "strength_mpa": mpa} for age, mpa in TRIALS],
    }
    command = DefineMix.model_validate(content | changes)
    return perform(stage.database, actor("inspector"), stage.clock, define_mix, command)


def kept(stage: Stage) -> CuringRecord | None:
    """The load's record as it is kept now."""
    with stage.database.reading() as session:
        return session.scalars(select(CuringRecord).where(CuringRecord.load_id == stage.load_id)).first()
