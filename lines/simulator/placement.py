"""Where simulated machines are served."""

from dataclasses import dataclass

from lines.simulator.machine import SimulatedMachine


@dataclass
class Placement:
    """Machines that are served together: their protocol, the address asked for, and each with its unit."""

    protocol: str
    address: str
    machines: list[tuple[int, SimulatedMachine]]
