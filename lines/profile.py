"""Device profiles: which values a machine offers, where they lie and what they mean.

The dataclasses here are plain data; :mod:`lines.profile_reading` makes them of a YAML file.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

Value = bool | int | float | str
"""A value as people know it: scaled, mapped and decoded."""


class Kind(StrEnum):
    """The kinds of value type a profile may name."""

    BOOL = "bool"
    U16 = "u16"
    S16 = "s16"
    U32 = "u32"
    S32 = "s32"
    U64 = "u64"
    F32 = "f32"
    F64 = "f64"
    BCD16 = "bcd16"
    BIT = "bit"
    STRING = "string"


class Order(StrEnum):
    """Which part comes first: ``big`` the most significant, ``little`` the least significant."""

    BIG = "big"
    LITTLE = "little"


class Poll(StrEnum):
    """How often a point is read: at the profile's fast or slow interval."""

    FAST = "fast"
    SLOW = "slow"


_REGISTERS = {Kind.U32: 2, Kind.S32: 2, Kind.F32: 2, Kind.U64: 4, Kind.F64: 4}


@dataclass(frozen=True, slots=True)
class ValueType:
    """A value type, with the bit number of ``bit:N`` or the byte count of ``string:N`` as ``size``."""

    kind: Kind
    size: int = 0

    @property
    def registers(self) -> int:
        """The number of 16-bit registers a value takes."""
        return (self.size + 1) // 2 if self.kind is Kind.STRING else _REGISTERS.get(self.kind, 1)

    @property
    def is_integer(self) -> bool:
        """Whether the raw value is a whole number."""
        return self.kind not in {Kind.BOOL, Kind.BIT, Kind.F32, Kind.F64, Kind.STRING}

    @property
    def is_numeric(self) -> bool:
        """Whether the raw value is a number that can be scaled."""
        return self.kind not in {Kind.BOOL, Kind.BIT, Kind.STRING}

    def __str__(self) -> str:
        return f"{self.kind}:{self.size}" if self.kind in {Kind.BIT, Kind.STRING} else str(self.kind)


class Role(StrEnum):
    """What a value is to the house.

    ``measurement``: a physical quantity, kept as a curve. ``counter``: counts up, may start anew at zero.
    ``state``: the machine's PackML state. ``pallet``: the number of a pallet that stands in the machine (0: none).
    ``batch``, ``program``: what is being worked with. ``flag``: on or off. ``progress``: of the work, in percent.
    """

    MEASUREMENT = "measurement"
    COUNTER = "counter"
    STATE = "state"
    PALLET = "pallet"
    BATCH = "batch"
    PROGRAM = "program"
    FLAG = "flag"
    PROGRESS = "progress"


@dataclass(frozen=True, slots=True)
class Point:
    """One value a device offers.

    ``address`` is in the protocol's own notation (see docs/contracts/lines.md). ``scale`` turns a raw number
    into the unit; ``deadband`` is the change, in the unit, that must be exceeded before the value is reported
    anew; ``map`` gives raw whole numbers a name, ``words`` raw texts. A value outside ``low`` to ``high`` (in the unit)
    is not possible: it is bad. ``warn_low`` and ``warn_high`` are drawn as limits. Measurements are kept for
    ``keep_days``.
    """

    name: str
    address: str
    type: ValueType
    poll: Poll = Poll.SLOW
    unit: str | None = None
    scale: float | None = None
    deadband: float = 0.0
    map: Mapping[int, str] = field(default_factory=dict)
    encoding: str = "utf-8"
    role: Role = Role.MEASUREMENT
    low: float | None = None
    high: float | None = None
    warn_low: float | None = None
    warn_high: float | None = None
    keep_days: int = 90
    words: Mapping[str, str] = field(default_factory=dict)


class Severity(StrEnum):
    """How grave an alarm is: ``fault`` stops the machine, ``warning`` asks for somebody's attention."""

    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Alarm:
    """A machine's alarm: it stands while the point ``point`` shows ``value``. ``text`` is by language (zh, en)."""

    code: str
    point: str
    text: Mapping[str, str]
    value: bool | int | str = True
    severity: Severity = Severity.FAULT


@dataclass(frozen=True, slots=True)
class Command:
    """One value a device takes. With ``verify`` it is read back and compared after it was written.

    ``low`` and ``high`` bound what may be written, in the unit. ``shown_by`` names the point that shows the value where
    a protocol cannot read a command back at its own address.
    """

    name: str
    address: str
    type: ValueType
    verify: bool = False
    unit: str | None = None
    scale: float | None = None
    map: Mapping[int, str] = field(default_factory=dict)
    encoding: str = "utf-8"
    low: float | None = None
    high: float | None = None
    shown_by: str = ""
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Profile:
    """What a make of machine offers and takes.

    ``machine`` is the class of machine, such as ``concrete-spreader``. ``max_block`` is the most registers (or bits)
    the device gives in one request, ``max_gap`` the most read in vain between two values, ``illegal`` addresses that
    no request may touch. ``fast_seconds`` and ``slow_seconds`` are the poll intervals. A device that says nothing new
    for ``stale_seconds`` (0: may be silent for ever) is stale, where the protocol only tells of changes. In what it
    publishes as JSON its own time stands at ``time_pointer``; at ``availability`` it (or its will) says whether it is
    there.
    """

    name: str
    protocol: str
    points: tuple[Point, ...]
    commands: tuple[Command, ...] = ()
    byte_order: Order = Order.BIG
    word_order: Order = Order.BIG
    max_block: int = 100
    fast_seconds: float = 0.2
    slow_seconds: float = 5.0
    machine: str = ""
    manufacturer: str = ""
    model: str = ""
    alarms: tuple[Alarm, ...] = ()
    max_gap: int = 32
    illegal: tuple[str, ...] = ()
    stale_seconds: float = 0.0
    time_pointer: str = ""
    availability: str = ""

    def point(self, name: str) -> Point:
        """The point of that name. Raises ``KeyError`` where there is none."""
        for point in self.points:
            if point.name == name:
                return point
        raise KeyError(name)

    def command(self, name: str) -> Command | None:
        """The command of that name, or None."""
        return next((command for command in self.commands if command.name == name), None)

    def interval_seconds(self, poll: Poll) -> float:
        """The poll interval, in seconds."""
        return self.fast_seconds if poll is Poll.FAST else self.slow_seconds
