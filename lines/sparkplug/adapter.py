"""Machines behind Sparkplug B edge nodes; the gateway is a host application.

Each device has a connection of its own (see :mod:`lines.mqtt.adapter`) and follows its whole node, of whose other
devices only the sequence numbers are looked at.
"""

import asyncio
import random
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from lines.adapter import (
    CommandNotVerifiedError,
    CommandRefusedError,
    CommandUnknownError,
    DeviceUnavailableError,
    GarbageError,
    Sample,
)
from lines.device import Device
from lines.mqtt.connection import BrokerConnection, BrokerError, Heard, NotSentError
from lines.mqtt.endpoint import parse_access
from lines.profile import Command, Point, Value
from lines.sparkplug.node import Definition, NodeSession, parse_target, rebirth_request
from lines.sparkplug.payload import QUALITY_GOOD, DataType, Metric, MetricValue, Payload, encode_payload
from lines.sparkplug.presence import HostPresence, be_present
from lines.sparkplug.wire import WireError
from lines.told import Told, is_same
from lines.values import native, padded_text, to_raw, to_value

HOST_ID = "host_id"
_REBIRTH_PAUSE_SECONDS = 10.0
_BIRTH_SECONDS = 3.0
_TOGETHER_SECONDS = 0.3
_VERIFY_SECONDS = 5.0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FLOATS = {DataType.FLOAT, DataType.DOUBLE}


class SparkplugAdapter:
    """A device behind an edge node, or the node itself (see :class:`lines.adapter.Adapter`).

    Raises ``ValueError`` for an address or an access that is none.
    """

    def __init__(
        self,
        device: Device,
        *,
        timeout_seconds: float = 3.0,
        birth_seconds: float = _BIRTH_SECONDS,
        verify_seconds: float = _VERIFY_SECONDS,
        rebirth_pause_seconds: float = _REBIRTH_PAUSE_SECONDS,
    ) -> None:
        self.device = device
        self.requests = 0
        self._endpoint, self._target = parse_target(device.address)
        self._access = parse_access(device.access, (HOST_ID,))
        self._host_id = device.access.get(HOST_ID, "")
        self._points: dict[str, list[str]] = {}
        for point in device.profile.points:
            self._points.setdefault(point.address, []).append(point.name)
        self._told = Told(device.profile.points)
        self._session = NodeSession(self._target)
        self._commanded = {command.address for command in device.profile.commands}
        self._shown: dict[str, MetricValue | None] = {}
        self._asked_at = float("-inf")
        self._presence: HostPresence | None = None
        self._birth_seconds = birth_seconds
        self._rebirth_pause_seconds = rebirth_pause_seconds
        self._verify_seconds = verify_seconds
        self._connection = BrokerConnection(self._endpoint, self._access, self._hear, timeout_seconds=timeout_seconds)

    async def connect(self) -> None:
        """Connect, ask the node for its births, and wait for that of the device."""
        await self.close()
        self._told.forget()
        self._shown.clear()
        self._session = NodeSession(self._target)
        self._asked_at = float("-inf")
        self.requests += 1
        try:
            await self._connection.connect()
            await self._connection.subscribe([self._target.everything])
            if self._host_id:
                self._presence = await be_present(self._endpoint, self._access, self._host_id)
            await asyncio.sleep(random.random() * _TOGETHER_SECONDS)  # noqa: S311 - one device of many asks, not each
            await self._ask_for_births()
        except BrokerError as error:
            is_garbage = self._connection.is_garbage
            await self.close()
            raise (GarbageError if is_garbage else DeviceUnavailableError)(str(error)) from error
        with suppress(TimeoutError):
            async with asyncio.timeout(self._birth_seconds):
                while self._session.away is not None and self._connection.lost is None:
                    await self._told.change()
        self._check()

    async def read(self, points: Sequence[Point]) -> dict[str, Sample]:
        """What each metric was last told to be."""
        self._check()
        if self._presence is not None:
            await self._presence.ensure()
        if self._session.wants_rebirth is not None:
            with suppress(BrokerError):  # If the connection is lost, the next read says so.
                await self._ask_for_births()
        return self._told.read(points, lambda point: f"the birth of {self._target} has no metric {point.address!r}")

    def heard(self) -> tuple[tuple[str, Sample], ...]:
        """Everything that was told since the last call."""
        self._connection.resume()
        return self._told.take()

    async def write(self, command: Command, value: Value) -> None:
        """Send a command (DCMD, or NCMD to a node); with ``verify``, wait until its metric shows it."""
        self._check()
        payload = self._command(command, value)
        before = self._shown.get(command.address)
        self._shown.pop(command.address, None)
        if before is not None and self._is_shown(command, value, before):
            self._shown[command.address] = before
        self.requests += 1
        try:
            await self._connection.publish(self._target.commands, payload, qos=0)
        except NotSentError as error:
            raise DeviceUnavailableError(f"{self.device.name}: {command.name} was not sent: {error}") from error
        except BrokerError as error:
            raise CommandUnknownError(f"{self.device.name}: {command.name} = {value!r}: {error}") from error
        if command.verify:
            await self._verify(command, value)

    async def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()
        presence, self._presence = self._presence, None
        if presence is not None:
            await presence.leave()

    def _check(self) -> None:
        lost = self._connection.lost
        if lost is not None:
            raise (GarbageError if self._connection.is_garbage else DeviceUnavailableError)(lost)
        if away := self._session.away:
            raise DeviceUnavailableError(away)

    async def _ask_for_births(self) -> None:
        """Ask the node for new births, unless somebody did a moment ago."""
        if time.monotonic() - self._asked_at < self._rebirth_pause_seconds:
            return
        self._asked_at = time.monotonic()
        self.requests += 1
        await self._connection.publish(self._target.node_commands, rebirth_request(_now_ms()), qos=0)

    def _command(self, command: Command, value: Value) -> bytes:
        definition = self._session.metrics.get(command.address)
        what = f"{self.device.name}: {command.name} = {value!r}"
        if definition is None or definition.data_type is None:
            raise CommandRefusedError(f"{what}: the birth of {self._target} has no metric {command.address!r}")
        try:
            raw = native(to_raw(value, command), command.type, command.encoding)
            metric = _commanded_metric(command.address, definition, raw)
            return encode_payload(Payload((metric,), _now_ms()))
        except (ValueError, OverflowError) as error:
            raise CommandRefusedError(f"{what}: {error}") from error

    async def _verify(self, command: Command, value: Value) -> None:
        try:
            async with asyncio.timeout(self._verify_seconds):
                while not self._is_shown(command, value, self._shown.get(command.address)):
                    await self._told.change()
        except TimeoutError as error:
            what = f"{self.device.name}: {command.name} = {value!r} was sent, but {command.address}"
            if command.address not in self._shown or self._connection.lost is not None:
                raise CommandUnknownError(f"{what} was not heard of since") from error
            raise CommandNotVerifiedError(f"{what} shows {self._shown[command.address]!r}") from error

    def _is_shown(self, command: Command, value: Value, shown: MetricValue | None) -> bool:
        if command.shown_by:
            return self._told.shows(command.shown_by, value)
        if shown is None:
            return False
        try:
            return is_same(to_value(native(padded_text(shown), command.type, command.encoding), command), value)
        except (ValueError, OverflowError):
            return False

    def _hear(self, heard: Heard) -> None:
        if heard.topic == self._target.node_commands:
            self._asked_at = max(self._asked_at, time.monotonic())
            return
        try:
            payload = self._session.hear(heard.topic, heard.payload)
        except WireError as error:
            for names in self._points.values():
                for name in names:
                    self._told.tell_garbage(name, f"the payload is not Sparkplug B: {error}")
            return
        if payload is not None:
            self._tell(payload)
        self._told.wake()
        if self._told.is_full:
            self._connection.pause()

    def _tell(self, payload: Payload) -> None:
        for metric in payload.metrics:
            if metric.name in self._commanded and not metric.is_historical:
                self._shown[str(metric.name)] = metric.value
            for name in self._points.get(str(metric.name), ()):
                self._tell_point(name, metric, payload)

    def _tell_point(self, name: str, metric: Metric, payload: Payload) -> None:
        time_ms = metric.time_ms if metric.time_ms is not None else payload.time_ms
        told_at = _time(time_ms)
        if not metric.is_readable:
            self._told.tell_bad(name, "the metric is a data set or a template, which are not read", told_at)
        elif metric.quality not in {None, QUALITY_GOOD}:
            self._told.tell_bad(name, f"the device gives the quality {metric.quality}", told_at)
        else:
            self._told.tell(name, metric.value, told_at, is_current=not metric.is_historical)


def _commanded_metric(name: str, definition: Definition, raw: Value) -> Metric:
    """The metric of a command, by its alias where the birth gave one; in the type and field of the birth."""
    value: MetricValue = raw
    if definition.data_type in _FLOATS and not isinstance(raw, bool | str):
        value = float(raw)
    elif definition.data_type is DataType.BOOLEAN and raw in (0, 1):
        value = bool(raw)
    elif isinstance(raw, bool | float) and raw == int(raw):
        value = int(raw)
    return Metric(
        None if definition.alias is not None else name,
        value,
        definition.data_type,
        definition.alias,
        _now_ms(),
        field=definition.field,
    )


def _now_ms() -> int:
    return int(time.time() * 1000)


def _time(time_ms: int | None) -> datetime | None:
    if time_ms is None:
        return None
    try:
        return _EPOCH + timedelta(milliseconds=time_ms)
    except OverflowError:
        return None
