"""Every room's witnesses of the ledger, gathered so that checking it hears them."""

import mes.orders.witnesses
import mes.traceability.witnesses  # noqa: F401
