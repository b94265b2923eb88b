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


@dataclass(frozen=True, slots=True)
class Point:
    """One value a device offers.

    ``address`` is in the protocol's own notation (Modbus: ``table:offset``). ``scale`` turns a raw number
    into the unit; ``deadband`` is the change, in the unit, that must be exceeded before the value is reported
    anew; ``map`` gives raw whole numbers a name.
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


@dataclass(frozen=True, slots=True)
class Command:
    """One value a device takes. With ``verify`` it is read back and compared after it was written."""

    name: str
    address: str
    type: ValueType
    verify: bool = False
    unit: str | None = None
    scale: float | None = None
    map: Mapping[int, str] = field(default_factory=dict)
    encoding: str = "utf-8"


@dataclass(frozen=True, slots=True)
class Profile:
    """What a make of machine offers and takes.

    ``max_block`` is the most registers (or bits) the device gives in one request; ``fast_seconds`` and
    ``slow_seconds`` are the poll intervals.
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
