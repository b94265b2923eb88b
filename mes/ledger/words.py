"""Events in the reader's words: an entry of a timeline, struck out with the reason where it was declared wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mes.core import web
from mes.core.text import N_
from mes.ledger.declarations import DECLARED_WRONG, Declaration
from mes.ledger.kinds import EVENT_KINDS
from mes.ledger.models import LedgerEvent


def struck_out(event: LedgerEvent, declared: Mapping[str, Declaration]) -> dict[str, Any]:
    """What a timeline's entry needs to show that its event was declared wrong; an anchor for it in any case."""
    said = declared.get(str(event.id))
    marks: dict[str, Any] = {"id": f"event-{event.id}"}
    if event.kind == DECLARED_WRONG:  # it repeats the facts of the event it is about: no state was reached by it
        marks |= {"state": "", "icon": "alert-triangle", "tone": "warn"}
    if said is None:
        return marks
    day = web.local_time(said.declared_at).strftime("%Y-%m-%d")
    reason = web.gettext(said.reason_name)
    words = web.gettext(
        N_("Declared wrong on %(day)s: %(reason)s. %(remark)s"), day=day, reason=reason, remark=said.remark
    )
    return {**marks, "wrong": words, "instead": [f"event-{one}" for one in said.instead]}


def entry_of(event: LedgerEvent, declared: Mapping[str, Declaration], href: str = "") -> dict[str, Any]:
    """An event as an entry of a timeline."""
    where = event.content["where"]
    data = event.content["data"]
    place = where.get("station_name") or where.get("station") or where.get("yard_slot") or where.get("site") or ""
    return {
        "time": web.local_time(event.event_time).strftime("%Y-%m-%d %H:%M"),
        "title": web.gettext(EVENT_KINDS.get(event.kind, event.kind)),
        "person": event.content["who"].get("name", ""),
        "place": web.gettext(N_("Finishing")) if place == "finishing" else place,
        "text": data.get("reason") or data.get("remark") or "",
        "url": href,
        **struck_out(event, declared),
    }
