"""The house follows the machines: what a station shows becomes steps, or a discrepancy where it does not fit.

What signals mean is data (`lines/signals/standard.yaml`); here the intents meet what the house knows of the pallet.
A gap is closed only where it is unambiguous: a pallet that is seen further down the line has passed the machines
before. Hidden works, casting and demoulding are never concluded so, nor is anything of a load that is on hold.
"""

from __future__ import annotations

from collections.abc import Callable, Set
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from lines.signals import Deed, Intent, RuleSet, concerns, evaluate
from lines.signals.evaluation import Values
from mes.core.commands import Work
from mes.core.errors import MesError
from mes.core.ids import new_id
from mes.core.text import N_, Text
from mes.machines.shown import DOWN_STATES, shown_by_all, shown_values
from mes.planning.models import Operation, Pallet, PalletLoad, Station
from mes.shopfloor.gates import present_at
from mes.shopfloor.loads import GATES, HIDDEN_WORKS, is_last, next_operation, open_before
from mes.shopfloor.models import Downtime
from mes.shopfloor.service.claims import claimed_elsewhere, pallets_in, stations_showing
from mes.shopfloor.service.consumption import remember_counters, take_consumption
from mes.shopfloor.service.discrepancies import DoesNotFit, notice
from mes.shopfloor.service.releases import confirm_release
from mes.shopfloor.service.signal_rules import rules_in_force
from mes.shopfloor.service.steps import begin, complete


def is_concerned(rules: RuleSet, station: Station, points: Set[str]) -> bool:
    """Whether a change of these points may mean anything for the work at the station."""
    of_station = rules.of(station.code, station.kind)
    return any(concerns(of_station, point) for point in points)


def follow_poll(work: Work, station: Station, was: Values, at: datetime, *, missed: bool) -> None:
    """Take over what a station's machine shows now, after it showed `was`, by the rules of the station.

    `missed` says that the machine was out of hearing in between, so that it may have begun something unseen.
    """
    now = shown_values(work.session, station.device)
    _follow(work, station, was, now, at, missed=missed)
    for pallet in sorted(pallets_in(was) - pallets_in(now)):
        for other in stations_showing(work, pallet, except_for=station):
            follow_station(work, other, at)


def follow_station(work: Work, station: Station, at: datetime) -> None:
    """Take over what a station's machine shows now, as far as its present state alone says."""
    now = shown_values(work.session, station.device)
    _follow(work, station, now, now, at, missed=False)


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


def _follow(work: Work, station: Station, was: Values, now: Values, at: datetime, *, missed: bool) -> None:
    _keep_downtime(work, station, now, at)
    rules = rules_in_force(work.session).of(station.code, station.kind)
    for intent in evaluate(rules, was, now):
        _carry_out(work, station, intent, now, at, missed=missed)


def _carry_out(work: Work, station: Station, intent: Intent, now: Values, at: datetime, *, missed: bool) -> None:
    """An intent becomes a step, or a discrepancy that changes nothing."""
    state = "left" if intent.deed is Deed.LEAVE else str(now.get("state"))
    seen = _Sighting(station, intent, state, at, missed=missed)
    if intent.deed is not Deed.ARRIVE:
        confirm_release(work, station.device or "", intent.pallet, at)
    load = _load_on(work, station, intent.pallet)
    if load is None:
        if not _has_just_left(work, station, intent.pallet):
            _disagree(work, seen, "unknown_pallet", {"load": None})
        return
    operation = next((found for found in load.operations if found.station_id == station.id), None)
    if operation is None or operation.state == "done" or claimed_elsewhere(work, station, intent.pallet):
        return
    _try(work, seen, load, lambda: _take_over(work, operation, seen, now))


@dataclass(frozen=True)
class _Sighting:
    """What a machine is taken to say of a pallet, and when."""

    station: Station
    intent: Intent
    state: str
    at: datetime
    missed: bool

    @property
    def is_end(self) -> bool:
        return self.intent.deed in (Deed.FINISH, Deed.LEAVE)

    @property
    def follows_a_start(self) -> bool:
        """Whether it can only happen to a pallet whose work has begun."""
        return self.is_end or self.intent.deed is Deed.CONSUME

    @property
    def start_may_be_unseen(self) -> bool:
        """Whether the machine bears witness to a whole cycle, or could not be heard when it began."""
        return self.intent.counted or self.missed


def _take_over(work: Work, operation: Operation, seen: _Sighting, now: Values) -> None:
    if operation.state == "held":
        if seen.is_end:
            raise DoesNotFit("held", _on_hold(operation))
        return
    for earlier in open_before(operation):
        _conclude(work, earlier, seen.at)
    if operation.state == "waiting" and seen.follows_a_start and not seen.start_may_be_unseen:
        raise DoesNotFit("finished_before_started", _about(operation, N_("%(station)s has not started")))
    if seen.intent.deed is Deed.ARRIVE and operation.station.kind != HIDDEN_WORKS:
        return
    if operation.state == "waiting":
        _clear(work, operation, seen.at)
        begin(work, operation, seen.at, inferred=seen.follows_a_start)
    if seen.intent.deed is Deed.START:
        remember_counters(work, operation, now, seen.at)
    elif seen.intent.deed is Deed.CONSUME:
        take_consumption(work, operation, seen.intent, now)
    elif seen.is_end and operation.state == "running":
        complete(work, operation, seen.at)


def _conclude(work: Work, operation: Operation, at: datetime) -> None:
    """Finish an operation whose pallet was seen further on, where that leaves no doubt."""
    station = operation.station
    if operation.state == "held":
        raise DoesNotFit("held", _on_hold(operation))
    if station.kind in GATES:
        raise DoesNotFit("gate_not_passed", _about(operation, N_("%(station)s is not finished")))
    if station.device is None:
        raise DoesNotFit("not_a_machine", _about(operation, N_("%(station)s is worked by hand and not finished")))
    if operation.state == "waiting":
        _clear(work, operation, at)
        begin(work, operation, at, inferred=True)
    complete(work, operation, at, inferred=True)


def _about(operation: Operation, message: str) -> Text:
    return Text(message, {"station": operation.station.name})


def _on_hold(operation: Operation) -> Text:
    words = {"station": operation.station.name, "reason": Text(operation.hold_reason or "-")}
    return Text(N_("On hold at %(station)s: %(reason)s"), words)


def _clear(work: Work, operation: Operation, at: datetime) -> None:
    """A station for one pallet that shows another one: the load before has left it."""
    if operation.station.capacity > 1:
        return
    for present in present_at(work.session, operation.station):
        _conclude(work, present, at)


def _try(work: Work, seen: _Sighting, load: PalletLoad, step: Callable[[], None]) -> None:
    """Take a step wholly, or not at all and keep both stories."""
    house = {"load": load.number}
    try:
        with work.session.begin_nested():
            step()
    except DoesNotFit as refused:
        _disagree(work, seen, refused.kind, {**house, "reason": refused.reason.as_json()})
    except MesError as refused:
        _disagree(work, seen, "not_allowed", {**house, "reason": refused.reason.as_json()})


def _disagree(work: Work, seen: _Sighting, kind: str, house: dict[str, object]) -> None:
    station, pallet = seen.station, seen.intent.pallet
    load = _load_on(work, station, pallet)
    present = next_operation(load) if load else None
    if present is not None:
        house = {**house, "station": present.station.code, "state": present.state}
    machine = {"station": station.code, "state": seen.state, "pallet": pallet, "time": seen.at.isoformat()}
    if seen.intent.values:
        machine |= dict(seen.intent.values)
    notice(work, device=station.device or "", kind=kind, pallet=pallet, machine=machine, house=house, at=seen.at)


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


def _keep_downtime(work: Work, station: Station, now: Values, at: datetime) -> None:
    """A machine that is held, aborted or stopped while a load is there stands still; keep from when to when."""
    state = now.get("state")
    if state is None:
        return
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
                reason=str(state),
                started_at=at,
                reported_by=work.actor.name,
                by_machine=True,
            )
        )
    elif state not in DOWN_STATES:
        for downtime in standing:
            downtime.ended_at = max(at, downtime.started_at)
