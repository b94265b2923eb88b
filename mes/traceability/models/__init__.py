"""Tables of traceability: connectors and receipts, passes to the trace page, archive packages."""

from mes.traceability.models.archives import ArchivePackage
from mes.traceability.models.connectors import Connector
from mes.traceability.models.passes import TracePass
from mes.traceability.models.receipts import Difference, Exchange, ExchangeReceipt, Receipt

__all__ = ["ArchivePackage", "Connector", "Difference", "Exchange", "ExchangeReceipt", "Receipt", "TracePass"]
