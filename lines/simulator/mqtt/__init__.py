"""Simulated machines that publish by MQTT: plain JSON, and Sparkplug B."""

from lines.simulator.mqtt.json_machine import JsonMachine
from lines.simulator.mqtt.server import MqttMachines, SparkplugMachines
from lines.simulator.mqtt.sparkplug_machine import SparkplugMachine

__all__ = ["JsonMachine", "MqttMachines", "SparkplugMachine", "SparkplugMachines"]
