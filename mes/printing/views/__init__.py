"""Pages of the room: the queue, choosing what to print, printers, routes."""

from mes.printing.views import badges, choosing, printers, queue, routes
from mes.printing.views.room import pages

__all__ = ["badges", "choosing", "pages", "printers", "queue", "routes"]
