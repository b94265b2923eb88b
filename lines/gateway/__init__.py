"""The gateway: every device in a task of its own, none able to stop another."""

from lines.gateway.backoff import Backoff
from lines.gateway.changes import is_change
from lines.gateway.delivery import Sink
from lines.gateway.gateway import Gateway
from lines.gateway.tally import StatusSink

__all__ = ["Backoff", "Gateway", "Sink", "StatusSink", "is_change"]
