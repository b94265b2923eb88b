"""The gateway's process: polls the machines, keeps what they say until the house has it, writes releases."""

from mes.machines.gateway.house import House, HouseAway, HouseRefused
from mes.machines.gateway.line_files import LineFilesError, lines_of
from mes.machines.gateway.process import run_gateway, run_simulator

__all__ = ["House", "HouseAway", "HouseRefused", "LineFilesError", "lines_of", "run_gateway", "run_simulator"]
