"""OPC UA: node ids and endpoints, access, subscriptions, commands, and the adapter on asyncua."""

from lines.opcua.adapter import OpcUaAdapter

__all__ = ["OpcUaAdapter"]
