"""What the simulated lines begin with: the pallets stand where the house believes them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from lines import Line as MachineLine
from lines import packaged_line, packaged_lines
from lines.simulator import line_model
from mes.planning.models import Line, Operation, PalletLoad

WORKING, FINISHED, WAITING = "working", "finished", "waiting"
_LEAST_MS = 60_000


@dataclass(frozen=True)
class Standing:
    """A pallet in a station since some time: being worked on, done with, or waiting for its release."""

    pallet: int
    station: str
    phase: str
    since: datetime


def write_line_states(
    session: Session, folder: Path, now: datetime, climates: Mapping[str, Mapping[str, Any]]
) -> list[int]:
    """Write the state of each packaged line for its simulator, each chamber as warm as its history left it; gives the
    pallets for which there was no place."""
    folder.mkdir(parents=True, exist_ok=True)
    unplaced: list[int] = []
    for code in packaged_lines():
        machines = packaged_line(code)
        loads = _running_loads(session, code)
        standing, without_place = place_pallets(machines, loads)
        model = line_model(machines)
        model.restore(_snapshot(model.snapshot(), machines, standing, _cycles(session, code), now))
        warm = {"machines": {"curing": climates[code]}} if code in climates else {}
        (folder / f"{code}.json").write_text(json.dumps(model.snapshot() | warm), encoding="utf-8")
        unplaced += without_place
    return unplaced


def place_pallets(machines: MachineLine, loads: Iterable[PalletLoad]) -> tuple[list[Standing], list[int]]:
    """Where the pallets of running loads stand, and those for which no station has room.

    A load that is being worked on stands in that station; one that waits for its next work still stands in the station
    behind it, or in the one before it where that is taken.
    """
    room = {station.id: station.capacity for station in machines.stations}
    standing: list[Standing] = []
    unplaced: list[int] = []
    for load in sorted(loads, key=_progress, reverse=True):
        choices = [place for place in _choices(load) if room.get(place.station, 0) > 0]
        if choices:
            room[choices[0].station] -= 1
            standing.append(choices[0])
        elif load.pallet is not None:
            unplaced.append(load.pallet.number)
    return standing, unplaced


def _progress(load: PalletLoad) -> tuple[int, int]:
    """Whoever is being worked on comes first, then whoever has come furthest."""
    running = any(operation.state in {"running", "held"} for operation in load.operations)
    return int(running), sum(operation.state == "done" for operation in load.operations)


def _choices(load: PalletLoad) -> Iterator[Standing]:
    if load.pallet is None:
        return
    number = load.pallet.number
    for operation in load.operations:
        if operation.state in {"running", "held"} and operation.started_at:
            yield Standing(number, operation.station.kind, WORKING, operation.started_at)
            return
    for before, after in pairwise(load.operations):
        if before.state == "done" and after.state == "waiting" and before.finished_at:
            yield Standing(number, before.station.kind, FINISHED, before.started_at or before.finished_at)
            yield Standing(number, after.station.kind, WAITING, before.finished_at)


def _snapshot(
    empty: dict[str, Any], machines: MachineLine, standing: list[Standing], cycles: dict[str, int], now: datetime
) -> dict[str, Any]:
    """The state of an empty line with its pallets put into it."""
    taken = {one.pallet for one in standing}
    stations = []
    for saved, station in zip(empty["stations"], machines.stations, strict=True):
        here = sorted((one for one in standing if one.station == station.id), key=lambda one: one.since)
        work_ms = round(station.minutes * 60_000)
        occupants = [_occupant(one, slot, work_ms, now) for slot, one in enumerate(here)]
        done = cycles.get(station.id, 0)
        stations.append({**saved, "cycles": done, "begun": done + len(occupants), "occupants": occupants})
    free = [number for number in empty["free_pallets"] if number not in taken]
    return {**empty, "free_pallets": free, "stations": stations}


def _occupant(standing: Standing, slot: int, work_ms: int, now: datetime) -> dict[str, Any]:
    worked_ms = round((now - standing.since).total_seconds() * 1000)
    left_ms = max(min(_LEAST_MS, work_ms), work_ms - worked_ms)
    remaining_ms = left_ms if standing.phase == WORKING else 0
    return {
        "pallet": standing.pallet,
        "slot": slot,
        "phase": standing.phase,
        "remaining_ms": remaining_ms,
        "work_ms": work_ms,
    }


def _running_loads(session: Session, line_code: str) -> list[PalletLoad]:
    query = (
        select(PalletLoad)
        .join(Line)
        .where(Line.code == line_code, PalletLoad.state == "running")
        .options(joinedload(PalletLoad.pallet), selectinload(PalletLoad.operations).joinedload(Operation.station))
    )
    return list(session.scalars(query))


def _cycles(session: Session, line_code: str) -> dict[str, int]:
    """How many pallets each station has worked on so far."""
    query = (
        select(Operation)
        .join(PalletLoad)
        .join(Line, Line.id == PalletLoad.line_id)
        .where(Line.code == line_code, Operation.state == "done")
        .options(joinedload(Operation.station))
    )
    counts: dict[str, int] = {}
    for operation in session.scalars(query):
        counts[operation.station.kind] = counts.get(operation.station.kind, 0) + 1
    return counts
