"""The house follows the machines: what a station shows becomes steps, or a discrepancy where it does not fit.

A gap is closed only where it is unambiguous: a pallet that is seen further down the line has passed the machines
before. Hidden works, casting and demoulding are never concluded so, nor is anything of a load that is on hold.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select

from mes.core.commands import Work
from mes.core.errors import MesError
from mes.core.ids import new_id
from mes.machines.shown import DOWN_STATES, WORKING_STATES, shown_by, shown_by_all
from mes.planning.models import Operation, Pallet, PalletLoad, Station
from mes.shopfloor.gates import present_at
from mes.shopfloor.loads import GATES, HIDDEN_WORKS, is_last, next_operation, open_before
from mes.shopfloor.models import Downtime
from mes.shopfloor.service.discrepancies import notice
from mes.shopfloor.service.releases import confirm_release
from mes.shopfloor.service.steps import begin, complete

ARRIVED, WORKING, COMPLETE, LEFT = "arrived", "working", "complete", "left"


def follow_station(work: Work, station: Station, at: datetime) -> None:
    """Take over what a station's machine shows now."""
    shown = shown_by(work.session, station.device) if station.device else None
    if shown is None:
        return
    _keep_downtime(work, station, shown.state, at)
    if shown.slots is not None:
        for pallet in sorted(shown.slots):
            pallet_seen(work, station, pallet, WORKING, shown.state, at)
    elif shown.pallet:
        sighting = COMPLETE if shown.state == "complete" else WORKING if shown.state in WORKING_STATES else ARRIVED
        pallet_seen(work, station, shown.pallet, sighting, shown.state, at)


def follow_load(work: Work, load: PalletLoad, at: datetime) -> None:
    """After somebody moved a load on: take over what the machines have been showing of it all the while."""
    if load.pallet is None or load.state != "running":
        return
    stations = {station.device: station for station in load.line.stations if station.device}
    for device, shown in shown_by_all(work.session, list(stations)).items():
        operation = next_operation(load)
        if operation is None:
            return
        station = stations[device]
        if shown.good and load.pallet.number in shown.pallets and station.ordinal >= operation.station.ordinal:
            follow_station(work, station, at)


def pallet_seen(work: Work, station: Station, pallet: int, sighting: str, state: str, at: datetime) -> None:
    """A machine shows a pallet: start, finish or catch up, or keep a discrepancy and change nothing."""
    if sighting in (WORKING, COMPLETE):
        confirm_release(work, station.device or "", pallet, at)
    load = _load_on(work, station, pallet)
    if load is None:
        if not _has_just_left(work, station, pallet):
            _disagree(work, station, pallet, state, "unknown_pallet", {"load": None}, at)
        return
    operation = next((found for found in load.operations if found.station_id == station.id), None)
    if operation is None or operation.state == "done":
        return
    _try(work, station, pallet, state, load, at, lambda: _take_over(work, operation, sighting, at))


class _DoesNotFit(Exception):
    """The machine's story cannot be taken over; `kind` names the discrepancy."""

    def __init__(self, kind: str, reason: str) -> None:
        self.kind, self.reason = kind, reason
        super().__init__(reason)


def _take_over(work: Work, operation: Operation, sighting: str, at: datetime) -> None:
    if operation.state == "held":
        if sighting in (COMPLETE, LEFT):
            raise _DoesNotFit("held", f"on hold: {operation.hold_reason}")
        return
    for earlier in open_before(operation):
        _conclude(work, earlier, at)
    if sighting == ARRIVED and operation.station.kind != HIDDEN_WORKS:
        return
    if operation.state == "waiting":
        _clear(work, operation, at)
        begin(work, operation, at, inferred=sighting in (COMPLETE, LEFT))
    if sighting in (COMPLETE, LEFT) and operation.state == "running":
        complete(work, operation, at)


def _conclude(work: Work, operation: Operation, at: datetime) -> None:
    """Finish an operation whose pallet was seen further on, where that leaves no doubt."""
    station = operation.station
    if operation.state == "held":
        raise _DoesNotFit("held", f"on hold at {station.code}: {operation.hold_reason}")
    if station.kind in GATES:
        raise _DoesNotFit("gate_not_passed", f"{station.code} is {operation.state}")
    if station.device is None:
        raise _DoesNotFit("not_a_machine", f"{station.code} is worked by hand and is {operation.state}")
    if operation.state == "waiting":
        _clear(work, operation, at)
        begin(work, operation, at, inferred=True)
    complete(work, operation, at, inferred=True)


def _clear(work: Work, operation: Operation, at: datetime) -> None:
    """A station for one pallet that shows another one: the load before has left it."""
    if operation.station.capacity > 1:
        return
    for present in present_at(work.session, operation.station):
        _conclude(work, present, at)


def _try(
    work: Work, station: Station, pallet: int, state: str, load: PalletLoad, at: datetime, step: Callable[[], None]
) -> None:
    """Take a step wholly, or not at all and keep both stories."""
    house = {"load": load.number}
    try:
        with work.session.begin_nested():
            step()
    except _DoesNotFit as refused:
        _disagree(work, station, pallet, state, refused.kind, {**house, "reason": refused.reason}, at)
    except MesError as refused:
        _disagree(work, station, pallet, state, "not_allowed", {**house, "reason": str(refused.reason)}, at)


def _disagree(
    work: Work, station: Station, pallet: int, state: str, kind: str, house: dict[str, object], at: datetime
) -> None:
    load = _load_on(work, station, pallet)
    present = next_operation(load) if load else None
    if present is not None:
        house = {**house, "station": present.station.code, "state": present.state}
    machine = {"station": station.code, "state": state, "pallet": pallet, "time": at.isoformat()}
    notice(work, device=station.device or "", kind=kind, pallet=pallet, machine=machine, house=house, at=at)


def _load_on(work: Work, station: Station, pallet: int) -> PalletLoad | None:
    query = (
        select(PalletLoad)
        .join(Pallet, Pallet.id == PalletLoad.pallet_id)
        .where(Pallet.number == pallet, PalletLoad.line_id == station.line_id, PalletLoad.state == "running")
    )
    return work.session.scalars(query).first()


def _has_just_left(work: Work, station: Station, pallet: int) -> bool:
    """Whether the pallet's last load was finished at this, the line's last, station: it only stands there still."""
    query = (
        select(Operation)
        .join(PalletLoad, PalletLoad.id == Operation.load_id)
        .join(Pallet, Pallet.id == PalletLoad.pallet_id)
        .where(Pallet.number == pallet, Operation.station_id == station.id, PalletLoad.state == "done")
        .limit(1)
    )
    found = work.session.scalars(query).first()
    return found is not None and is_last(found)


def _keep_downtime(work: Work, station: Station, state: str, at: datetime) -> None:
    """A machine that is held, aborted or stopped while a load is there stands still; keep from when to when."""
    query = select(Downtime).where(
        Downtime.station_id == station.id, Downtime.ended_at.is_(None), Downtime.by_machine.is_(True)
    )
    standing = work.session.scalars(query).all()
    present = present_at(work.session, station)
    if state in DOWN_STATES and present and not standing:
        work.session.add(
            Downtime(
                id=new_id(),
                station_id=station.id,
                operation_id=present[0].id,
                reason=state,
                started_at=at,
                reported_by=work.actor.name,
                by_machine=True,
            )
        )
    elif state not in DOWN_STATES:
        for downtime in standing:
            downtime.ended_at = max(at, downtime.started_at)
