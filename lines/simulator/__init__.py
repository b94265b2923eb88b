"""A simulated production line: a physical model behind real protocols, with faults on command."""

from lines.simulator.faults import FAULTS, FaultBoard, FaultKind, FaultRefusedError, faults_of
from lines.simulator.line_model import ForeignStateError, LineModel, ModelRefusalError
from lines.simulator.machine import NotSimulatedError, SimulatedMachine
from lines.simulator.plant_model import PlantModel, line_model
from lines.simulator.server import SimulatedLine, SimulatorError
from lines.simulator.station_model import StationPlan, StationView

__all__ = [
    "FAULTS",
    "FaultBoard",
    "FaultKind",
    "FaultRefusedError",
    "ForeignStateError",
    "LineModel",
    "ModelRefusalError",
    "NotSimulatedError",
    "PlantModel",
    "SimulatedLine",
    "SimulatedMachine",
    "SimulatorError",
    "StationPlan",
    "StationView",
    "faults_of",
    "line_model",
]
