"""The wall between the gateway and the protocols.

A protocol is one adapter class that fulfils :class:`Adapter` plus one entry in :mod:`lines.protocols`. An
adapter that is told of changes (OPC UA subscriptions, MQTT) answers ``read`` from the last values it was
told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from lines.profile import Command, Point, Value


class DeviceError(Exception):
    """The base of all errors of a device or of the way to it."""


class DeviceUnavailableError(DeviceError):
    """The device cannot be reached or no longer answers."""


class CommandRefusedError(DeviceError):
    """The device, or its profile, refused a command; nothing was changed as far as is known."""


class CommandNotVerifiedError(DeviceError):
    """A command was written, but the device shows another value when it is read back."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What one read gave for a point: a value, or the reason why there is none."""

    value: Value | None
    error: str | None = None


class Adapter(Protocol):
    """A connection to one device, in whatever protocol it speaks. One caller at a time."""

    async def connect(self) -> None:
        """Connect. Raises :class:`DeviceUnavailableError`, within a bounded time."""

    async def read(self, points: Sequence[Point]) -> Mapping[str, Sample]:
        """Read the points; a sample for each. Raises :class:`DeviceUnavailableError` when the device does
        not answer.
        """

    async def write(self, command: Command, value: Value) -> None:
        """Write a command and verify it if its profile says so.

        Raises :class:`CommandRefusedError`, :class:`CommandNotVerifiedError` or
        :class:`DeviceUnavailableError`.
        """

    async def close(self) -> None:
        """Let go of the connection; safe to call at any time."""
