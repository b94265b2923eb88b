"""The physics of the simulated machines, by class of machine."""

from collections.abc import Mapping

from lines.simulator.equipment.base import GRID_MS, BesideMachine, Equipment, Site
from lines.simulator.equipment.concrete import BatchingPlant, Spreader
from lines.simulator.equipment.curing import Chamber, PrecuringChamber
from lines.simulator.equipment.energy import EnergyMeter
from lines.simulator.equipment.mesh import MeshWelder

EQUIPMENT: Mapping[str, type[Equipment]] = {
    "concrete-spreader": Spreader,
    "batching-plant": BatchingPlant,
    "curing-chamber": Chamber,
    "precuring-chamber": PrecuringChamber,
    "mesh-welder": MeshWelder,
    "energy-meter": EnergyMeter,
}
"""What a class of machine is simulated by; every other has settings only."""

__all__ = ["EQUIPMENT", "GRID_MS", "BesideMachine", "Equipment", "Site"]
