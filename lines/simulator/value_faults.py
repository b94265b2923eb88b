"""A machine that says what is not so: the faults of values, the same in every protocol."""

from collections.abc import Callable, Iterable

from lines.profile import Command, Point, Role, Value
from lines.simulator.faults import FaultBoard, FaultKind
from lines.values import to_raw

CLOCK_BEHIND_SECONDS = 365 * 86_400.0
_UNKNOWN = 99

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
        faults.watch(self._fault_changed)

    @property
    def clock_offset_seconds(self) -> float:
        """How far the machine's clock runs ahead."""
        return -CLOCK_BEHIND_SECONDS if self._faults.of(self._machine) is FaultKind.CLOCK_WRONG else 0.0

    def raw(self, entry: Point | Command) -> Value:
        """What the machine says."""
        kind = self._faults.of(self._machine)
        if kind is FaultKind.FROZEN and entry.name in self._frozen and isinstance(entry, Point):
            return self._frozen[entry.name]
        raw = self._true_raw(entry)
        if isinstance(entry, Command) or isinstance(raw, bool | str):
            return raw
        if entry.name in self._zero:
            return raw - type(raw)(self._zero[entry.name])
        if kind is FaultKind.IMPOSSIBLE_VALUES:
            return _impossible(entry, raw)
        if kind is FaultKind.UNKNOWN_STATE and entry.role is Role.STATE and _UNKNOWN not in entry.map:
            return _UNKNOWN
        return raw

    def _fault_changed(self, machine: str, kind: FaultKind | None) -> None:
        if machine != self._machine:
            return
        if kind is FaultKind.FROZEN:
            self._frozen = {point.name: self._true_raw(point) for point in self._points}
        elif kind is FaultKind.RESTARTED:
            counters = [(point.name, self._true_raw(point)) for point in self._points if point.role is Role.COUNTER]
            self._zero = {name: raw for name, raw in counters if not isinstance(raw, bool | str)}


def _impossible(point: Point, raw: float) -> float:
    """A value that the profile rules out, as far as it rules out any; as near to it as twice the range."""
    if point.high is not None:
        wrong = point.high + max(1.0, abs(point.high))
    elif point.low is not None:
        wrong = point.low - max(1.0, abs(point.low))
    else:
        return raw
    impossible = to_raw(wrong, point)
    return raw if isinstance(impossible, bool | str) else impossible
