"""A simulated machine that is a client of a broker: its connection, what it publishes, what goes wrong with both."""

import asyncio
import logging
import random
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from lines.mqtt.connection import BrokerConnection, BrokerError, Heard, LastWill, NobodyListensError
from lines.mqtt.endpoint import BrokerAccess, BrokerEndpoint
from lines.profile import Value
from lines.simulator.faults import FaultKind
from lines.simulator.line_model import ModelRefusalError
from lines.simulator.machine import SimulatedMachine
from lines.simulator.mangling import SLOW_SECONDS, TOO_SLOW_SECONDS

HEARTBEAT_SECONDS = 2.0
_TICK_SECONDS = 0.1
_RETRY_SECONDS = 0.5
_FLAP_SECONDS = 1.0
_OFF_SECONDS = 1.0
_TRICKLE_SECONDS = 0.02
_AWAY = {FaultKind.CUT, FaultKind.REFUSED}
_HALVES = {FaultKind.HALF, FaultKind.HALF_AND_CUT}

log = logging.getLogger(__name__)


class _CutError(Exception):
    """The connection is to be cut."""


class PublishingMachine(ABC):
    """Publishes the values of a machine whenever they change, and all of them every few seconds.

    Without a broker it tries again and again. ``cut`` and ``refused`` take the machine off the broker, ``hanging`` lets
    it stay and say nothing, ``restarted`` begins a new session. Raises ``ValueError`` for an address that is none.
    """

    qos = 1

    def __init__(
        self,
        machine: SimulatedMachine,
        endpoint: BrokerEndpoint,
        access: BrokerAccess,
        bring_up_to_date: Callable[[], None],
        written: Callable[[], None],
    ) -> None:
        self.machine = machine
        self._endpoint = endpoint
        self._access = access
        self._bring_up_to_date = bring_up_to_date
        self._written = written
        self._connection: BrokerConnection | None = None
        self._heard: deque[Heard] = deque()
        self._running: asyncio.Task[None] | None = None
        self._off_until = 0.0
        self._is_cut = False
        self._everything_at = 0.0
        self._has_warned = False

    def start(self) -> None:
        """Begin to publish."""
        self.machine.faults.watch(self._fault_changed)
        self._running = asyncio.create_task(self._run(), name=f"simulated {self.machine.name}")

    async def close(self) -> None:
        """Leave the broker; safe at any time."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait({self._running})
            self._running = None

    @abstractmethod
    def will(self) -> LastWill | None:
        """What the broker is to publish when the connection breaks; asked for anew at each connection."""

    @abstractmethod
    def topics(self) -> Sequence[str]:
        """The topics of commands."""

    @abstractmethod
    async def greet(self) -> None:
        """Publish what comes first after a connection."""

    @abstractmethod
    async def publish(self, changes: dict[str, Value], *, is_everything: bool) -> None:
        """Publish raw values by point: those that have changed, or all."""

    @abstractmethod
    async def take(self, heard: Heard) -> None:
        """Take a message of a topic of commands."""

    @abstractmethod
    async def farewell(self) -> None:
        """Publish what comes last when the machine is switched off in order."""

    def now(self) -> datetime:
        """The machine's own clock."""
        return datetime.now(UTC) + timedelta(seconds=self.machine.clock_offset_seconds)

    def obey(self, name: str, raw: Value) -> None:
        """Carry out a command, or not where the model refuses it: then its value does not change."""
        try:
            self.machine.write(name, raw)
        except ModelRefusalError as error:
            log.info("%s refused %s: %s", self.machine.name, name, error)
        else:
            self._written()

    async def send(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Publish, as the fault of the moment has it. Raises :class:`BrokerError`."""
        kind = self.machine.fault
        if kind is FaultKind.HANGING or self._connection is None:
            return
        if kind in {FaultKind.SLOW, FaultKind.TOO_SLOW}:
            await asyncio.sleep(SLOW_SECONDS if kind is FaultKind.SLOW else TOO_SLOW_SECONDS)
        if kind is FaultKind.GARBAGE:
            payload = random.randbytes(len(payload))  # noqa: S311 - any bytes will do
        elif kind in _HALVES:
            payload = payload[: len(payload) // 2]
        with suppress(NobodyListensError):
            await self._connection.publish(topic, payload, self.qos, retain=retain)
        if kind is FaultKind.HALF_AND_CUT:
            raise _CutError

    async def _run(self) -> None:
        while True:
            try:
                if self.machine.fault in _AWAY or time.monotonic() < self._off_until:
                    await asyncio.sleep(_TICK_SECONDS)
                    continue
                await self._session()
            except _CutError:
                pass
            except BrokerError as error:
                if not self._has_warned:
                    log.warning("%s cannot publish: %s", self.machine.name, error)
                self._has_warned = True
            except Exception:
                log.exception("%s does not publish by a fault of the simulator", self.machine.name)
            await asyncio.sleep(_RETRY_SECONDS)

    async def _session(self) -> None:
        self._heard.clear()
        self._is_cut = False
        connection = BrokerConnection(self._endpoint, self._access, self._heard.append, will=self.will())
        self._connection = connection
        abruptly = True
        try:
            await connection.connect()
            self._has_warned = False
            if topics := self.topics():
                await connection.subscribe(topics)
            await self.greet()
            await self._keep_publishing(connection)
        except asyncio.CancelledError:
            abruptly = False
            if connection.lost is None:
                await self.farewell()
            raise
        finally:
            self._connection = None
            connection.close(abruptly=abruptly)

    async def _keep_publishing(self, connection: BrokerConnection) -> None:
        began = time.monotonic()
        shown: dict[str, Value] = {}
        self._everything_at = 0.0
        while connection.lost is None and not self._is_cut:
            kind = self.machine.fault
            if kind is FaultKind.FLAPPING and time.monotonic() - began > _FLAP_SECONDS:
                return
            await self._take_all(kind)
            self._bring_up_to_date()
            values = self.machine.values()
            is_everything = time.monotonic() >= self._everything_at
            changes = values if is_everything else {n: v for n, v in values.items() if shown.get(n) != v}
            if is_everything:
                self._everything_at = time.monotonic() + HEARTBEAT_SECONDS
            if changes:
                await self._publish(changes, kind, is_everything=is_everything)
                shown = values
            await asyncio.sleep(_TICK_SECONDS)

    async def _publish(self, changes: dict[str, Value], kind: FaultKind | None, *, is_everything: bool) -> None:
        if kind is not FaultKind.TRICKLING:
            await self.publish(changes, is_everything=is_everything)
            return
        for name, value in changes.items():
            await self.publish({name: value}, is_everything=False)
            await asyncio.sleep(_TRICKLE_SECONDS)

    async def _take_all(self, kind: FaultKind | None) -> None:
        while self._heard:
            heard = self._heard.popleft()
            if kind is not FaultKind.HANGING:
                await self.take(heard)

    def _fault_changed(self, machine: str, kind: FaultKind | None) -> None:
        if machine != self.machine.name:
            return
        self._everything_at = 0.0
        if kind is FaultKind.RESTARTED:
            self._off_until = time.monotonic() + _OFF_SECONDS
        if kind in {*_AWAY, FaultKind.RESTARTED}:
            self._is_cut = True
