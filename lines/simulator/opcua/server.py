"""A simulated machine as an OPC UA server, whose address space follows the machine's profile.

The faults of the way to it are made in a gate before the server, those of values by the machine itself; what only OPC
UA knows (status codes, types, refused subscriptions) is made here.
"""

import asyncio
import logging
import math
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Protocol, cast

from asyncua import Server, ua
from asyncua.common.node import Node

from lines.opcua.addresses import NodeAddress, endpoint_url, parse_endpoint, parse_node, standard_node
from lines.opcua.samples import INTEGERS
from lines.profile import Command, Kind, Point, Profile, Value
from lines.simulator.faults import FaultBoard, FaultKind
from lines.simulator.opcua.address_space import SimulatedInternals
from lines.simulator.opcua.gate import Gate

_TICK_SECONDS = 0.05
_FLAP_SECONDS = 0.25
_OFF_SECONDS = 0.5  # A restarting machine cannot be reached for so long.
_URI = "urn:precast-mes:simulated-machine"
_MOST_SUBSCRIPTIONS = 1000
_TYPES = {
    Kind.BOOL: ua.VariantType.Boolean,
    Kind.U16: ua.VariantType.UInt16,
    Kind.S16: ua.VariantType.Int16,
    Kind.U32: ua.VariantType.UInt32,
    Kind.S32: ua.VariantType.Int32,
    Kind.U64: ua.VariantType.UInt64,
    Kind.F32: ua.VariantType.Float,
    Kind.F64: ua.VariantType.Double,
    Kind.STRING: ua.VariantType.String,
}

logging.getLogger("asyncua").setLevel(logging.CRITICAL + 1)  # It would report each fault that is meant.


class ServedMachine(Protocol):
    """What the server needs of a machine: see :class:`lines.simulator.machine.SimulatedMachine`."""

    @property
    def name(self) -> str:
        """The machine's name in the factory."""

    @property
    def profile(self) -> Profile:
        """What it offers and takes."""

    @property
    def faults(self) -> FaultBoard:
        """What is wrong, with it and others."""

    @property
    def fault(self) -> FaultKind | None:
        """What is wrong with it now."""

    @property
    def clock_offset_seconds(self) -> float:
        """How far its clock runs ahead."""

    def raw(self, entry: Point | Command) -> Value:
        """What it says for a point or a command's place, unscaled and unmapped."""

    def write(self, name: str, raw: Value) -> None:
        """Take a command's raw value. Raises ``ValueError``, changing nothing."""


class OpcUaServer:
    """Serves one machine::

        server = OpcUaServer(machine)
        address = await server.listen("opc.tcp://127.0.0.1:0/robot")
        …
        await server.close()

    ``status`` is the name of a status code that every value has instead of a value, such as ``BadSensorFailure``;
    ``refuses_subscriptions`` is what it says.
    """

    def __init__(self, machine: ServedMachine) -> None:
        self.machine = machine
        self.status: str | None = None
        self._internals = SimulatedInternals(self._take)
        self._server = Server(self._internals)
        self._gate = Gate(lambda: machine.fault)
        self._entries: dict[ua.NodeId, Point | Command] = {}
        self._commands: dict[ua.NodeId, Command] = {}
        self._shown: dict[ua.NodeId, tuple[object, ...]] = {}
        self._running: asyncio.Task[None] | None = None
        self._off_until = 0.0
        self._flapped_at = 0.0

    @property
    def refuses_subscriptions(self) -> bool:
        """Whether no subscription can be made."""
        return self._internals.max_subscriptions == 0

    @refuses_subscriptions.setter
    def refuses_subscriptions(self, refuses: bool) -> None:
        self._internals.max_subscriptions = 0 if refuses else _MOST_SUBSCRIPTIONS

    async def listen(self, address: str) -> str:
        """Begin to serve; gives the address with its port, which is a free one for port 0. Raises ``OSError``, and
        ``ValueError`` for an address that is none.
        """
        host, _, path = parse_endpoint(address)
        port = int(endpoint_url(address).rpartition(":")[2].partition("/")[0])
        await self._server.init()
        self._server.set_endpoint(f"opc.tcp://127.0.0.1:0{path}")
        self._server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
        await self._build()
        await self._server.start()
        if self._server.bserver is None:
            raise OSError("the server did not start")
        try:
            port = await self._gate.open(host, port, self._server.bserver.port)
        except OSError:
            await self._server.stop()
            raise
        self.machine.faults.watch(self._fault_changed)
        self._running = asyncio.create_task(self._run(), name=f"simulated {self.machine.name}")
        return f"opc.tcp://{f'[{host}]' if ':' in host else host}:{port}{path}"

    async def close(self) -> None:
        """Stop serving, and cut all connections."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait({self._running})
        await self._gate.close()
        await self._internals.end_sessions()
        await self._server.stop()

    async def forget_subscriptions(self) -> None:
        """Tell nobody anything any more, as a server does that lost its subscriptions; it still answers."""
        await self._internals.end_subscriptions()

    async def forget_sessions(self) -> None:
        """Know nobody any more, as a server does that was restarted behind a connection that lasts."""
        await self._internals.end_sessions()

    async def _build(self) -> None:
        """Make a node for each address of the profile, and the namespaces that they name."""
        namespaces = await self._namespaces()
        objects = self._server.get_objects_node()
        folder = await objects.add_object(ua.NodeId(ua.String(self.machine.name), ua.Int16(1)), self.machine.name)
        for entry in self._all_entries():
            node_id = parse_node(entry.address).node_id(namespaces)
            if isinstance(entry, Command):
                self._commands[node_id] = entry
            if node_id not in self._entries:
                self._entries[node_id] = entry
                await self._add(folder, node_id, entry)
        for node_id in self._commands:
            await self._server.get_node(node_id).set_writable()
        current_time = standard_node(ua.ObjectIds.Server_ServerStatus_CurrentTime)
        self._server.set_attribute_value_callback(current_time, lambda _node, _attribute: self._time_told())

    async def _namespaces(self) -> list[str]:
        await self._server.set_application_uri(_URI)
        addresses = [parse_node(entry.address) for entry in self._all_entries()]
        for index in range(2, max((address.index for address in addresses), default=0) + 1):
            await self._server.register_namespace(f"{_URI}:{index}")
        for uri in dict.fromkeys(_uris(addresses)):
            await self._server.register_namespace(uri)
        return await self._server.get_namespace_array()

    def _all_entries(self) -> Iterator[Point | Command]:
        yield from self.machine.profile.points
        yield from self.machine.profile.commands

    async def _add(self, folder: Node, node_id: ua.NodeId, entry: Point | Command) -> None:
        variant = self._variant(entry, self.machine.raw(entry))
        name = ua.QualifiedName(entry.name, node_id.NamespaceIndex)
        await folder.add_variable(node_id, name, variant, datatype=standard_node(_TYPES[entry.type.kind].value))

    async def _run(self) -> None:
        while True:
            now = asyncio.get_running_loop().time()
            if self.machine.fault is FaultKind.FLAPPING and now - self._flapped_at > _FLAP_SECONDS:
                self._flapped_at = now
                self._gate.cut()
            await self._open_or_not(now)
            await self._show()
            await asyncio.sleep(_TICK_SECONDS)

    async def _open_or_not(self, now: float) -> None:
        """A machine that is off or refuses connections does not listen."""
        if now < self._off_until or self.machine.fault is FaultKind.REFUSED:
            if self._gate.is_open:
                self._gate.shut()
                await self._internals.end_sessions()
        elif not self._gate.is_open:
            with suppress(OSError):  # The port is tried again at the next tick.
                await self._gate.open_again()

    async def _show(self) -> None:
        """Tell of what has changed since the last tick."""
        for node_id, entry in self._entries.items():
            raw = self.machine.raw(entry)
            shown = (raw, self.status)
            if self._shown.get(node_id) == shown:
                continue
            self._shown[node_id] = shown
            # asyncua keeps a value's type for ever, unless there is none.
            self._internals.aspace[node_id].attributes[ua.AttributeIds.Value].value = None
            await self._server.write_attribute_value(node_id, self._told(entry, raw))

    def _told(self, entry: Point | Command, raw: Value) -> ua.DataValue:
        time = self._time()
        status = ua.StatusCode() if self.status is None else ua.StatusCode(getattr(ua.StatusCodes, self.status))
        return ua.DataValue(self._variant(entry, raw), status, SourceTimestamp=time, ServerTimestamp=time)

    def _variant(self, entry: Point | Command, raw: Value) -> ua.Variant:
        """The value as its node's type, or as it is where a fault makes one that the type cannot hold."""
        kind = _TYPES[entry.type.kind]
        if isinstance(raw, str) or kind is ua.VariantType.String:
            return ua.Variant(raw)
        low, high = INTEGERS.get(kind, (-math.inf, math.inf))
        return ua.Variant(raw, kind) if low <= raw <= high else ua.Variant(round(raw), ua.VariantType.Int64)

    def _time(self) -> ua.DateTime:
        """The machine's own clock."""
        now = datetime.now(UTC) + timedelta(seconds=self.machine.clock_offset_seconds)
        return cast(ua.DateTime, now)

    def _time_told(self) -> ua.DataValue:
        return ua.DataValue(ua.Variant(self._time(), ua.VariantType.DateTime))

    def _take(self, node_id: ua.NodeId, told: ua.DataValue) -> ua.StatusCode | None:
        """A client's write to a node: carried out at once, or refused with a status code."""
        command = self._commands.get(node_id)
        if command is None:
            return None
        variant = told.Value
        if variant is None or variant.VariantType is not _TYPES[command.type.kind]:
            return ua.StatusCode(ua.UInt32(ua.StatusCodes.BadTypeMismatch))
        try:
            self.machine.write(command.name, variant.Value)
        except ValueError:
            return ua.StatusCode(ua.UInt32(ua.StatusCodes.BadOutOfRange))
        entry = self._entries[node_id]
        value = self._internals.aspace[node_id].attributes[ua.AttributeIds.Value]
        value.value = self._told(entry, self.machine.raw(entry))  # What is read back at once; told of at the next tick.
        return ua.StatusCode()

    def _fault_changed(self, machine: str, kind: FaultKind | None) -> None:
        if machine != self.machine.name:
            return
        if kind is FaultKind.RESTARTED:
            self._off_until = asyncio.get_running_loop().time() + _OFF_SECONDS
            self._gate.shut()
        elif kind in {FaultKind.CUT, FaultKind.FLAPPING}:
            self._gate.cut()


def _uris(addresses: list[NodeAddress]) -> Iterator[str]:
    return (address.uri for address in addresses if address.uri is not None)
