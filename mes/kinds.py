"""Every room's kinds of things, gathered so that scans, labels, tags and the resolver know them.

Beside them, what inspection asks of the shop floor, and where logistics knows elements to be.
"""

import mes.identity.company
import mes.inspection.service
import mes.library.things
import mes.logistics.places
import mes.logistics.things
import mes.machines.things
import mes.orders.old_codes
import mes.orders.things
import mes.planning.label_stations
import mes.planning.things
import mes.shopfloor.things  # noqa: F401
