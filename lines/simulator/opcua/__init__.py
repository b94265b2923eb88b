"""A simulated machine as an OPC UA server."""

from lines.simulator.opcua.server import OpcUaServer, ServedMachine

__all__ = ["OpcUaServer", "ServedMachine"]
