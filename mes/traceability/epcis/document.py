"""The EPCIS document around events, and its bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from mes.traceability.epcis.events import EpcisEvent
from mes.traceability.epcis.extensions import NAMESPACES
from mes.traceability.epcis.times import time_text

EPCIS_CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
"""Pinned to 2.0.0: edition 2.0.1 gives the prefix gs1 another meaning, which would change event hashes."""

CONTEXT: list[Any] = [EPCIS_CONTEXT, dict(NAMESPACES)]

EventJson = Mapping[str, Any]


def epcis_document(events: Sequence[EpcisEvent | EventJson], created_at: datetime) -> dict[str, Any]:
    """An `EPCISDocument` with `events` in their order.

    Raises:
        EventTimeError: `created_at` has no zone.
    """
    return {
        "@context": [EPCIS_CONTEXT, dict(NAMESPACES)],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": time_text(created_at),
        "epcisBody": {"eventList": [event_json(event) for event in events]},
    }


def event_json(event: EpcisEvent | EventJson) -> dict[str, Any]:
    """The JSON form of an event that may have it already."""
    return event.to_json() if isinstance(event, EpcisEvent) else dict(event)


def encode(value: Mapping[str, Any]) -> bytes:
    """The bytes that are sent: UTF-8, no needless blanks, members in the order given: the same every time."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode("utf-8")
