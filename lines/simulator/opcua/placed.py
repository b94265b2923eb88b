"""Where a simulated line serves a machine by OPC UA."""

from collections.abc import Callable

from lines.simulator.machine import NotSimulatedError
from lines.simulator.opcua.server import OpcUaServer
from lines.simulator.placement import Placement


class OpcUaMachines:
    """The server of one machine; see :class:`lines.simulator.servers.MachineServer`.

    Raises :class:`NotSimulatedError` for several machines at one address, as each is a server of its own.
    """

    def __init__(self, place: Placement, _bring_up_to_date: Callable[[], None], _written: Callable[[], None]) -> None:
        if len(place.machines) > 1:
            names = ", ".join(machine.name for _, machine in place.machines)
            raise NotSimulatedError(f"each simulated OPC UA machine needs an address of its own, unlike {names}")
        self._address = place.address
        self._server = OpcUaServer(place.machines[0][1])
        self._is_open = False

    async def open(self) -> str:
        """Begin to serve; gives the address. Raises ``OSError``."""
        address = await self._server.listen(self._address)
        self._is_open = True
        return address

    def tick(self) -> None:
        """The server looks at its machine by itself."""

    async def close(self) -> None:
        """Stop serving."""
        if self._is_open:
            self._is_open = False
            await self._server.close()
