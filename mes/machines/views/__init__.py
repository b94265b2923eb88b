"""Pages of the room: the machines at a glance, one machine, stops and their reasons, losses, the line board."""

from mes.machines.views import board, losses, machine, overview, stops
from mes.machines.views.blueprint import pages

__all__ = ["board", "losses", "machine", "overview", "pages", "stops"]
