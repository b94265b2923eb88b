"""Inspections of an element that changes hands: before it is loaded, and when the site receives it (进场验收)."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from mes.core.commands import Work, use_case
from mes.core.errors import Conflict
from mes.core.text import N_, Text
from mes.inspection.filled_plans import judge_filled
from mes.inspection.models import Inspection
from mes.inspection.nonconformities import open_nonconformity, put_aside
from mes.inspection.places import how_of_load, require_kept, where_of_element
from mes.inspection.policy import Demand, keep_rules, policy_in_force
from mes.inspection.queries import latest_inspection
from mes.inspection.recording import how_inspected, inspection_facts, keep_inspection
from mes.inspection.schemas import HandoverReport, InspectionRecorded
from mes.inspection.strength import load_of
from mes.orders import lifecycle
from mes.orders.elements import load_element, note
from mes.orders.models import Element
from quality import Dimensions, InspectionPlan, inspection_plan

HANDOVER_STATES = {"before_loading": ("stored",), "at_site": ("shipped", "rejected_at_site")}
"""States in which the inspection is due; what was rejected on site and mended there is inspected again."""
EVENTS = {"before_loading": "element.checked_before_loading", "at_site": "element.checked_at_site"}


class HandoverNotInspected(Conflict):
    """The policy asks for an accepted inspection before the element changes hands."""


class NoHandoverDue(Conflict):
    """The element's state does not fit this inspection, or the other use case is the one for it."""


@use_case("thing:inspect")
def record_before_loading(work: Work, command: HandoverReport) -> InspectionRecorded:
    """Record what was found on an element in the yard before it is loaded; refused → nonconforming.

    Raises:
        NoHandoverDue: the element is not in the yard.
        InspectionIncomplete: an answer, a photo or a figure is missing for acceptance.
        InvalidInput: unknown items, figures that cannot be true, photos never uploaded.
    """
    return _record(work, command, "before_loading")


@use_case("delivery:receive")
def record_at_site(work: Work, command: HandoverReport) -> InspectionRecorded:
    """Record what the site found on an element that came; a refused one is rejected with its own reason and photos.

    Raises:
        NoHandoverDue: the element is not on its way.
        InspectionIncomplete: an answer, a photo or a figure is missing for acceptance.
        InvalidInput: unknown items, figures that cannot be true, photos never uploaded.
    """
    return _record(work, command, "at_site")


def handover_plan(element: Element, kind: str) -> InspectionPlan:
    """What the inspection asks of this element."""
    kind_of = element.component_type
    return inspection_plan(kind, kind_of.family, Dimensions(kind_of.length_mm, kind_of.width_mm, kind_of.thickness_mm))


def require_handover(session: Session, element: Element, kind: str, *, always: bool = False) -> None:
    """Refuse the handover until its inspection is accepted, where the policy requires one, or `always`.

    It counts since the element came into the state it is in: once unloaded, it is inspected again.

    Raises:
        HandoverNotInspected: says which inspection is missing.
    """
    if getattr(policy_in_force(session), kind) is not Demand.REQUIRED and not always:
        return
    latest = latest_inspection(session, element.id, kind)
    if latest is not None and latest.verdict == "accepted" and latest.inspected_at >= element.state_since:
        return
    texts = {
        "before_loading": N_("Element %(serial)s has no accepted inspection before loading"),
        "at_site": N_("Element %(serial)s has no accepted inspection at the site"),
    }
    raise HandoverNotInspected(Text(texts[kind], {"serial": element.serial}))


def _record(work: Work, command: HandoverReport, kind: str) -> InspectionRecorded:
    element = load_element(work.session, command.element_id, command.expected_version)
    work.actor.require_project(element.project_id)
    _require_due(element, command, kind)
    require_kept(work.session, [photo.sha256 for photo in command.photos])
    plan = handover_plan(element, kind)
    accepted, evaluation = judge_filled(plan, command.answers, command.measurements, command.photos)
    at, load = work.event_time(command), load_of(work.session, element.id)
    where = where_of_element(work.session, element, load)
    inspection = keep_inspection(work, command, accepted, evaluation, at, where, **keep_rules(work, plan))
    how = {**how_of_load(load), **how_inspected(command)}
    note(work, EVENTS[kind], [element], event_time=at, where=where, how=how, data=inspection_facts(inspection))
    made = None if accepted or kind == "at_site" else _put_aside(work, element, inspection, command)
    return InspectionRecorded(
        inspection_id=inspection.id,
        verdict="accepted" if accepted else "refused",
        element_state=element.state,
        nonconformity_id=made,
    )


def _put_aside(work: Work, element: Element, inspection: Inspection, command: HandoverReport) -> UUID:
    photos, at = [photo.sha256 for photo in command.photos], inspection.inspected_at
    row = open_nonconformity(work, element, "damage", "general", command.remark, photos, at, inspection.id)
    facts = {"number": row.number, "kind": row.kind, "severity": row.severity}
    put_aside(work, element, row.number, at, {"nonconformity": facts}, row.photos)
    return row.id


def _require_due(element: Element, command: HandoverReport, kind: str) -> None:
    wanted = HANDOVER_STATES[kind]
    if command.kind != kind or element.state not in wanted:
        text = N_("Element %(serial)s is %(state)s; this inspection is for elements that are: %(wanted)s")
        words = {
            "serial": element.serial,
            "state": Text(lifecycle.STATE_NAMES[element.state]),
            "wanted": Text(lifecycle.STATE_NAMES[wanted[0]]),
        }
        raise NoHandoverDue(Text(text, words))
