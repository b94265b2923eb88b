"""Pages of the room: the connectors. What is behind an element's QR code is told in `public`."""

import mes.traceability.public  # noqa: F401 - registers the public side of elements
from mes.traceability.views import (  # noqa: F401 - their routes
    bulk,
    control,
    differences,
    dry_runs,
    events,
    lists,
    requests,
    setup,
)
from mes.traceability.views.blueprint import pages

__all__ = ["pages"]
