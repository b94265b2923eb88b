"""A cure as aggregated sensor data: the temperatures of the chamber over the stay (EPCIS 2.0, 7.3.7.1).

The curve itself stays with the plant; the event names it by its digest, so that what is shown later can be checked.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from datetime import datetime
from typing import Any

from mes.traceability.epcis import EpcisEvent, ObjectEvent, SensorElement, SensorReport
from mes.traceability.mapping.case import Case
from mes.traceability.mapping.content import Facts, facts_in, moment_of
from mes.traceability.mapping.facts import curing_extensions
from mes.traceability.mapping.names import asset_uri

CELSIUS = "CEL"


def curing(case: Case) -> list[EpcisEvent]:
    """What a chamber told of elements while they cured."""
    if not case.elements:
        return []
    told, shared = facts_in(case.data.get("curing")), case.shared()
    shared["extensions"] = {**shared["extensions"], **curing_extensions(told)}
    return [ObjectEvent(action="OBSERVE", epcs=case.uris, sensor_elements=_measured(case, told), **shared)]


def _measured(case: Case, told: Facts) -> tuple[SensorElement, ...]:
    """Least, most and mean temperature of the stay; of older events the highest since casting: they hold no more."""
    stay = facts_in(told.get("in_chamber"))
    least, most, mean = stay.get("lowest_c"), stay.get("highest_c", told.get("highest_c")), stay.get("mean_c")
    if most is None:
        return ()
    report = SensorReport("Temperature", minimum=least, maximum=most, mean=mean, unit=CELSIUS)
    return (
        SensorElement(
            (report,),
            device=asset_uri(str(told.get("chamber") or ""), case.settings),
            started_at=_until_then(case, stay.get("started_at", told.get("cast_at"))),
            ended_at=_until_then(case, stay.get("ended_at", told.get("left_at"))),
            raw_data=_named_by(told.get("curve_sha256")),
        ),
    )


def _until_then(case: Case, text: Any) -> datetime | None:
    """A moment of the cure in the event's zone, never later than the event itself."""
    return min(moment_of(str(text)).astimezone(case.time.tzinfo), case.time) if text else None


def _named_by(digest: Any) -> str | None:
    """The raw data by their SHA-256 (RFC 6920)."""
    if not digest:
        return None
    return f"ni:///sha-256;{urlsafe_b64encode(bytes.fromhex(str(digest))).decode().rstrip('=')}"
