"""Which server shows simulated machines in which protocol.

To add one: write a class with the shape of :class:`MachineServer` and add its row to ``SERVERS``.
"""

from collections.abc import Callable, Mapping
from typing import Protocol

from lines.simulator.machine import NotSimulatedError
from lines.simulator.modbus_server import ModbusTcpServer
from lines.simulator.mqtt import MqttMachines, SparkplugMachines
from lines.simulator.opcua.placed import OpcUaMachines
from lines.simulator.placement import Placement
from lines.simulator.rtu_server import ModbusRtuServer


class MachineServer(Protocol):
    """Shows the machines of one address in their protocol, with the faults that ``machine.fault`` asks for.

    It shows ``machine.values()`` (raw values by name) as they are after ``bring_up_to_date``, hands commands to
    ``machine.write`` and calls ``written`` before it confirms them. What the clock of a machine tells is off by
    ``machine.clock_offset_seconds``.
    """

    async def open(self) -> str:
        """Begin to serve; gives the address, which is another than asked for where that left the port open (port 0).

        Raises ``OSError`` where it cannot be served.
        """

    def tick(self) -> None:
        """Called some twenty times a second, for what goes on by itself."""

    async def close(self) -> None:
        """Stop, leaving nothing behind; safe at any time."""


MakeServer = Callable[[Placement, Callable[[], None], Callable[[], None]], MachineServer]
"""Makes a server of a placement, what brings its machines up to date, and what is called after a command."""

SERVERS: Mapping[str, MakeServer] = {
    "modbus-tcp": ModbusTcpServer,
    "modbus-rtu": ModbusRtuServer,
    "opcua": OpcUaMachines,
    "mqtt": MqttMachines,
    "sparkplug": SparkplugMachines,
}


def make_server(place: Placement, bring_up_to_date: Callable[[], None], written: Callable[[], None]) -> MachineServer:
    """A server for the placement. Raises :class:`NotSimulatedError` for a protocol that is not simulated."""
    if place.protocol not in SERVERS:
        raise NotSimulatedError(f"the simulator does not speak {place.protocol} (it speaks: {', '.join(SERVERS)})")
    return SERVERS[place.protocol](place, bring_up_to_date, written)
