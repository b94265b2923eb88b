"""Modbus TCP and RTU: addresses, the codec of registers, block reads, and the adapter on pymodbus."""

from lines.modbus.adapter import ModbusAdapter
from lines.modbus.endpoint import parse_host

__all__ = ["ModbusAdapter", "parse_host"]
