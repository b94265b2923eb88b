"""A simulated production line: a physical model behind a real Modbus TCP server."""

from lines.simulator.line_model import ForeignStateError, LineModel, ModelRefusalError
from lines.simulator.server import SimulatedLine, SimulatorError, line_model
from lines.simulator.station_image import NotSimulatedError, StationImage
from lines.simulator.station_model import StationPlan, StationView

__all__ = [
    "ForeignStateError",
    "LineModel",
    "ModelRefusalError",
    "NotSimulatedError",
    "SimulatedLine",
    "SimulatorError",
    "StationImage",
    "StationPlan",
    "StationView",
    "line_model",
]
