"""A simulated machine that is a Sparkplug B edge node of its own, or a device behind one."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from lines.mqtt.connection import Heard, LastWill
from lines.mqtt.endpoint import parse_access
from lines.profile import Command, Kind, Point, Value
from lines.simulator.machine import SimulatedMachine
from lines.simulator.mqtt.publishing import PublishingMachine
from lines.sparkplug.node import REBIRTH, Target, parse_target
from lines.sparkplug.payload import DataType, Metric, Payload, decode_payload, encode_payload
from lines.sparkplug.wire import WireError
from lines.values import DecodeError, native

_TYPES = {
    Kind.BOOL: DataType.BOOLEAN,
    Kind.BIT: DataType.BOOLEAN,
    Kind.U16: DataType.UINT16,
    Kind.BCD16: DataType.UINT16,
    Kind.S16: DataType.INT16,
    Kind.U32: DataType.UINT32,
    Kind.S32: DataType.INT32,
    Kind.U64: DataType.UINT64,
    Kind.F32: DataType.FLOAT,
    Kind.F64: DataType.DOUBLE,
    Kind.STRING: DataType.STRING,
}


class SparkplugMachine(PublishingMachine):
    """Births, data by alias and deaths, each session with the next bdSeq. An edge node serves one machine here."""

    qos = 0

    def __init__(
        self, machine: SimulatedMachine, bring_up_to_date: Callable[[], None], written: Callable[[], None]
    ) -> None:
        endpoint, self._target = parse_target(machine.device.address)
        access = parse_access(machine.device.access, ("host_id",))
        super().__init__(machine, endpoint, access, bring_up_to_date, written)
        self._node = Target(self._target.group, self._target.node)
        self._bd_seq = -1
        self._seq = 0
        entries: list[Point | Command] = [*machine.profile.points, *machine.profile.commands]
        self._entries = {entry.address: entry for entry in reversed(entries)}
        self._aliases = {address: alias for alias, address in enumerate(sorted(self._entries), start=1)}
        self._commands = {command.address: command for command in machine.profile.commands}

    def will(self) -> LastWill:
        """The death of the node, with the bdSeq of the births to come."""
        self._bd_seq = (self._bd_seq + 1) % 256
        return LastWill(self._node.topic("NDEATH"), self._death())

    def topics(self) -> Sequence[str]:
        """The node's commands and the device's."""
        return sorted({self._target.node_commands, self._target.commands})

    async def greet(self) -> None:
        """The births."""
        self._seq = 0
        metrics = [self._bd_seq_metric(), Metric(REBIRTH, False, DataType.BOOLEAN)]
        if self._target.device is None:
            metrics += self._born()
        await self._send_counted(self._node, "NBIRTH", metrics)
        if self._target.device is not None:
            await self._send_counted(self._target, "DBIRTH", self._born())

    async def farewell(self) -> None:
        """The node's death, which the broker does not publish after a goodbye."""
        await self.send(self._node.topic("NDEATH"), self._death())

    async def publish(self, changes: dict[str, Value], *, is_everything: bool) -> None:
        """The metrics of the points, by alias."""
        points = [point for point in self.machine.profile.points if point.name in changes]
        metrics = [replace(self._metric(point, changes[point.name]), name=None) for point in points]
        await self._send_counted(self._target, "NDATA" if self._target.device is None else "DDATA", metrics)

    async def take(self, heard: Heard) -> None:
        """A command, or the request for new births; what cannot be read is passed over."""
        try:
            payload = decode_payload(heard.payload)
        except WireError:
            return
        for metric in payload.metrics:
            if metric.name == REBIRTH:
                await self.greet()
            elif command := self._command(metric):
                try:
                    self.obey(command.name, native(metric.value, command.type))
                except DecodeError:
                    continue

    def _command(self, metric: Metric) -> Command | None:
        name = metric.name
        if name is None:
            name = next((known for known, alias in self._aliases.items() if alias == metric.alias), None)
        return self._commands.get(name) if name is not None else None

    def _born(self) -> list[Metric]:
        return [self._metric(entry, self.machine.raw(entry)) for entry in self._entries.values()]

    def _metric(self, entry: Point | Command, raw: Value) -> Metric:
        alias = self._aliases[entry.address]
        if isinstance(raw, str) != (entry.type.kind is Kind.STRING):  # another type, which a fault may ask for
            kind = DataType.STRING if isinstance(raw, str) else DataType.DOUBLE
            return Metric(entry.address, raw if isinstance(raw, str) else float(raw), kind, alias, self._now_ms())
        metric = Metric(entry.address, raw, _TYPES[entry.type.kind], alias, self._now_ms())
        try:
            encode_payload(Payload((metric,)))
        except ValueError:  # an impossible value, which a fault may ask for
            return replace(metric, value=float(raw), data_type=DataType.DOUBLE)
        return metric

    async def _send_counted(self, target: Target, kind: str, metrics: Sequence[Metric]) -> None:
        payload = Payload(tuple(metrics), self._now_ms(), self._seq)
        self._seq = (self._seq + 1) % 256
        await self.send(target.topic(kind), encode_payload(payload))

    def _death(self) -> bytes:
        return encode_payload(Payload((self._bd_seq_metric(),), self._now_ms()))

    def _bd_seq_metric(self) -> Metric:
        return Metric("bdSeq", self._bd_seq, DataType.UINT64)

    def _now_ms(self) -> int:
        return int(self.now().timestamp() * 1000)
