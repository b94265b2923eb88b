"""The gateway: every device in a task of its own, none able to stop another."""

from lines.gateway.gateway import Backoff, Gateway, Sink, is_change

__all__ = ["Backoff", "Gateway", "Sink", "is_change"]
