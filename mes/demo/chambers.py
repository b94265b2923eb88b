"""The chambers' history, by the way a real line's readings take: the gateway announces, reports what has changed beyond
its dead-band, and the house keeps it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from lines import Device, packaged_line
from lines.adapter import Sample
from lines.gateway.changes import Book
from mes.core.ids import new_id
from mes.demo.climate import MINUTE, Climate, hall_c, programme_for
from mes.demo.diary import SEED, Diary
from mes.demo.line_work import Run
from mes.demo.plant import GATEWAY
from mes.machines.gateway.announcing import announcement
from mes.machines.service import AnnounceMachines, announce_machines
from mes.shopfloor.service.readings import HandleReadings, handle_readings

LINES = ("SL", "WL")
ZONES_K = (-1.2, -0.4, 0.4, 1.2)
MOIST_PERCENT, DRY_PERCENT = 95.0, 62.0
STEAM_K = 3.0  # warmer than the hall by so much, the air is moist
MOST_READINGS = 2000
ZONES_TOLD = timedelta(days=2)  # before the end: until then only what curves are made of is of interest
FAST, HOT = {"heating_k_per_hour": 27.0}, {"holding_c": 63.5}


@dataclass
class Chamber:
    """A chamber with its sensors, and what its gateway reported last."""

    device: Device
    climate: Climate
    book: Book

    def tell(self, until: datetime, zones_from: datetime) -> Iterator[dict[str, Any]]:
        """What the gateway reports of the time up to `until`."""
        climate = self.climate
        while climate.now + MINUTE <= until:
            moment = climate.step()
            told = self._samples(moment, with_zones=moment >= zones_from)
            for reading in self.book.changes(told, lambda _sample, moment=moment: moment):  # type: ignore[misc]
                yield {**reading.as_json(), "id": new_id()}

    def _samples(self, moment: datetime, *, with_zones: bool) -> list[tuple[str, Sample]]:
        climate, air, hall = self.climate, self.climate.air_c[-1], hall_c(moment)
        told = {
            "temperature_c": climate.read(air),
            "humidity_percent": round(self._humidity_percent(air - hall), 1),
            "ambient_c": climate.read(hall),
        }
        if with_zones:
            told |= {f"zone_{zone}_temperature_c": climate.read(air + k) for zone, k in enumerate(ZONES_K, 1)}
        return [(name, Sample(value)) for name, value in told.items()]

    def _humidity_percent(self, above_hall_k: float) -> float:
        share = min(1.0, max(0.0, above_hall_k / STEAM_K))
        return DRY_PERCENT + (MOIST_PERCENT - DRY_PERCENT) * share + self.climate.noise.gauss(0, 0.3)


class Chambers:
    """The chambers of both lines, and the gateway that listens to them under the name `gateway`."""

    def __init__(self, diary: Diary, gateway: str) -> None:
        self.diary, self.gateway = diary, gateway
        self.chambers: dict[str, Chamber] = {}

    def announce(self) -> None:
        """The gateway says which chambers it serves; from now on they have a history."""
        for line in LINES:
            device = next(one for one in packaged_line(line).devices() if one.name == f"{line}/curing")
            noise = random.Random(f"{SEED}/{device.name}")  # noqa: S311 - a sensor's noise, no secret
            self.chambers[line] = Chamber(device, Climate(self.diary.now, noise), Book(device))
        devices = [chamber.device for chamber in self.chambers.values()]
        body = announcement(self.gateway, devices)
        self.diary.do(GATEWAY, announce_machines, AnnounceMachines.model_validate(body))
        since = {"state": "connected", "since": self.diary.now}
        self._send([], [{"device": device.name, **since} for device in devices])

    def fire(self, line: str, runs: list[Run], **fault: float) -> None:
        """Set a day's programme by what is planned to come into a line's chamber."""
        runs = [run for run in runs if run.line == line]
        if runs:
            cast = max(step.start + timedelta(minutes=step.minutes) for run in runs for step in run.of("casting"))
            out = min(step.start + timedelta(minutes=step.minutes) for run in runs for step in run.of("curing"))
            self.chambers[line].climate.programmes.append(programme_for(cast, out, **fault))

    def tell(self) -> None:
        """Hand over everything up to now."""
        now, zones_from = self.diary.now, self.diary.end - ZONES_TOLD
        readings = [one for chamber in self.chambers.values() for one in chamber.tell(now, zones_from)]
        for begin in range(0, len(readings), MOST_READINGS):
            self._send(readings[begin : begin + MOST_READINGS], [])

    def age_hours(self, run: Run, weight: Callable[[float], float]) -> float:
        """The equivalent age of a run's concrete now, in hours; `weight` is how fast it ages at a temperature."""
        if run.cast_at is None:
            return 0.0
        total, moment = 0.0, run.cast_at
        while moment < self.diary.now:
            total += weight(self._around(run, moment))
            moment += MINUTE
        return total / 60

    def _around(self, run: Run, moment: datetime) -> float:
        if run.entered_at is None or moment < run.entered_at:
            return run.concrete_c
        is_inside = run.left_at is None or moment < run.left_at
        return self.chambers[run.line].climate.at(moment) if is_inside else hall_c(moment)

    def climates(self) -> dict[str, dict[str, Any]]:
        """How warm and moist each line's chamber is, as its simulator keeps it."""
        return {line: self._kept(chamber) for line, chamber in self.chambers.items()}

    @staticmethod
    def _kept(chamber: Chamber) -> dict[str, Any]:
        air = chamber.climate.air_c[-1]
        moist = MOIST_PERCENT if air > hall_c(chamber.climate.now) + STEAM_K else DRY_PERCENT
        return {"temperatures_c": [air + k for k in ZONES_K], "humidities_percent": [moist] * len(ZONES_K)}

    def _send(self, readings: list[dict[str, Any]], devices: list[dict[str, Any]]) -> None:
        body = {"gateway": self.gateway, "readings": readings, "devices": devices}
        handle_readings(self.diary.work(GATEWAY), HandleReadings.model_validate(body))
