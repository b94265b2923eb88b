"""Machines that publish JSON or plain values by MQTT.

Each device has a connection of its own, so that the broker queues for each alone: a machine that floods its topics is
slowed down and no other. What was said while nobody listened is told only as far as the broker retains it.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from lines.adapter import (
    CommandNotVerifiedError,
    CommandRefusedError,
    CommandUnknownError,
    DeviceUnavailableError,
    GarbageError,
    Sample,
)
from lines.device import Device
from lines.mqtt.connection import BrokerConnection, BrokerError, Heard, NotAllowedError, NotSentError
from lines.mqtt.endpoint import parse_access, parse_endpoint
from lines.mqtt.payload import (
    MemberMissingError,
    TopicAddress,
    group_by_topic,
    member,
    parse_pointer,
    parse_topic_address,
    read_json,
    read_plain,
    read_time,
    write_command,
)
from lines.profile import Command, Kind, Point, Value, ValueType
from lines.told import Told
from lines.values import DecodeError, native, to_raw

_HERE = {"online", "true", "1", "on", "connected", "available"}
_TEXT = ValueType(Kind.STRING, 64)
_SETTLE_SECONDS = 0.5
_VERIFY_SECONDS = 5.0


class MqttAdapter:
    """A machine behind a broker (see :class:`lines.adapter.Adapter`).

    Raises ``ValueError`` for an address or an access that is none.
    """

    def __init__(
        self, device: Device, *, timeout_seconds: float = 3.0, verify_seconds: float = _VERIFY_SECONDS
    ) -> None:
        self.device = device
        self.requests = 0
        profile = device.profile
        endpoint = parse_endpoint(device.address)
        self._prefix = endpoint.path
        self._addresses = {point.name: self._address(point.address) for point in profile.points}
        self._topics = group_by_topic(self._addresses)
        self._points = {point.name: point for point in profile.points}
        self._time_pointer = parse_pointer(profile.time_pointer) if profile.time_pointer else None
        self._availability = self._address(profile.availability) if profile.availability else None
        self._is_away: bool | None = None
        self._missing: dict[str, str] = {}
        self._told = Told(profile.points)
        self._verify_seconds = verify_seconds
        self._connection = BrokerConnection(
            endpoint, parse_access(device.access), self._hear, timeout_seconds=timeout_seconds
        )

    async def connect(self) -> None:
        """Connect and ask for every topic; then wait a moment for what the broker retains."""
        self._told.forget()
        self._missing.clear()
        self._is_away = None
        topics = {*self._topics, *([self._availability.topic] if self._availability else [])}
        self.requests += 2
        try:
            await self._connection.connect()
            await self._connection.subscribe(sorted(topics))
        except BrokerError as error:
            is_garbage = self._connection.is_garbage
            await self.close()
            raise (GarbageError if is_garbage else DeviceUnavailableError)(str(error)) from error
        with suppress(TimeoutError):
            async with asyncio.timeout(_SETTLE_SECONDS):
                while not self._told.is_complete or (self._availability is not None and self._is_away is None):
                    await self._told.change()
        self._check()

    async def read(self, points: Sequence[Point]) -> dict[str, Sample]:
        """What each point was last told to be."""
        self._check()
        return self._told.read(points, self._nothing)

    def heard(self) -> tuple[tuple[str, Sample], ...]:
        """Everything that was told since the last call."""
        self._connection.resume()
        return self._told.take()

    async def write(self, command: Command, value: Value) -> None:
        """Publish a command; with ``verify``, wait until the point that shows it does."""
        address = self._address(command.address)
        try:
            raw = native(to_raw(value, command), command.type, command.encoding)
            payload = write_command(address, raw, command.encoding)
        except (ValueError, OverflowError) as error:
            raise CommandRefusedError(f"{self.device.name}: {command.name} = {value!r}: {error}") from error
        told_before = self._told.times(command.shown_by)
        self.requests += 1
        try:
            await self._connection.publish(address.topic, payload)
        except NotAllowedError as error:
            raise CommandRefusedError(f"{self.device.name}: {error}") from error
        except NotSentError as error:
            raise DeviceUnavailableError(f"{self.device.name}: {command.name} was not sent: {error}") from error
        except BrokerError as error:
            raise CommandUnknownError(f"{self.device.name}: {command.name} = {value!r}: {error}") from error
        if command.verify:
            await self._verify(command, value, told_before)

    async def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()

    def _check(self) -> None:
        lost = self._connection.lost
        if lost is not None:
            raise (GarbageError if self._connection.is_garbage else DeviceUnavailableError)(lost)
        if self._is_away:
            raise DeviceUnavailableError(f"the machine is away, says {self._availability}")

    def _address(self, address: str) -> TopicAddress:
        parsed = parse_topic_address(address)
        return TopicAddress(f"{self._prefix}/{parsed.topic}", parsed.pointer) if self._prefix else parsed

    def _nothing(self, point: Point) -> str:
        return self._missing.get(point.name) or f"nothing was heard on {self._addresses[point.name].topic} yet"

    async def _verify(self, command: Command, value: Value, told_before: int) -> None:
        point = command.shown_by
        try:
            async with asyncio.timeout(self._verify_seconds):
                while not self._told.shows(point, value):
                    await self._told.change()
        except TimeoutError as error:
            what = f"{self.device.name}: {command.name} = {value!r} was sent, but {point}"
            if self._told.times(point) == told_before or self._connection.lost is not None:
                raise CommandUnknownError(f"{what} was not heard of since") from error
            raise CommandNotVerifiedError(f"{what} shows {self._told.shown(point)!r}") from error

    def _hear(self, heard: Heard) -> None:
        if self._availability is not None and heard.topic == self._availability.topic:
            self._hear_availability(heard.payload, self._availability)
        names = self._topics.get(heard.topic, [])
        plain = [name for name in names if self._addresses[name].pointer is None]
        self._hear_plain(plain, heard.payload)
        if len(names) > len(plain):
            self._hear_json([name for name in names if name not in plain], heard.payload)
        if self._told.is_full:
            self._connection.pause()

    def _hear_plain(self, names: Sequence[str], payload: bytes) -> None:
        for name in names:
            point = self._points[name]
            try:
                given = read_plain(payload, point.type, point.encoding)
            except DecodeError as error:
                self._told.tell_garbage(name, str(error))
            else:
                self._told.tell(name, given, None)

    def _hear_json(self, names: Sequence[str], payload: bytes) -> None:
        try:
            document = read_json(payload)
        except DecodeError as error:
            for name in names:
                self._told.tell_garbage(name, str(error))
            return
        time = self._time(document)
        for name in names:
            try:
                given = member(document, self._addresses[name].pointer or ())
            except MemberMissingError as error:
                self._missing[name] = str(error)
            else:
                self._told.tell(name, given, time)

    def _time(self, document: object) -> datetime | None:
        """The machine's own time; None where it tells none, or one that nobody can read."""
        if self._time_pointer is None:
            return None
        try:
            return read_time(member(document, self._time_pointer))
        except (MemberMissingError, DecodeError):
            return None

    def _hear_availability(self, payload: bytes, address: TopicAddress) -> None:
        try:
            told = (
                read_plain(payload, _TEXT, "utf-8")
                if address.pointer is None
                else member(read_json(payload), address.pointer)
            )
        except (DecodeError, MemberMissingError):
            return
        if told != "":  # An empty payload takes a retained message back.
            self._is_away = str(told).strip().lower() not in _HERE
            self._told.wake()
