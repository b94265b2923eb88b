"""Pages of the room: lines at a glance, the operator's station and its scans, finishing, discrepancies."""

from mes.shopfloor.views import discrepancies, finishing, lines, scans, station
from mes.shopfloor.views.room import pages

__all__ = ["discrepancies", "finishing", "lines", "pages", "scans", "station"]
