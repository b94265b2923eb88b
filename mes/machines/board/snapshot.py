"""The moving part of the board, as a document: states, pallets, slots, alarms, loads.

Many screens poll it several times a second. It is made of a few plain queries without ORM objects; what changes
seldom is asked once a second, and screens that ask within a moment of one another share the answer.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from mes.library.models import ComponentType
from mes.machines.board.plan import BoardLine, BoardStation, board_lines
from mes.machines.lamps import lamp
from mes.machines.models import AlarmInterval, GatewaySeen, Machine, MachinePoint, StateInterval
from mes.machines.rules import rules
from mes.machines.shown import SLOT, whole
from mes.orders.models import Element
from mes.planning.models import Line, Operation, Pallet, PalletLoad, PalletLoadItem, Station

FRESH_SECONDS = 0.15
SLOW_SECONDS = 1.0
PLAN_SECONDS = 30.0
MOST_KEPT = 64
SLOT_TEMPERATURE = re.compile(r"slot_(\d{2,3})_temperature_c")
ZONE_TEMPERATURE = re.compile(r"zone_(\d{1,2})_temperature_c")

Points = dict[str, dict[str, tuple[Any, str, datetime]]]


@dataclass(frozen=True)
class Slow:
    """What changes seldom: the ways to machines, gateways that are away, loads, and work without a machine."""

    connections: dict[str, tuple[str, str | None]]
    away: dict[str, datetime]  # device to when its gateway was heard last
    pallets: dict[int, dict[str, Any]]
    begun: dict[tuple[str, int], datetime]  # (station, pallet) to when its work there began, by the house


@dataclass
class _Kept:
    made: float
    value: Any


@dataclass
class Snapshots:
    """Makes the document of some lines, and remembers it for a moment. One for a running application."""

    _kept: dict[tuple[str, ...], _Kept] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def document(self, session: Session, codes: tuple[str, ...], now: datetime) -> tuple[str, str]:
        """(version, JSON text) for the lines of these codes; the version stays while nothing changed.

        Raises:
            NotFound: a code that is none of a line.
        """
        with self._lock:
            lines: list[BoardLine] = self._keep(
                ("plan", *codes), PLAN_SECONDS, lambda: board_lines(session, list(codes))
            )
            slow = self._keep(("slow", *codes), SLOW_SECONDS, lambda: _slow(session, lines, now))
            found: tuple[str, str] = self._keep(
                ("fresh", *codes), FRESH_SECONDS, lambda: _document(session, lines, slow)
            )
            return found

    def forget(self) -> None:
        """Look at everything anew the next time."""
        with self._lock:
            self._kept.clear()

    def _keep(self, key: tuple[str, ...], seconds: float, make: Callable[[], Any]) -> Any:
        kept = self._kept.get(key)
        if kept is None or monotonic() - kept.made >= seconds:
            value = make()
            kept = self._kept[key] = _Kept(monotonic(), value)
            if len(self._kept) > MOST_KEPT:
                oldest = min(self._kept, key=lambda known: self._kept[known].made)
                del self._kept[oldest]
        return kept.value


def _document(session: Session, lines: Sequence[BoardLine], slow: Slow) -> tuple[str, str]:
    devices = [device for line in lines for device in line.devices]
    names = {name for line in lines for one in line.stations for name in (one.state_point, one.pallet_point) if name}
    points = _points(session, devices, names)
    since = _since(session, devices)
    alarms = _alarms(session, devices)
    content = {
        "stations": {
            station.code: _station(station, points, since, alarms, slow) for line in lines for station in line.stations
        },
        "pallets": slow.pallets,
        "away": {
            line.code: _millis(min(slow.away[device] for device in line.devices if device in slow.away))
            for line in lines
            if any(device in slow.away for device in line.devices)
        },
    }
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16], text


def _station(
    station: BoardStation,
    points: Points,
    since: dict[str, datetime],
    alarms: dict[str, list[dict[str, Any]]],
    slow: Slow,
) -> dict[str, Any]:
    """One station's part; short names, because it is sent often."""
    if station.device is None:
        number = next((pallet for code, pallet in slow.begun if code == station.code), 0)
        return {"lamp": "running" if number else "idle", "pallet": number, "by_hand": True}
    known = points.get(station.device, {})
    state, quality, told = known.get(station.state_point, (None, "bad", None))
    pallet = known.get(station.pallet_point or "")
    connection, reason = slow.connections.get(station.device, ("connecting", None))
    good = quality == "good" and connection == "connected" and station.device not in slow.away
    begun = since.get(station.device, told)
    found: dict[str, Any] = {
        "lamp": lamp(state, good=good),
        "state": state,
        "good": good,
        "connection": connection,
        "pallet": 0 if station.slots or pallet is None else whole(pallet[0]),
        "since": _millis(begun) if begun else None,
    }
    if reason and connection != "connected":
        found["reason"] = reason
    progress = known.get("progress_percent")
    if progress and isinstance(progress[0], int | float) and not station.slots:
        found["progress"] = round(progress[0])
    if station.device in alarms:
        found["alarms"] = alarms[station.device]
    if station.slots:
        found |= _rack(station, known, slow)
    return found


def _rack(station: BoardStation, known: dict[str, tuple[Any, str, datetime]], slow: Slow) -> dict[str, Any]:
    """A chamber's slots as [slot, pallet, since], and its temperatures: of slots, of zones, of the whole.

    Since when a pallet is there says the house, where it knows: a machine that is back tells all its slots anew.
    """
    slots = []
    temperatures: dict[str, dict[int, float]] = {"slot_temperatures": {}, "zone_temperatures": {}}
    for name, (value, _quality, told) in known.items():
        slot = SLOT.fullmatch(name)
        if slot and whole(value):
            pallet = whole(value)
            slots.append([int(slot[1]), pallet, _millis(slow.begun.get((station.code, pallet), told))])
        for key, pattern in (("slot_temperatures", SLOT_TEMPERATURE), ("zone_temperatures", ZONE_TEMPERATURE)):
            found = pattern.fullmatch(name)
            if found and isinstance(value, int | float):
                temperatures[key][int(found[1])] = round(float(value), 1)
    rack: dict[str, Any] = {"slots": sorted(slots), **{key: of for key, of in temperatures.items() if of}}
    for name, key in (("temperature_c", "temperature"), ("humidity_percent", "humidity")):
        if name in known and isinstance(known[name][0], int | float):
            rack[key] = round(float(known[name][0]), 1)
    return rack


def _points(session: Session, devices: Sequence[str], deciding: Iterable[str]) -> Points:
    names = MachinePoint.point
    query = select(
        MachinePoint.device, names, MachinePoint.value, MachinePoint.quality, MachinePoint.source_time
    ).where(
        MachinePoint.device.in_(devices),
        or_(
            names.in_([*deciding, "progress_percent", "humidity_percent"]),
            names.startswith("slot_"),
            names.endswith("temperature_c"),
        ),
    )
    found: Points = {}
    for device, point, value, quality, told in session.execute(query):
        found.setdefault(device, {})[point] = (value, quality, told)
    return found


def _since(session: Session, devices: Sequence[str]) -> dict[str, datetime]:
    query = select(StateInterval.device, StateInterval.started_at).where(
        StateInterval.device.in_(devices), StateInterval.ended_at.is_(None)
    )
    return {row.device: row.started_at for row in session.execute(query)}


def _alarms(session: Session, devices: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    query = (
        select(
            AlarmInterval.device,
            AlarmInterval.code,
            AlarmInterval.severity,
            AlarmInterval.text,
            AlarmInterval.raised_at,
        )
        .where(AlarmInterval.cleared_at.is_(None), AlarmInterval.device.in_(devices))
        .order_by(AlarmInterval.raised_at, AlarmInterval.code)
    )
    found: dict[str, list[dict[str, Any]]] = {}
    for device, code, severity, text, raised in session.execute(query):
        found.setdefault(device, []).append(
            {"code": code, "severity": severity, "text": text, "since": _millis(raised)}
        )
    return found


def _slow(session: Session, lines: Sequence[BoardLine], now: datetime) -> Slow:
    devices = [device for line in lines for device in line.devices]
    query = (
        select(Machine.device, Machine.state, Machine.reason, GatewaySeen.last_seen_at)
        .outerjoin(GatewaySeen, GatewaySeen.code == Machine.gateway)
        .where(Machine.device.in_(devices), Machine.withdrawn_at.is_(None))
    )
    connections, away = {}, {}
    for device, state, reason, seen in session.execute(query):
        connections[device] = (state, reason)
        if seen is not None and now - seen > rules().silent_after:
            away[device] = seen
    codes = [line.code for line in lines]
    return Slow(connections, away, _loads(session, codes), _begun(session, codes))


def _loads(session: Session, codes: Sequence[str]) -> dict[int, dict[str, Any]]:
    """What lies on each pallet: load, pieces, and the family of most of them."""
    query = (
        select(Pallet.number, PalletLoad.number, ComponentType.family, func.count())
        .join(PalletLoad, PalletLoad.pallet_id == Pallet.id)
        .join(Line, Line.id == PalletLoad.line_id)
        .join(PalletLoadItem, PalletLoadItem.load_id == PalletLoad.id)
        .join(Element, Element.id == PalletLoadItem.element_id)
        .join(ComponentType, ComponentType.id == Element.component_type_id)
        .where(PalletLoad.state == "running", Line.code.in_(codes))
        .group_by(Pallet.number, PalletLoad.number, ComponentType.family)
        .order_by(Pallet.number, func.count())
    )
    found: dict[int, dict[str, Any]] = {}
    for pallet, load, family, count in session.execute(query):
        pieces = found.get(pallet, {}).get("pieces", 0) + count
        found[pallet] = {"load": load, "family": family, "pieces": pieces}
    return found


def _begun(session: Session, codes: Sequence[str]) -> dict[tuple[str, int], datetime]:
    """When the work that runs or is held began, by station and pallet, the latest first."""
    query = (
        select(Station.code, Pallet.number, Operation.started_at)
        .join(Operation, Operation.station_id == Station.id)
        .join(Line, Line.id == Station.line_id)
        .join(PalletLoad, PalletLoad.id == Operation.load_id)
        .join(Pallet, Pallet.id == PalletLoad.pallet_id)
        .where(Line.code.in_(codes), Operation.state.in_(("running", "held")), PalletLoad.state == "running")
        .order_by(Operation.started_at.desc())
    )
    found: dict[tuple[str, int], datetime] = {}
    for code, pallet, begun in session.execute(query):
        if begun is not None:
            found.setdefault((code, pallet), begun)
    return found


def _millis(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
