"""One device: its connection, its polls and what becomes of them. Nothing that happens here stops another device."""

import asyncio
import inspect
import logging
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn

from lines.adapter import (
    Adapter,
    CommandUnknownError,
    DeviceError,
    DeviceUnavailableError,
    GarbageError,
    Sample,
)
from lines.device import Device, DeviceState, DeviceStatus, iso_time
from lines.gateway.backoff import Backoff, Pace
from lines.gateway.changes import Book
from lines.gateway.commanding import allowed_command
from lines.gateway.delivery import Delivery, Sink
from lines.gateway.quarantine import Quarantine
from lines.gateway.schedule import Schedule
from lines.gateway.source_clock import SourceClock
from lines.gateway.tally import PollTimes, StatusSink, Tally
from lines.profile import Point, Value

# An adapter bounds its own waits more tightly; these hold for one that does not.
CONNECT_SECONDS = 20.0
READ_SECONDS = 30.0
WRITE_SECONDS = 15.0
_TURN_SECONDS = 5.0  # A command waits so long for the poll before it.

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all pollers of a gateway share."""

    sink: Sink
    on_status: StatusSink | None
    backoff: Backoff
    pace: Pace
    clock: Callable[[], datetime]
    poll_times: dict[str, PollTimes]


class Poller:
    """Reads one device for as long as :meth:`run` runs, and writes its commands between two polls."""

    def __init__(self, device: Device, adapter: Adapter, surroundings: Surroundings, place: int) -> None:
        self.device = device
        self.tally = Tally(device.name, surroundings.clock())
        self.book = Book(device)
        self._adapter = adapter
        self._around = surroundings
        self._poll_times = surroundings.poll_times.setdefault(device.profile.protocol, PollTimes())
        self._delivery = Delivery(device.name, surroundings.sink)
        self._schedule = Schedule(device.profile, place)
        self._quarantine = Quarantine(point.name for point in device.profile.points)
        self._source_clock = SourceClock()
        self._silence: str | None = None
        self._news_at = surroundings.clock()
        self._lock = asyncio.Lock()
        self._connected = False
        self._failures = 0
        self._random = random.SystemRandom()

    async def run(self) -> NoReturn:
        """Read for ever; ends only when cancelled."""
        try:
            while True:
                error = await self._session()
                self._connected = False
                pause_seconds = await self._settle(error)
                await self._close()
                await asyncio.sleep(pause_seconds)
        finally:
            await self._close()

    async def _settle(self, error: Exception) -> float:
        """What follows a failure, which itself must not end the device's task; the pause, in seconds."""
        try:
            return await self._fail(error)
        except Exception:
            log.exception("the failure of %s could not be told", self.device.name)
            return self._around.backoff.max_seconds

    async def command(self, name: str, value: Value) -> None:
        """Write a command between two polls (see :meth:`lines.gateway.Gateway.command`)."""
        command = allowed_command(self.device, name, value)
        if self._quarantine.holds:
            raise DeviceUnavailableError(f"{self.device.name} is in quarantine; {name} was not written")
        if not self._connected:
            raise DeviceUnavailableError(f"{self.device.name} is not connected; {name} was not written")
        try:
            async with asyncio.timeout(_TURN_SECONDS):
                await self._lock.acquire()
        except TimeoutError as error:
            raise DeviceUnavailableError(f"{self.device.name} is busy; {name} was not written") from error
        try:
            async with asyncio.timeout(WRITE_SECONDS):
                await self._adapter.write(command, value)
        except TimeoutError as error:
            await self._adapter.close()
            raise CommandUnknownError(f"{self.device.name} did not answer to {name} = {value!r}") from error
        finally:
            self._lock.release()

    def status(self) -> DeviceStatus:
        """How it is with the device."""
        offset = self._source_clock.offset
        seconds = None if offset is None else round(offset.total_seconds(), 3)
        return self.tally.status(self._adapter.requests, seconds)

    async def _session(self) -> Exception:
        """Connect and read for as long as the device answers; the reason why it does not any more."""
        try:
            await self._connect()
            await self._poll(self.device.profile.points)
            await self._keep_polling()
        except DeviceError as error:
            return error
        except Exception as error:
            if self.tally.state is not DeviceState.FAILED:
                log.exception("%s failed by a fault in its adapter", self.device.name)
            return error

    async def _close(self) -> None:
        try:
            await self._adapter.close()
        except Exception:
            log.exception("the connection to %s was not closed by a fault in its adapter", self.device.name)

    async def _connect(self) -> None:
        await self._around.pace.turn()
        async with self._lock:
            try:
                async with asyncio.timeout(CONNECT_SECONDS):
                    await self._adapter.connect()
            except TimeoutError as error:
                raise DeviceUnavailableError(f"no connection within {CONNECT_SECONDS:g} s") from error
        self._connected = True
        self._source_clock.forget()
        self._news_at = self._around.clock()

    async def _keep_polling(self) -> NoReturn:
        loop = asyncio.get_running_loop()
        self._schedule.restart(loop.time())
        while True:
            if self._quarantine.holds:
                await asyncio.sleep(self._around.backoff.seldom_seconds(self._random.random()))
                await self._poll(self.device.profile.points)
                self._schedule.restart(loop.time())
                continue
            await asyncio.sleep(self._schedule.due - loop.time())
            points, late = self._schedule.take(loop.time())
            self.tally.late_polls += late
            if points:
                await self._poll(points)

    async def _poll(self, points: Sequence[Point]) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        is_told = await self._tell_heard()
        samples = await self._read(points)
        self.tally.polls += 1
        self._poll_times.add(loop.time() - began)
        now = self._around.clock()
        if await self._is_believed(samples, now):
            await self._tell(samples, now, is_told=is_told)

    async def _read(self, points: Sequence[Point]) -> Mapping[str, Sample]:
        async with self._lock:
            try:
                async with asyncio.timeout(READ_SECONDS):
                    return await self._adapter.read(points)
            except TimeoutError as error:
                raise DeviceUnavailableError(f"no answer within {READ_SECONDS:g} s") from error

    async def _tell_heard(self) -> bool:
        """Report what came by itself; whether something did."""
        heard = self._adapter.heard()
        if not heard or self._quarantine.holds:
            return False
        now = self._around.clock()
        await self._judge_clock(heard, now)
        self._end_silence(now)
        clock = self._source_clock
        await self._delivery.send(self.book.changes(heard, lambda sample: clock.time_of(sample, now, is_told=True)))
        return True

    async def _is_believed(self, samples: Mapping[str, Sample], now: datetime) -> bool:
        """Judge a poll; in quarantine every value is bad."""
        if self._quarantine.holds:
            self._quarantine.judge_again(samples)
        else:
            self._quarantine.judge(samples)
        reason = self._quarantine.reason
        if reason is None:
            return True
        await self._delivery.send(self.book.distrust(reason, now))
        await self._turn(DeviceState.QUARANTINED, now, reason)
        return False

    async def _tell(self, samples: Mapping[str, Sample], now: datetime, *, is_told: bool) -> None:
        """Report the changes of a poll that is believed."""
        self._failures = 0
        if self.device.profile.stale_seconds:
            self._watch_silence(is_told or self.book.has_news(samples.items()), now)
        self.tally.last_heard = self._news_at if self._silence else now
        await self._judge_clock(samples.items(), now)
        clock = self._source_clock
        changes = self.book.changes(samples.items(), lambda sample: clock.time_of(sample, now), self._silence)
        await self._delivery.send(changes)
        await self._turn(DeviceState.CONNECTED, now, self._silence)

    def _watch_silence(self, is_news: bool, now: datetime) -> None:
        if is_news:
            self._end_silence(now)
        elif now < self._news_at:  # Our clock was set back: the silence is measured anew.
            self._news_at = now
        elif not self._silence and (now - self._news_at).total_seconds() > self.device.profile.stale_seconds:
            self._silence = f"it says nothing new since {iso_time(self._news_at)}"
            self.book.compare_again()

    def _end_silence(self, now: datetime) -> None:
        self._news_at = now
        if self._silence:
            self._silence = None
            self.book.compare_again()

    async def _judge_clock(self, samples: Iterable[tuple[str, Sample]], now: datetime) -> None:
        was_wrong = self._source_clock.is_wrong
        self._source_clock.judge(samples, now)
        if self._source_clock.is_wrong is was_wrong:
            return
        offset = self.status().clock_offset_seconds
        if was_wrong:
            log.warning("the clock of %s is right again", self.device.name)
        else:
            log.warning("the clock of %s is off by %s s; readings carry our time", self.device.name, offset)
        await self._tell_status()

    async def _fail(self, error: Exception) -> float:
        """Report that the device failed; the pause until the next attempt, in seconds."""
        try:
            await self._tell_heard()
        except Exception:
            log.exception("what %s told last is lost by a fault in its adapter", self.device.name)
        self._failures += 1
        self.tally.failures += 1
        self._silence = None
        now, chance = self._around.clock(), self._random.random()
        if isinstance(error, GarbageError):
            self._quarantine.begin(str(error))
            await self._delivery.send(self.book.distrust(str(error), now))
            await self._turn(DeviceState.QUARANTINED, now, str(error))
            return self._around.backoff.seldom_seconds(chance)
        reason = str(error) if isinstance(error, DeviceError) else f"fault in the adapter: {error!r}"
        await self._delivery.send(self.book.fail(reason, now))
        await self._turn(DeviceState.FAILED, now, reason, is_logged=not isinstance(error, DeviceError))
        return self._around.backoff.pause_seconds(self._failures, chance)

    async def _turn(self, state: DeviceState, now: datetime, reason: str | None, *, is_logged: bool = False) -> None:
        before = self.tally.state
        if not self.tally.turn(state, now, reason):
            return
        if state is not before and not is_logged:
            self._log(before, state, reason)
        await self._tell_status()

    def _log(self, before: DeviceState, state: DeviceState, reason: str | None) -> None:
        if state is DeviceState.FAILED:
            log.warning("%s failed: %s", self.device.name, reason)
        elif state is DeviceState.QUARANTINED:
            log.warning("%s is in quarantine: %s", self.device.name, reason)
        elif before is not DeviceState.CONNECTING:
            log.warning("%s is back", self.device.name)

    async def _tell_status(self) -> None:
        if self._around.on_status is None:
            return
        try:
            outcome = self._around.on_status(self.status())
            if inspect.isawaitable(outcome):
                await outcome
        except Exception:
            log.exception("nobody took the state of %s", self.device.name)
