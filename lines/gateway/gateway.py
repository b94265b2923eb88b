"""The gateway: reads every device in its own task and reports changes to a sink.

A device that fails is tried again with growing, jittered pauses and never hinders another. A failure is
logged once, so is the recovery.
"""

import asyncio
import inspect
import logging
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import NoReturn, Self, TypeGuard

from lines.adapter import Adapter, CommandRefusedError, DeviceUnavailableError, Sample
from lines.device import Device, Quality, Reading
from lines.profile import Command, Point, Value
from lines.protocols import open_adapter

_CANCEL_AGAIN_SECONDS = 0.2

log = logging.getLogger(__name__)

Sink = Callable[[Reading], Awaitable[None] | None]
"""Takes one reading; plain or async. What it does not take (it raises) is offered again at the next poll."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """Pauses between attempts: ``first_seconds`` doubling up to ``max_seconds``, each shortened at random by
    half.

    The jitter keeps a whole line that lost its switch from coming back in one burst.
    """

    first_seconds: float = 0.5
    max_seconds: float = 30.0

    def pause_seconds(self, failures: int, chance: float) -> float:
        """The pause after the n-th failure in a row (from 1); ``chance`` is 0 to 1."""
        full = min(self.max_seconds, self.first_seconds * 2.0 ** min(failures - 1, 30))
        return full * (0.5 + 0.5 * chance)


class Gateway:
    """Reads devices and writes their commands, as an async context::

    async with Gateway([device], sink=queue.put_nowait) as gateway:
        await gateway.command("SL/casting", "release", 17)

    Raises ``ValueError`` when two devices share a name or an address is none, and
    :class:`lines.protocols.ProtocolNotSupportedError`.
    """

    def __init__(
        self,
        devices: Sequence[Device],
        sink: Sink,
        *,
        backoff: Backoff | None = None,
        open_device: Callable[[Device], Adapter] = open_adapter,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        names = [device.name for device in devices]
        if repeated := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"device names must differ: {', '.join(sorted(repeated))}")
        self._pollers = {
            device.name: _Poller(device, open_device(device), sink, backoff or Backoff(), clock) for device in devices
        }
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._tasks = [
            asyncio.create_task(poller.run(), name=f"device {name}") for name, poller in self._pollers.items()
        ]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # In Python 3.11 asyncio.wait_for, which pymodbus uses, loses a cancellation that meets an answer:
        # so a task is cancelled until it has ended.
        pending = set(self._tasks)
        while pending:
            for task in pending:
                task.cancel()
            _, pending = await asyncio.wait(pending, timeout=_CANCEL_AGAIN_SECONDS)
        self._tasks = []

    async def command(self, device: Device | str, command: str, value: Value) -> None:
        """Write a command to a device; when this returns, it is written (and verified where the profile says
        so).

        Raises :class:`CommandRefusedError` (unknown device or command, a value that does not fit, refused by
        the device), :class:`lines.adapter.CommandNotVerifiedError` or :class:`DeviceUnavailableError`.
        """
        name = device.name if isinstance(device, Device) else device
        poller = self._pollers.get(name)
        if poller is None:
            raise CommandRefusedError(f"there is no device {name!r}")
        await poller.command(command, value)

    def readings(self, device: Device | str) -> Mapping[str, Reading]:
        """The last reported reading of each point of a device. Raises ``KeyError`` for an unknown device."""
        return dict(self._pollers[device.name if isinstance(device, Device) else device].reported)


class _Poller:
    """One device: its connection, its poll times and what was last reported of it."""

    def __init__(
        self,
        device: Device,
        adapter: Adapter,
        sink: Sink,
        backoff: Backoff,
        clock: Callable[[], datetime],
    ) -> None:
        self.device = device
        self.reported: dict[str, Reading] = {}
        self._adapter = adapter
        self._sink = sink
        self._backoff = backoff
        self._clock = clock
        self._lock = asyncio.Lock()
        self._connected = False
        self._failures = 0
        self._sink_failed = False
        self._random = random.SystemRandom()

    async def run(self) -> None:
        """Read for ever; ends only when cancelled."""
        try:
            while True:
                reason = await self._attempt()
                self._connected = False
                self._failures += 1
                await self._report_failure(reason)
                await asyncio.sleep(self._backoff.pause_seconds(self._failures, self._random.random()))
        finally:
            await self._adapter.close()

    async def command(self, name: str, value: Value) -> None:
        """Write a command between two polls."""
        command: Command | None = self.device.profile.command(name)
        if command is None:
            known = ", ".join(c.name for c in self.device.profile.commands) or "none"
            raise CommandRefusedError(f"{self.device.name} has no command {name!r} (commands: {known})")
        if not self._connected:
            raise DeviceUnavailableError(f"{self.device.name} is not connected; {name} was not written")
        async with self._lock:
            await self._adapter.write(command, value)

    async def _attempt(self) -> str:
        """Connect and read for as long as the device answers; gives the reason why it does not any more."""
        try:
            async with self._lock:
                await self._adapter.connect()
            self._connected = True
            await self._read(self.device.profile.points)
            if self._failures:
                log.warning("%s is back", self.device.name)
            self._failures = 0
            await self._keep_polling()
        except DeviceUnavailableError as error:
            if not self._failures:
                log.warning("%s failed: %s", self.device.name, error)
            return str(error)
        except Exception as error:
            if not self._failures:
                log.exception("%s failed by a fault in its adapter", self.device.name)
            return f"fault in the adapter: {error!r}"

    async def _keep_polling(self) -> NoReturn:
        loop = asyncio.get_running_loop()
        profile = self.device.profile
        in_use = {point.poll for point in profile.points}
        due = {poll: loop.time() + profile.interval_seconds(poll) for poll in in_use}
        while True:
            await asyncio.sleep(max(0.0, min(due.values()) - loop.time()))
            now = loop.time()
            ready = {poll for poll, time in due.items() if time <= now}
            await self._read([point for point in profile.points if point.poll in ready])
            due |= {poll: now + profile.interval_seconds(poll) for poll in ready}

    async def _read(self, points: Sequence[Point]) -> None:
        async with self._lock:
            samples = await self._adapter.read(points)
        now = self._clock()
        for point in points:
            await self._report(point, samples[point.name], now)

    async def _report(self, point: Point, sample: Sample, now: datetime) -> None:
        quality = Quality.GOOD if sample.error is None else Quality.BAD
        reading = self._reading(point, sample.value, quality, now, sample.error)
        if is_change(self.reported.get(point.name), reading, point.deadband):
            await self._send(reading)

    async def _report_failure(self, error: str) -> None:
        """Report every point once as stale; as bad where no value was ever read."""
        now = self._clock()
        for point in self.device.profile.points:
            last = self.reported.get(point.name)
            value = last.value if last else None
            quality = Quality.BAD if value is None else Quality.STALE
            if last is None or last.quality is Quality.GOOD:
                await self._send(self._reading(point, value, quality, now, error))

    def _reading(
        self, point: Point, value: Value | None, quality: Quality, time: datetime, error: str | None
    ) -> Reading:
        return Reading(self.device.name, point.name, value, point.unit, quality, time, error)

    async def _send(self, reading: Reading) -> None:
        """Give a reading to the sink. A sink that fails must not stop the device; the reading stays
        unreported.
        """
        try:
            outcome = self._sink(reading)
            if inspect.isawaitable(outcome):
                await outcome
        except Exception:
            if not self._sink_failed:
                log.exception("the sink did not take readings of %s; they are offered again", self.device.name)
            self._sink_failed = True
            return
        if self._sink_failed:
            log.warning("the sink takes readings of %s again", self.device.name)
        self._sink_failed = False
        self.reported[reading.point] = reading


def is_change(last: Reading | None, now: Reading, deadband: float) -> bool:
    """Whether a reading is to be reported: the quality or the error changed, or the value by more than the
    dead-band.

    The dead-band is absolute, in the unit of the point, and measured from the last *reported* value, so that
    a slow drift is reported too (OPC UA part 8 defines its absolute deadband so).
    """
    if last is None or last.quality is not now.quality or last.error != now.error:
        return True
    if _is_number(last.value) and _is_number(now.value):
        return abs(now.value - last.value) > deadband
    return last.value != now.value


def _is_number(value: Value | None) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
