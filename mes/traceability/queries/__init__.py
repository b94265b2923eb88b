"""Reading connectors and receipts: what the pages, the API and the command line show."""

from mes.traceability.queries.alarms import Alarm, Thresholds, alarms_of, all_alarms
from mes.traceability.queries.exchanges import (
    EventTimeline,
    differences_of,
    exchanges_of,
    outcome_counts,
    sequences_about,
    timeline_of,
)
from mes.traceability.queries.exporting import events_to_export
from mes.traceability.queries.figures import Figures
from mes.traceability.queries.status import (
    ON_THE_WAY,
    OPEN_STATES,
    ConnectorStatus,
    connector_named,
    connectors,
    is_out_of_use,
    status_of,
)
from mes.traceability.queries.undelivered import (
    OpenEvent,
    RefusedGroup,
    behind_any,
    chain_of,
    held_counts,
    holders,
    open_events,
    refused_groups,
)

__all__ = [
    "ON_THE_WAY",
    "OPEN_STATES",
    "Alarm",
    "ConnectorStatus",
    "EventTimeline",
    "Figures",
    "OpenEvent",
    "RefusedGroup",
    "Thresholds",
    "alarms_of",
    "all_alarms",
    "behind_any",
    "chain_of",
    "connector_named",
    "connectors",
    "differences_of",
    "events_to_export",
    "exchanges_of",
    "held_counts",
    "holders",
    "is_out_of_use",
    "open_events",
    "outcome_counts",
    "refused_groups",
    "sequences_about",
    "status_of",
    "timeline_of",
]
