"""A simulated machine that publishes JSON or plain values, laid out as its profile says."""

import json
from collections.abc import Callable, Sequence

from lines.device import iso_time
from lines.mqtt.connection import Heard, LastWill
from lines.mqtt.endpoint import parse_access, parse_endpoint
from lines.mqtt.payload import (
    MemberMissingError,
    TopicAddress,
    group_by_topic,
    member,
    parse_pointer,
    parse_topic_address,
    put,
    read_json,
    read_plain,
    write_command,
)
from lines.profile import Command, Value
from lines.simulator.machine import SimulatedMachine
from lines.simulator.mqtt.publishing import PublishingMachine
from lines.values import DecodeError, native


class JsonMachine(PublishingMachine):
    """Publishes each topic whole, retained, as soon as one of its values changes."""

    def __init__(
        self, machine: SimulatedMachine, bring_up_to_date: Callable[[], None], written: Callable[[], None]
    ) -> None:
        endpoint = parse_endpoint(machine.device.address)
        super().__init__(machine, endpoint, parse_access(machine.device.access), bring_up_to_date, written)
        self._prefix = endpoint.path
        profile = machine.profile
        self._points = {point.name: self._address(point.address) for point in profile.points}
        self._of_topic = group_by_topic(self._points)
        self._time = parse_pointer(profile.time_pointer) if profile.time_pointer else None
        self._availability = self._address(profile.availability) if profile.availability else None
        self._commands: dict[str, list[tuple[Command, TopicAddress]]] = {}
        for command in profile.commands:
            address = self._address(command.address)
            self._commands.setdefault(address.topic, []).append((command, address))
        self._said: dict[str, Value] = {}

    def will(self) -> LastWill | None:
        """That it is away, where the profile has a place for it."""
        if self._availability is None:
            return None
        return LastWill(self._availability.topic, self._presence(False), retain=True)

    def topics(self) -> Sequence[str]:
        """The topics of its commands."""
        return list(self._commands)

    async def greet(self) -> None:
        """Say that it is there."""
        if self._availability is not None:
            await self.send(self._availability.topic, self._presence(True), retain=True)

    async def farewell(self) -> None:
        """Say that it goes."""
        if self._availability is not None:
            await self.send(self._availability.topic, self._presence(False), retain=True)

    async def publish(self, changes: dict[str, Value], *, is_everything: bool) -> None:
        """Every topic with a change."""
        self._said |= changes
        for topic, names in self._of_topic.items():
            if any(name in changes for name in names):
                await self.send(topic, self._payload(names), retain=True)

    async def take(self, heard: Heard) -> None:
        """The commands of a topic; what cannot be read is passed over."""
        for command, address in self._commands.get(heard.topic, ()):
            try:
                self.obey(command.name, native(_given(heard.payload, command, address), command.type))
            except (DecodeError, MemberMissingError):
                continue

    def _payload(self, names: Sequence[str]) -> bytes:
        plain = [name for name in names if self._points[name].pointer is None]
        if plain:
            return write_command(self._points[plain[0]], self._said.get(plain[0], ""), "utf-8")
        document: dict[str, object] = {}
        for name in names:
            pointer = self._points[name].pointer
            if not pointer:  # The whole document is the value.
                return json.dumps(self._said.get(name), ensure_ascii=False).encode()
            if name in self._said:
                put(document, pointer, self._said[name])
        if self._time:
            put(document, self._time, iso_time(self.now()))
        return json.dumps(document, ensure_ascii=False).encode()

    def _presence(self, is_here: bool) -> bytes:
        if self._availability is None or self._availability.pointer is None:
            return b"online" if is_here else b"offline"
        return write_command(self._availability, is_here, "utf-8")

    def _address(self, address: str) -> TopicAddress:
        parsed = parse_topic_address(address)
        return TopicAddress(f"{self._prefix}/{parsed.topic}", parsed.pointer) if self._prefix else parsed


def _given(payload: bytes, command: Command, address: TopicAddress) -> object:
    if address.pointer is None:
        return read_plain(payload, command.type, command.encoding)
    return member(read_json(payload), address.pointer)
