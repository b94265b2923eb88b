"""The inside of a simulated OPC UA server: the nodes that every server has, and writes that are commands."""

import asyncio
from collections.abc import Callable
from functools import cache
from pathlib import Path

from asyncua import ua
from asyncua.crypto.permission_rules import User
from asyncua.server.address_space import AddressSpace, AttributeService, AttributeValue, NodeData
from asyncua.server.internal_server import InternalServer
from asyncua.server.internal_session import InternalSession
from asyncua.server.standard_address_space import standard_address_space

Take = Callable[[ua.NodeId, ua.DataValue], ua.StatusCode | None]
"""Takes a client's write to a node: how it was taken, or None where the node is no command."""


class SimulatedInternals(InternalServer):
    """asyncua's server without the network. Making OPC UA's own six thousand nodes takes seconds: they are made once in
    a process and copied for each server.
    """

    def __init__(self, take: Take) -> None:
        super().__init__()
        self.attribute_service = _Writes(self.aspace, take)
        self.disabled_clock = True
        self._sessions: set[InternalSession] = set()

    async def load_standard_address_space(self, shelf_file: Path | None = None) -> None:
        """Copy the nodes that every server has."""
        self.aspace._nodes.update(_copied(await asyncio.to_thread(_standard_space)))

    def register_external_session(self, session: InternalSession) -> None:
        """Remember a session, to end it when the machine is switched off."""
        self._sessions.add(session)
        super().register_external_session(session)

    def unregister_external_session(self, session: InternalSession) -> None:
        """Forget a session."""
        self._sessions.discard(session)
        super().unregister_external_session(session)

    async def end_subscriptions(self) -> None:
        """Forget all subscriptions without a word, and keep the sessions."""
        await self.subscription_service.delete_subscriptions(list(self.subscription_service.subscriptions))

    async def end_sessions(self) -> None:
        """Forget all sessions and subscriptions, as a machine that is switched off."""
        for session in list(self._sessions):
            await session.close_session(True)


class _Writes(AttributeService):
    def __init__(self, space: AddressSpace, take: Take) -> None:
        super().__init__(space)
        self._take = take

    async def write(self, params: ua.WriteParameters, user: User = User()) -> list[ua.StatusCode]:  # noqa: B008
        results = []
        for item in params.NodesToWrite:
            status = self._take(item.NodeId, item.Value) if item.AttributeId == ua.AttributeIds.Value else None
            if status is None:
                (status,) = await super().write(ua.WriteParameters(NodesToWrite=[item]), user)
            results.append(status)
        return results


@cache
def _standard_space() -> dict[ua.NodeId, NodeData]:
    internals = InternalServer()
    standard_address_space.fill_address_space(internals.node_mgt_service)  # type: ignore[no-untyped-call]
    return dict(internals.aspace._nodes)


def _copied(nodes: dict[ua.NodeId, NodeData]) -> dict[ua.NodeId, NodeData]:
    """Nodes of their own, which share the values: asyncua puts a new value in the place of an old one."""
    copies = {}
    for node_id, node in nodes.items():
        copy = NodeData(node_id)
        copy.attributes = {
            number: AttributeValue(attribute.value)
            for number, attribute in node.attributes.items()
            if attribute.value is not None
        }
        copy.references = list(node.references)
        copy.call = node.call
        copies[node_id] = copy
    return copies
