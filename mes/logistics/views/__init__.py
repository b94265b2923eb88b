"""Pages of the room: yard, deliveries, the site receiver's pages."""

import mes.orders.views  # noqa: F401 - its scan targets come first, so that ours are asked before them
from mes.logistics.views import after_rejection, deliveries, gate, lookup, papers, quality_files, site, undoing, yard
from mes.logistics.views.room import pages

__all__ = [
    "after_rejection",
    "deliveries",
    "gate",
    "lookup",
    "pages",
    "papers",
    "quality_files",
    "site",
    "undoing",
    "yard",
]
