"""The OPC UA adapter: told of changes by subscriptions, it answers reads from what it was told.

Guarantees: every wait is bounded; a server that hangs is noticed, as it is asked how it is at least once a second;
a change that was told is handed over once and in order; after each connect everything is made anew.
"""

import asyncio
import logging
import math
from collections import deque
from collections.abc import Mapping, Sequence

from asyncua import ua

from lines.adapter import DeviceUnavailableError, Sample
from lines.device import Device
from lines.opcua import commanding
from lines.opcua.access import parse_access
from lines.opcua.addresses import UnknownNamespaceError, parse_endpoint, parse_node, standard_node
from lines.opcua.connection import Connection, ServiceRefusedError
from lines.opcua.samples import sample_of
from lines.opcua.subscriptions import Subscriptions
from lines.profile import Command, Point, Value

MOST_HEARD = 20_000
"""Changes that wait to be fetched; of more, the oldest are lost."""
_PROOF_SECONDS = 1.0
_SESSION_INTERVALS = 3.0
_MOST_NODES = 500
_STATE = ua.ReadValueId(standard_node(ua.ObjectIds.Server_ServerStatus_State), ua.AttributeIds.Value)
_ABOUT = [
    ua.ReadValueId(standard_node(number), ua.AttributeIds.Value)
    for number in (
        ua.ObjectIds.Server_NamespaceArray,
        ua.ObjectIds.Server_ServerCapabilities_OperationLimits_MaxNodesPerRead,
        ua.ObjectIds.Server_ServerCapabilities_OperationLimits_MaxMonitoredItemsPerCall,
    )
]
_OUT_OF_WORK = {
    ua.ServerState.Failed,
    ua.ServerState.NoConfiguration,
    ua.ServerState.Suspended,
    ua.ServerState.Shutdown,
    ua.ServerState.CommunicationFault,
}

log = logging.getLogger(__name__)


class OpcUaAdapter:
    """A connection to one OPC UA server (see :class:`lines.adapter.Adapter`).

    ``connect_seconds`` bounds a connect, ``read_seconds`` every request; ``channel_seconds`` is the life of the keys of
    the channel, which are renewed in time. Raises ``ValueError`` for an address, a node id or an access entry that is
    none.
    """

    def __init__(
        self,
        device: Device,
        *,
        connect_seconds: float = 10.0,
        read_seconds: float = 2.0,
        channel_seconds: float = 3600.0,
    ) -> None:
        parse_endpoint(device.address)
        self.device = device
        self.requests = 0
        self._addresses = {point.name: parse_node(point.address) for point in device.profile.points}
        self._connect_seconds = connect_seconds
        longest = max((device.profile.interval_seconds(point.poll) for point in device.profile.points), default=0.0)
        self._connection = Connection(
            device.address,
            parse_access(device.access),
            answer_seconds=read_seconds,
            session_seconds=longest * _SESSION_INTERVALS,
            channel_seconds=channel_seconds,
            count=self._count,
        )
        self._subscriptions = self._new_subscriptions()
        self._namespaces: list[str] = []
        self._nodes: dict[str, ua.NodeId] = {}
        self._told: set[str] = set()
        self._samples: dict[str, Sample] = {}
        self._heard: deque[tuple[str, Sample]] = deque(maxlen=MOST_HEARD)
        self._proved_at = -math.inf
        self._most_read = _MOST_NODES

    async def connect(self) -> None:
        """Connect anew, look namespaces up and subscribe; what was known of the server is forgotten."""
        try:
            async with asyncio.timeout(self._connect_seconds):
                await self._connection.open(self._connect_seconds)
                self._forget()
                most_items = await self._learn()
                self._told = await self._subscriptions.start(self._nodes, most_items)
        except TimeoutError as error:
            await self._connection.close(is_sound=False)
            raise DeviceUnavailableError(f"no connection to {self.device.address} in time") from error
        except ServiceRefusedError as error:
            await self._connection.close()
            raise DeviceUnavailableError(f"{self.device.address} refuses to say what it is: {error}") from error
        except BaseException:
            await self._connection.close(is_sound=False)
            raise

    async def close(self) -> None:
        """Close the session if there is one."""
        await self._connection.close()

    async def read(self, points: Sequence[Point]) -> Mapping[str, Sample]:
        """The last samples that :meth:`heard` handed over; what was never told is read."""
        try:
            self._subscriptions.check()
            await self._connection.keep()
            await self._ask([point for point in points if self._is_to_be_read(point.name)])
        except ServiceRefusedError as error:
            await self._connection.close()
            raise DeviceUnavailableError(f"{self.device.address} refuses to be read: {error}") from error
        except BaseException:
            await self._connection.close(is_sound=False)
            raise
        return {point.name: self._samples[point.name] for point in points}

    def heard(self) -> Sequence[tuple[str, Sample]]:
        """What was told since the last call, in the order in which it came; :meth:`read` knows it from now on."""
        heard = list(self._heard)
        if len(heard) == MOST_HEARD:
            log.warning("%s told more than %d changes at once; the oldest are lost", self.device.name, MOST_HEARD)
        self._heard.clear()
        self._samples.update(heard)
        return heard

    async def write(self, command: Command, value: Value) -> None:
        """Write a command as the type that the node has, and see it shown if its profile says so."""
        await commanding.write(self._connection, self._namespaces, self.device.name, command, value)

    def _count(self) -> None:
        self.requests += 1

    def _new_subscriptions(self) -> Subscriptions:
        return Subscriptions(self._connection, self.device.profile, self._hear)

    def _forget(self) -> None:
        self._subscriptions = self._new_subscriptions()
        self._nodes.clear()
        self._samples.clear()
        self._told = set()
        self._proved_at = -math.inf

    def _hear(self, point: Point, told: ua.DataValue) -> None:
        sample = sample_of(point, told)
        self._samples.setdefault(point.name, sample)
        self._heard.append((point.name, sample))

    async def _learn(self) -> int:
        """Ask for the namespaces, of which node ids are made, and for limits; the most items of one subscribing."""
        namespaces, most_read, most_items = await self._connection.read(_ABOUT)
        self._namespaces = _texts(namespaces)
        self._most_read = _limit(most_read)
        for name, address in self._addresses.items():
            try:
                self._nodes[name] = address.node_id(self._namespaces)
            except UnknownNamespaceError as error:
                self._samples[name] = Sample(None, str(error))
        return _limit(most_items)

    def _is_to_be_read(self, name: str) -> bool:
        return name in self._nodes and (name not in self._told or name not in self._samples)

    async def _ask(self, points: Sequence[Point]) -> None:
        """Read points, and how the server is: unless it spoke just now and there is nothing to read."""
        now = asyncio.get_running_loop().time()
        is_proved = now - max(self._proved_at, self._subscriptions.told_at) < _PROOF_SECONDS
        if not points and is_proved:
            return
        for first in range(0, max(1, len(points)), self._most_read):
            part = points[first : first + self._most_read]
            nodes = [ua.ReadValueId(self._nodes[point.name], ua.AttributeIds.Value) for point in part]
            state, *values = await self._connection.read([_STATE, *nodes])
            self._check_state(state)
            for point, told in zip(part, values, strict=True):
                if point.name in self._told:
                    self._samples.setdefault(point.name, sample_of(point, told))
                else:
                    self._samples[point.name] = sample_of(point, told)
        self._proved_at = asyncio.get_running_loop().time()

    def _check_state(self, told: ua.DataValue) -> None:
        """A server that is not at work has nothing to say about its machine; one that hides its state may have."""
        given = told.Value.Value if told.Value is not None else None
        if isinstance(given, int) and given in set(_OUT_OF_WORK):
            raise DeviceUnavailableError(f"{self.device.address} says that its state is {ua.ServerState(given).name}")


def _texts(told: ua.DataValue) -> list[str]:
    given = told.Value.Value if told.Value is not None else None
    return [str(uri) for uri in given] if isinstance(given, list) else []


def _limit(told: ua.DataValue) -> int:
    """A limit of nodes in a request, less one for the server's state; 0 or no answer means that there is none."""
    given = told.Value.Value if told.Value is not None else None
    return max(1, min(given - 1, _MOST_NODES)) if isinstance(given, int) and given > 0 else _MOST_NODES
