"""How it got to the building: deliveries, acceptance on site, installation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mes.core.text import N_
from mes.traceability.story.records import Event, Records
from mes.traceability.story.telling import tells

SITE_ANSWERS = {
    "element.received": N_("Received on site"),
    "element.rejected_at_site": N_("Rejected on site"),
    "element.rejection_taken_back": N_("Rejection taken back, accepted on site"),
    "element.sent_back": N_("On its way back to the plant"),
    "element.returned": N_("Returned to the plant"),
}
"""What became of it on the site, by the event that says so."""
SITE_REASONS = {
    "element.rejected_at_site": "reject_reason",
    "element.rejection_taken_back": "reason",
    "element.returned": "reject_reason",
}


@dataclass(frozen=True)
class Trip:
    """A delivery that the element was part of."""

    number: str
    plate: str
    site: str
    loaded_at: datetime | None
    departed_at: datetime | None


@dataclass(frozen=True)
class SiteAnswer:
    """What the site said of it: taken, refused with a reason, or sent back."""

    at: datetime
    kind: str
    delivery: str
    organisation: str
    reason: str
    photos: tuple[str, ...]


@dataclass(frozen=True)
class Installed:
    """Where it was put, and by whom."""

    at: datetime
    place: str
    position_confirmed: bool
    organisation: str


@tells("deliveries")
def _deliveries(records: Records) -> list[Trip] | None:
    trips: dict[str, Trip] = {}
    for event in records.of_kind("delivery.loaded", "delivery.departed", "delivery.departure_undone"):
        number, before = _delivery(event), trips.get(_delivery(event))
        left = event.kind == "delivery.departed"
        loaded_at = event.time if event.kind == "delivery.loaded" else before.loaded_at if before else None
        plate, site = str(event.data.get("vehicle_plate") or ""), str(event.data.get("site") or "")
        trips[number] = Trip(number, plate, site, loaded_at, event.time if left else None)
    return list(trips.values()) or None


@tells("deliveries.driver")
def _driver(records: Records) -> dict[str, str] | None:
    left = records.of_kind("delivery.loaded", "delivery.departed")
    return {_delivery(one): str(one.data["driver_name"]) for one in left if one.data.get("driver_name")} or None


@tells("site")
def site(records: Records) -> list[SiteAnswer] | None:
    """Every answer of the site, in order."""
    found = []
    for event in records.of_kind(*SITE_ANSWERS):
        reason = str(event.data.get(SITE_REASONS.get(event.kind, "")) or "")
        photos, organisation = tuple(event.how.get("photos") or ()), str(event.who.get("organisation") or "")
        found.append(SiteAnswer(event.time, event.kind, _delivery(event), organisation, reason, photos))
    return found or None


@tells("installation")
def _installation(records: Records) -> Installed | None:
    done = records.of_kind("element.installed")
    if not done:
        return None
    last, where = done[-1], done[-1].content["where"]
    place = " · ".join(str(where[part]) for part in ("building", "floor", "position") if where.get(part))
    confirmed = bool(last.data.get("position_confirmed"))
    return Installed(last.time, place, confirmed, str(last.who.get("organisation") or ""))


def _delivery(event: Event) -> str:
    return str(event.data.get("delivery") or "?")
