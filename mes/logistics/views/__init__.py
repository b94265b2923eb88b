"""Pages of the room: yard, deliveries, the site receiver's pages."""

import mes.orders.views  # noqa: F401 - its scan targets come first, so that ours are asked before them
from mes.logistics.views import deliveries, gate, lookup, papers, quality_files, site, yard
from mes.logistics.views.room import pages

__all__ = ["deliveries", "gate", "lookup", "pages", "papers", "quality_files", "site", "yard"]
