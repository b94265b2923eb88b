"""The gateway: reads every device in its own task and reports changes to a sink.

A device that fails is tried again with growing, jittered pauses and never hinders another. A failure is
logged once, so is the recovery.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from lines.adapter import Adapter, CommandRefusedError
from lines.device import Device, DeviceStatus, Reading
from lines.gateway.backoff import Backoff, Pace
from lines.gateway.delivery import Sink
from lines.gateway.poller import Poller, Surroundings
from lines.gateway.tally import PollTimes, StatusSink
from lines.profile import Value
from lines.protocols import open_adapter

_CANCEL_AGAIN_SECONDS = 0.2

log = logging.getLogger(__name__)


class Gateway:
    """Reads devices and writes their commands, as an async context::

    async with Gateway(devices, sink=store_readings) as gateway:
        await gateway.command("SL/casting", "release", 17)

    Raises ``ValueError`` when two devices share a name or an address is none, and
    :class:`lines.protocols.ProtocolNotSupportedError`.
    """

    def __init__(
        self,
        devices: Sequence[Device],
        sink: Sink,
        *,
        on_status: StatusSink | None = None,
        backoff: Backoff | None = None,
        open_device: Callable[[Device], Adapter] = open_adapter,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._around = Surroundings(sink, on_status, backoff or Backoff(), Pace(), clock, {})
        self._open_device = open_device
        self._placed = 0
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._applying = asyncio.Lock()
        self._pollers = self._made(devices)

    async def __aenter__(self) -> Self:
        self._start(self._pollers)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        async with self._applying:
            await self._stop(list(self._tasks))

    async def apply(self, devices: Sequence[Device]) -> None:
        """Serve these devices from now on. A device that is as before is not touched; a changed one is read anew.

        Raises as the constructor does, and then nothing was changed.
        """
        async with self._applying:
            wanted = {device.name: device for device in devices}
            same = {name for name, poller in self._pollers.items() if wanted.get(name) == poller.device}
            new = self._made(devices, apart_from=same)
            await self._stop([name for name in self._pollers if name not in same])
            self._pollers = {name: new.get(name) or self._pollers[name] for name in wanted}
            self._start(new)

    async def command(self, device: Device | str, command: str, value: Value) -> None:
        """Write a command to a device; when this returns, it is written (and verified where the profile says
        so).

        Raises :class:`CommandRefusedError` (unknown device or command, not switched on, a value that does not fit,
        refused by the device) or :class:`lines.adapter.DeviceUnavailableError`, and nothing was changed;
        :class:`lines.adapter.CommandNotVerifiedError` when the device shows another value; or
        :class:`lines.adapter.CommandUnknownError` when it may have taken effect. It is never repeated here.
        """
        name = _name(device)
        poller = self._pollers.get(name)
        if poller is None:
            raise CommandRefusedError(f"there is no device {name!r}")
        await poller.command(command, value)

    def readings(self, device: Device | str) -> Mapping[str, Reading]:
        """The last reported reading of each point of a device. Raises ``KeyError`` for an unknown device."""
        return dict(self._pollers[_name(device)].book.reported)

    def statuses(self) -> tuple[DeviceStatus, ...]:
        """How it is with each device; may be called from another thread."""
        return tuple(poller.status() for poller in list(self._pollers.values()))

    def poll_times(self) -> Mapping[str, PollTimes]:
        """How long polls took, by protocol; may be called from another thread."""
        return dict(self._around.poll_times)

    def _made(self, devices: Sequence[Device], apart_from: Iterable[str] = ()) -> dict[str, Poller]:
        names = [device.name for device in devices]
        if repeated := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"device names must differ: {', '.join(sorted(repeated))}")
        made = {}
        for device in devices:
            if device.name not in apart_from:
                made[device.name] = Poller(device, self._open_device(device), self._around, self._placed)
                self._placed += 1
        return made

    def _start(self, pollers: Mapping[str, Poller]) -> None:
        for name, poller in pollers.items():
            self._tasks[name] = asyncio.create_task(poller.run(), name=f"device {name}")

    async def _stop(self, names: Iterable[str]) -> None:
        # In Python 3.11 asyncio.wait_for, which pymodbus uses, loses a cancellation that meets an answer:
        # so a task is cancelled until it has ended.
        pending = {self._tasks.pop(name) for name in names if name in self._tasks}
        while pending:
            for task in pending:
                task.cancel()
            _, pending = await asyncio.wait(pending, timeout=_CANCEL_AGAIN_SECONDS)


def _name(device: Device | str) -> str:
    return device.name if isinstance(device, Device) else device
