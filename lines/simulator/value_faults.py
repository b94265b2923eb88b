"""A machine that says what is not so: the faults of values, the same in every protocol."""

from collections.abc import Callable, Iterable

from lines.profile import Command, Kind, Point, Role, Value
from lines.simulator.faults import FaultBoard, FaultKind
from lines.states import MachineState
from lines.values import inverse, to_raw

_CLOCKS_SECONDS = {FaultKind.CLOCK_WRONG: -365 * 86_400.0, FaultKind.CLOCK_AHEAD: 3600.0}
_UNKNOWN = 99
_ALL_ONES: dict[Kind, Value] = {
    Kind.BOOL: True,
    Kind.BIT: True,
    Kind.U16: 0xFFFF,
    Kind.S16: -1,
    Kind.U32: 0xFFFFFFFF,
    Kind.S32: -1,
    Kind.U64: 0xFFFFFFFFFFFFFFFF,
    Kind.BCD16: 9999,
    Kind.F32: 3.4e38,
    Kind.F64: 1.7e308,
}

Raw = Callable[[Point | Command], Value]


class ValueFaults:
    """Stands between a machine's true raw values and what it says."""

    def __init__(self, machine: str, points: Iterable[Point], faults: FaultBoard, true_raw: Raw) -> None:
        self._machine = machine
        self._points = tuple(points)
        self._faults = faults
        self._true_raw = true_raw
        self._frozen: dict[str, Value] = {}
        self._zero: dict[str, float] = {}  # of each counter, since the last restart
        self._flips = False
        faults.watch(self._fault_changed)

    @property
    def clock_offset_seconds(self) -> float:
        """How far the machine's clock runs ahead."""
        kind = self._faults.of(self._machine)
        return _CLOCKS_SECONDS.get(kind, 0.0) if kind else 0.0

    def raw(self, entry: Point | Command) -> Value:
        """What the machine says."""
        kind = self._faults.of(self._machine)
        if kind is FaultKind.FROZEN and entry.name in self._frozen and isinstance(entry, Point):
            return self._frozen[entry.name]
        raw = self._true_raw(entry)
        if isinstance(entry, Command):
            return raw
        if entry.name in self._zero and not isinstance(raw, bool | str):
            raw -= type(raw)(self._zero[entry.name])
        return self._wrong(entry, raw, kind) if kind else raw

    def _wrong(self, point: Point, raw: Value, kind: FaultKind) -> Value:
        if kind is FaultKind.WRONG_TYPES and not isinstance(raw, bool):
            return f"?{raw}" if not isinstance(raw, str) else len(raw)
        if kind is FaultKind.ALL_ONES:
            return _ALL_ONES.get(point.type.kind, raw)
        if kind is FaultKind.ALL_ZERO:
            return type(raw)()
        if point.role is Role.STATE:
            return self._wrong_state(point, raw, kind)
        if isinstance(raw, bool | str):
            return raw
        if kind is FaultKind.IMPOSSIBLE_VALUES:
            return _impossible(point, raw)
        if kind is FaultKind.COUNTING_BACK and point.role is Role.COUNTER:
            return raw // 2
        return raw

    def _wrong_state(self, point: Point, raw: Value, kind: FaultKind) -> Value:
        is_text = point.type.kind is Kind.STRING
        if kind is FaultKind.UNKNOWN_STATE and _UNKNOWN not in point.map:
            return "?" if is_text else _UNKNOWN
        if kind is FaultKind.CHATTERING:
            self._flips = not self._flips
            return raw if self._flips else _held(point, raw)
        return raw

    def _fault_changed(self, machine: str, kind: FaultKind | None) -> None:
        if machine != self._machine:
            return
        if kind is FaultKind.FROZEN:
            self._frozen = {point.name: self._true_raw(point) for point in self._points}
        elif kind is FaultKind.RESTARTED:
            counters = [(point.name, self._true_raw(point)) for point in self._points if point.role is Role.COUNTER]
            self._zero = {name: raw for name, raw in counters if not isinstance(raw, bool | str)}


def _held(point: Point, raw: Value) -> Value:
    """How the point says that the machine is held; as it is, where it cannot."""
    if point.type.kind is Kind.STRING:
        return MachineState.HELD.value
    return inverse(point.map).get(MachineState.HELD, raw) if point.map else MachineState.HELD.number


def _impossible(point: Point, raw: float) -> float:
    """A value that the profile rules out, as far as it rules out any; as near to it as twice the range."""
    if point.high is not None:
        wrong = point.high + max(1.0, abs(point.high))
    elif point.low is not None:
        wrong = point.low - max(1.0, abs(point.low))
    else:
        return raw
    impossible = to_raw(wrong, point)
    if isinstance(impossible, bool | str):
        return raw
    return round(impossible) if point.type.is_integer else float(impossible)
