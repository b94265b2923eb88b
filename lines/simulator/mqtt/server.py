"""Simulated machines of one address at a broker, in the shape that the simulator asks of every protocol."""

from collections.abc import Callable

from lines.simulator.mqtt.json_machine import JsonMachine
from lines.simulator.mqtt.publishing import PublishingMachine
from lines.simulator.mqtt.sparkplug_machine import SparkplugMachine
from lines.simulator.placement import Placement

_Make = Callable[..., PublishingMachine]


class BrokerMachines:
    """Each machine is a client of the broker by itself (see :class:`lines.simulator.servers.MachineServer`)."""

    make: _Make

    def __init__(self, place: Placement, bring_up_to_date: Callable[[], None], written: Callable[[], None]) -> None:
        self._address = place.address
        self._machines = [type(self).make(machine, bring_up_to_date, written) for _, machine in place.machines]

    async def open(self) -> str:
        """Begin to publish, as soon as there is a broker."""
        for machine in self._machines:
            machine.start()
        return self._address

    def tick(self) -> None:
        """Nothing: each machine has a task of its own."""

    async def close(self) -> None:
        """Leave the broker."""
        for machine in self._machines:
            await machine.close()


class MqttMachines(BrokerMachines):
    """Machines that publish JSON."""

    make = JsonMachine


class SparkplugMachines(BrokerMachines):
    """Machines that speak Sparkplug B."""

    make = SparkplugMachine
