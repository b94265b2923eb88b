"""The public story of an element, as whoever scans its QR code may read it: no names of persons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from labels.errors import LabelError
from labels.keys.naming import identity
from mes.accounts.models import Plant
from mes.core.errors import NotFound
from mes.core.text import N_, Text
from mes.ledger.kinds import EVENT_KINDS
from mes.ledger.models import LedgerEvent
from mes.ledger.queries import events_of
from mes.orders.models import Element, Floor, Project
from mes.traceability.mapping.content import numbered

PUBLIC_KINDS: Mapping[str, tuple[str, str]] = {  # kind → icon, tone
    "element.created": ("clipboard-list", "neutral"),
    "element.set_up": ("tool", "info"),
    "element.material_used": ("package", "info"),
    "element.hidden_works_accepted": ("clipboard-check", "good"),
    "element.hidden_works_refused": ("alert-triangle", "bad"),
    "element.inspection_witnessed": ("eye", "good"),
    "element.witness_refused": ("alert-triangle", "bad"),
    "element.cast": ("droplet", "info"),
    "element.curing_started": ("temperature", "info"),
    "element.demoulded": ("package-export", "info"),
    "element.finished": ("flag", "info"),
    "element.strength_tested": ("cube", "good"),
    "element.final_accepted": ("circle-check", "good"),
    "element.final_refused": ("alert-triangle", "bad"),
    "element.certified": ("certificate", "good"),
    "element.certificate_withdrawn": ("ban", "bad"),
    "element.stored": ("building-warehouse", "neutral"),
    "element.nonconformity_reported": ("alert-triangle", "bad"),
    "element.rework_ordered": ("hammer", "warn"),
    "element.repair_ordered": ("hammer", "warn"),
    "element.concession_granted": ("signature", "warn"),
    "element.scrapped": ("trash", "bad"),
    "element.replaced": ("refresh", "warn"),
    "delivery.loaded": ("truck-loading", "info"),
    "delivery.unloaded": ("package-export", "neutral"),
    "delivery.departed": ("truck-delivery", "info"),
    "element.received": ("map-pin", "good"),
    "element.rejected_at_site": ("arrow-back-up", "bad"),
    "element.returned": ("arrow-back-up", "warn"),
    "element.installed": ("building", "good"),
}
"""What the public may read of an element's life; plans, moves within the yard and machines are the plant's own."""


@dataclass(frozen=True)
class StoryEntry:
    """One step of the life; `title` is a message id, `texts` are facts in words, `place` as it was named then."""

    time: datetime
    title: str
    icon: str
    tone: str
    texts: tuple[Text, ...]
    place: str
    organisation: str


@dataclass(frozen=True)
class PublicStory:
    """What a QR code tells: the element, who made it, its certificate, its life."""

    element: Element
    producer: str
    credit_code: str
    certificate_number: str | None
    replaced_by: int | None
    reached: Mapping[str, datetime]
    entries: tuple[StoryEntry, ...]


def public_story(session: Session, key: Mapping[str, str]) -> PublicStory:
    """The story behind an element's key, GS1 (01 and 21) or local.

    Raises:
        NotFound: there is no such element.
    """
    element = _element(session, key)
    if element is None:
        raise NotFound(Text(N_("No element with this code was made here. Check the code on the label.")))
    plant = session.scalars(select(Plant).where(Plant.id == element.project.plant_id)).one()
    events = events_of(session, f"element:{element.serial}")
    successor = session.scalar(select(Element.serial).where(Element.replaces_id == element.id))
    return PublicStory(
        element=element,
        producer=plant.organisation_name,
        credit_code=plant.credit_code,
        certificate_number=_certificate_number(events),
        replaced_by=successor,
        reached=_reached(events, element.serial),
        entries=tuple(_entry(event) for event in events if event.kind in PUBLIC_KINDS),
    )


def _element(session: Session, key: Mapping[str, str]) -> Element | None:
    try:
        query = select(Element).where(Element.digital_link == identity(key))
    except LabelError:
        return None
    loaded = query.options(
        joinedload(Element.project).joinedload(Project.parties),
        joinedload(Element.floor).joinedload(Floor.building),
        joinedload(Element.component_type),
    )
    return session.scalars(loaded).unique().first()


def _certificate_number(events: Sequence[LedgerEvent]) -> str | None:
    number: str | None = None
    for event in events:
        if event.kind == "element.certified":
            number = str(numbered(event.content["data"].get("certificate")).get("number") or "") or None
        elif event.kind == "element.certificate_withdrawn":
            number = None
    return number


def _reached(events: Sequence[LedgerEvent], serial: int) -> dict[str, datetime]:
    """When each state was reached last."""
    reached: dict[str, datetime] = {}
    for event in events:
        for element in event.content["elements"]:
            if element.get("serial") == serial and _changed(event, element):
                reached[element["state"]] = event.event_time
    return reached


def _changed(event: LedgerEvent, element: Mapping[str, Any]) -> bool:
    """Whether the event changed the element's state, or was its first."""
    if event.kind == "element.created":
        return True
    return "state_before" in element and element["state"] != element["state_before"]


def _entry(event: LedgerEvent) -> StoryEntry:
    icon, tone = PUBLIC_KINDS[event.kind]
    where, who = event.content["where"], event.content["who"]
    place = where.get("station_name") or where.get("site") or where.get("line_name") or ""
    return StoryEntry(
        time=event.event_time,
        title=EVENT_KINDS[event.kind],
        icon=icon,
        tone=tone,
        texts=tuple(_facts(event.content)),
        place=str(place),
        organisation=str(who.get("organisation") or ""),
    )


def _facts(content: Mapping[str, Any]) -> list[Text]:
    how, data = content["how"], content["data"]
    texts: list[Text] = []
    if content["kind"] == "element.cast":
        for batch in how.get("batches") or ([how["batch"]] if how.get("batch") else []):
            words = {"batch": batch.get("batch_number") or "?", "grade": batch.get("concrete_grade") or "?"}
            texts.append(Text(N_("Concrete batch %(batch)s, %(grade)s"), words))
    if content["kind"] in ("element.cast", "element.material_used"):
        for lot in how.get("materials") or ():
            words = {"lot": lot.get("lot_number") or "?", "supplier": lot.get("supplier") or "?"}
            texts.append(Text(N_("Material lot %(lot)s of %(supplier)s"), words))
    strength = numbered(data.get("cube_test")).get("set_value_mpa")
    if strength is not None:
        texts.append(Text(N_("Compressive strength %(strength)s MPa"), {"strength": strength}))
    rules = numbered(data.get("inspection")).get("rule_set")
    if rules:
        texts.append(Text(N_("Judged by %(rules)s"), {"rules": rules}))
    if content["kind"] == "element.certified":
        number = numbered(data.get("certificate")).get("number") or "?"
        texts.append(Text(N_("Certificate %(number)s"), {"number": number}))
    if how.get("photos"):
        texts.append(Text(N_("Photos kept with their digests: %(count)s"), {"count": len(how["photos"])}))
    return texts
