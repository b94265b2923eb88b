"""The wall between the gateway and the protocols.

A protocol is one adapter class that fulfils :class:`Adapter` plus one entry in :mod:`lines.protocols`. An
adapter that is told of changes (OPC UA subscriptions, MQTT) hands them over in ``heard``, none of them lost, and
answers ``read`` from the last values it was told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from lines.profile import Command, Point, Value


class DeviceError(Exception):
    """The base of all errors of a device or of the way to it."""


class DeviceUnavailableError(DeviceError):
    """The device cannot be reached or no longer answers."""


class GarbageError(DeviceError):
    """The device answers, but not in its protocol or never what its profile says; it is not to be believed."""


class CommandRefusedError(DeviceError):
    """The device, or its profile, refused a command; nothing was changed as far as is known."""


class CommandNotVerifiedError(DeviceError):
    """A command was written, but the device shows another value when it is read back."""


class CommandUnknownError(DeviceError):
    """A command was sent, and whether it took effect is not known: never to be repeated by itself."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What one read gave for a point: a value, or the reason why there is none.

    ``time`` is when the device says it was so (aware), None where the device tells no time. With ``is_garbage`` the
    device gave something that its profile rules out, which counts towards quarantine.
    """

    value: Value | None
    error: str | None = None
    time: datetime | None = None
    is_garbage: bool = False


class Adapter(Protocol):
    """A connection to one device, in whatever protocol it speaks. One caller at a time."""

    @property
    def requests(self) -> int:
        """What was sent to the device since the adapter was made."""

    async def connect(self) -> None:
        """Connect. Raises :class:`DeviceUnavailableError`, within a bounded time."""

    async def read(self, points: Sequence[Point]) -> Mapping[str, Sample]:
        """Read the points; a sample for each. Raises :class:`DeviceUnavailableError` when the device does
        not answer, :class:`GarbageError` when it does not speak its protocol.
        """

    def heard(self) -> Sequence[tuple[str, Sample]]:
        """What came by itself since the last call, as (point's name, sample) in the order in which it came; () for
        a protocol that only answers.
        """

    async def write(self, command: Command, value: Value) -> None:
        """Write a command and verify it if its profile says so.

        Raises :class:`CommandRefusedError` (nothing was changed), :class:`DeviceUnavailableError` (nothing was
        sent), :class:`CommandUnknownError` (sent, the outcome is not known) or :class:`CommandNotVerifiedError`.
        """

    async def close(self) -> None:
        """Let go of the connection; safe to call at any time."""
