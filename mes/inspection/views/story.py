"""The story of a nonconformity in the reader's words, from the ledger's events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for

from mes.core import web
from mes.core.text import N_
from mes.ledger.declarations import Declaration
from mes.ledger.kinds import EVENT_KINDS
from mes.ledger.models import LedgerEvent
from mes.ledger.words import struck_out

MARKS: dict[str, tuple[str, str]] = {
    "element.nonconformity_reported": ("alert-triangle", "bad"),
    "element.final_refused": ("circle-x", "bad"),
    "element.nonconformity_analysed": ("search", "info"),
    "element.rework_ordered": ("hammer", "warn"),
    "element.repair_ordered": ("hammer", "warn"),
    "element.concession_granted": ("signature", "warn"),
    "element.scrapped": ("trash", "bad"),
    "element.replaced": ("refresh", "info"),
    "element.returned": ("arrow-back-up", "warn"),
    "element.certificate_withdrawn": ("ban", "bad"),
    "element.certificate_suspended": ("hand-stop", "bad"),
    "element.sent_back": ("truck-delivery", "warn"),
    "element.certified": ("certificate", "good"),
    "element.final_accepted": ("circle-check", "good"),
    "delivery.unloaded": ("package-export", "warn"),
}


def story_entries(events: Sequence[LedgerEvent], declared: Mapping[str, Declaration]) -> list[dict[str, Any]]:
    """Entries for the timeline, the newest first; those struck out that were declared to be wrong."""
    return [{**_entry(event), **struck_out(event, declared)} for event in reversed(events)]


def _entry(event: LedgerEvent) -> dict[str, Any]:
    mark, tone = MARKS.get(event.kind, ("flag", "neutral"))
    content = event.content
    photos = content.get("how", {}).get("photos", [])
    return {
        "icon": mark,
        "tone": tone,
        "title": web.gettext(EVENT_KINDS[event.kind]),
        "text": _text(event.kind, content["data"]),
        "person": content["who"]["name"],
        "time": web.local_time(event.event_time).strftime("%Y-%m-%d %H:%M"),
        "photos": [{"url": url_for("documents.stored_file", sha256=one)} for one in photos],
    }


def _text(kind: str, data: dict[str, Any]) -> str:
    """What the event says beyond its title."""
    about = data.get("nonconformity")
    named = about if isinstance(about, dict) else {}
    if kind == "element.nonconformity_analysed":
        cause = named.get("cause_title") or {}
        cost = named.get("cost_cny")
        parts = [cause.get("en" if web.locale() == "en" else "zh", ""), *named.get("whys", []), named.get("measure")]
        parts.append(f"¥ {cost:,.2f}" if cost is not None else "")
        return " · ".join(part for part in parts if part)
    if kind == "element.replaced":
        return web.gettext(N_("Element %(serial)s"), serial=data["new_serial"])
    if kind == "element.certified":
        return str(data["certificate"]["number"])
    parts = [
        named.get("description", ""),
        data.get("disposition_reason", ""),
        data.get("designer_consent", ""),
        ", ".join(data.get("nonconformities_settled", [])),
    ]
    return " · ".join(part for part in parts if part)
