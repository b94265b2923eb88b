"""Who was responsible, by what they did: roles and organisations for all, names only for those who may read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mes.core.text import N_
from mes.traceability.story.records import Event, Records
from mes.traceability.story.telling import tells

TASKS: Mapping[str, tuple[str, str]] = {  # task → what was done, and the kind of event that tells who did it
    "setting_up": (N_("Set in the mould"), "element.set_up"),
    "hidden_works": (N_("Hidden-works inspection"), "element.hidden_works_accepted"),
    "casting": (N_("Production (casting)"), "element.cast"),
    "demoulding": (N_("Demoulding"), "element.demoulded"),
    "strength": (N_("Strength test"), "element.strength_tested"),
    "final": (N_("Final inspection"), "element.final_accepted"),
    "witness": (N_("Resident supervision"), "element.inspection_witnessed"),
    "certificate": (N_("Certificate issued"), "element.certified"),
    "concession": (N_("Concession"), "element.concession_granted"),
    "scrapping": (N_("Scrapped"), "element.scrapped"),
    "loading": (N_("Loaded onto the vehicle"), "delivery.loaded"),
    "site": (N_("Site acceptance"), "element.received"),
    "refusal": (N_("Refused on site"), "element.rejected_at_site"),
    "taken_back": (N_("Accepted on site after a rejection"), "element.rejection_taken_back"),
    "installation": (N_("Installation"), "element.installed"),
}
HEAD, HEAD_TITLE = "production_head", N_("Head of production")
"""Who answers for the production; named by the plant, and kept in the events of casting and final inspection."""
ON_THE_WAY = ("loading", "site", "refusal", "taken_back", "installation")
"""Tasks that are part of deliveries and of the site."""
RESPONSIBLE = (HEAD, "hidden_works", "casting", "final", "witness")
"""Whom Hubei wants by name: who stands for the production, the QC inspector and the resident supervisor."""


@dataclass(frozen=True)
class Responsible:
    """Who did a task last: what it is called, the role and organisation, and when."""

    task: str
    title: str
    role: str
    organisation: str
    at: datetime


@tells("people.roles")
def _roles(records: Records) -> list[Responsible] | None:
    return [one for one in _done(records) if one.task not in ON_THE_WAY] or None


@tells("people.on_the_way")
def _on_the_way(records: Records) -> list[Responsible] | None:
    return [one for one in _done(records) if one.task in ON_THE_WAY] or None


def _done(records: Records) -> list[Responsible]:
    done = [
        Responsible(
            task, TASKS[task][0], str(event.who.get("role") or ""), str(event.who.get("organisation") or ""), event.time
        )
        for task, event in _last(records).items()
        if event.who.get("kind") == "person"
    ]
    head = _head(records)
    if head is None:
        return done
    event, facts = head
    return [Responsible(HEAD, HEAD_TITLE, HEAD, str(facts.get("organisation") or ""), event.time), *done]


@tells("people.responsible")
def _responsible(records: Records) -> dict[str, str] | None:
    return {task: name for task, name in _names(records).items() if task in RESPONSIBLE} or None


@tells("people.everyone")
def _everyone(records: Records) -> dict[str, str] | None:
    return _names(records) or None


def _head(records: Records) -> tuple[Event, Mapping[str, Any]] | None:
    """Who was head of production, as the last event says that names one."""
    for event in reversed(records.of_kind("element.cast", "element.final_accepted")):
        if event.data.get(HEAD):
            return event, event.data[HEAD]
    return None


def _last(records: Records) -> dict[str, Event]:
    by_kind = {event.kind: event for event in records.valid}
    return {task: by_kind[kind] for task, (_, kind) in TASKS.items() if kind in by_kind}


def _names(records: Records) -> dict[str, str]:
    """Names by task; programs and machines have none."""
    head = _head(records)
    return ({HEAD: str(head[1]["name"])} if head else {}) | {
        task: str(event.who["name"]) + (f"（{event.who['crew']}）" if event.who.get("crew") else "")
        for task, event in _last(records).items()
        if event.who.get("kind") == "person"
    }
