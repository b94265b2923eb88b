"""Use cases of inspection: hidden works and final. The other verbs of the room stand in files of their own."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from mes.core.commands import Work, use_case
from mes.core.errors import Conflict
from mes.core.text import N_, Text
from mes.inspection.cube_tests import record_cube_test
from mes.inspection.documents.certificates import issue_certificate
from mes.inspection.first_articles import first_article_plan, first_article_series
from mes.inspection.handovers import record_at_site, record_before_loading
from mes.inspection.judgement import judge_final, judge_hidden_works, plan_of, require_places, rules_of
from mes.inspection.models import Inspection, Nonconformity
from mes.inspection.nonconformities import (
    analyse_nonconformity,
    awaits_reinspection,
    dispose,
    open_nonconformity,
    order_replacement_for,
    put_aside,
    report_nonconformity,
    require_none_open,
    require_on_element,
    settle_by_inspection,
)
from mes.inspection.places import how_of_load, require_kept, where_of_element, where_of_load
from mes.inspection.policy import keep_rules
from mes.inspection.production_head import head_at_casting
from mes.inspection.recording import how_inspected, inspection_facts, keep_inspection
from mes.inspection.releasing import release_of_types
from mes.inspection.sampling import Measuring, measuring_of, refuse_lot, require_sample, unmeasured_in_refused_lots
from mes.inspection.sampling.looking import judge_looked_at
from mes.inspection.schemas import DrawingPlace, InspectionRecorded, RecordInspection
from mes.inspection.strength import load_of, proof_document, prove_delivery_strength
from mes.inspection.things import inspect_thing
from mes.inspection.witness import AlreadyWitnessed, witness_inspection
from mes.orders import lifecycle
from mes.orders.elements import change_state, load_element, note
from mes.orders.models import Element
from mes.shopfloor.service import hidden_works_changed
from quality import InspectionPlan

__all__ = [
    "AlreadyWitnessed",
    "analyse_nonconformity",
    "dispose",
    "inspect_thing",
    "open_nonconformity",
    "order_replacement_for",
    "record_at_site",
    "record_before_loading",
    "record_cube_test",
    "record_inspection",
    "report_nonconformity",
    "witness_inspection",
]

INSPECTED_STATES = {"hidden_works": "in_setup", "final": "finished"}
MEASURED_AGAIN = ("accepted", "stored")
"""States in which an element that was only looked at is measured after its lot was refused."""


class NotDueForInspection(Conflict):
    """The element's state does not fit this kind of inspection."""


@use_case("inspection:write")
def record_inspection(work: Work, command: RecordInspection) -> InspectionRecorded:
    """Record what an inspector found; the verdict is computed, and the element goes on accordingly.

    Hidden works: accepted → ready to cast; refused → stays in set-up, for another try. Final: accepted → accepted,
    with its certificate; refused → nonconforming, with a nonconformity. A piece that its sampling lot does not choose
    is only looked at; it is measured later if its lot is refused.

    Raises:
        NotDueForInspection: the element is not in the state that this inspection is for.
        StaleVersion: somebody else changed the element meanwhile.
        InspectionIncomplete: an answer, a photo or a measurement is missing for acceptance.
        InvalidInput: values that cannot be true, unknown items, photos never uploaded.
        StrengthNotProven: the final inspection would be accepted, but no cube test proves the delivery strength.
        LotNotInspected: a piece that is only looked at comes before its lot's sample is accepted.
    """
    element = load_element(work.session, command.element_id, command.expected_version)
    work.actor.require_project(element.project_id)
    again = command.kind == "final" and is_measured_again(work.session, element)
    if not again:
        _require_due(element, command.kind)
    require_kept(work.session, [photo.sha256 for photo in command.photos])
    require_kept(work.session, [one for seen in command.defects for one in seen.photos])
    for index, seen in enumerate(command.defects):
        if seen.place is not None:
            require_on_element(element, seen.place, f"defects[{index}].place")
    if command.kind == "hidden_works":
        return _record_hidden_works(work, command, element)
    return _measure_again(work, command, element) if again else _record_final(work, command, element)


def is_measured_again(session: Session, element: Element) -> bool:
    """Whether an accepted element was only looked at, and its lot was refused since."""
    return element.state in MEASURED_AGAIN and bool(unmeasured_in_refused_lots(session, [element.id]))


def _require_due(element: Element, kind: str) -> None:
    wanted = INSPECTED_STATES[kind]
    if element.state != wanted:
        raise NotDueForInspection(
            Text(
                N_("Element %(serial)s is %(state)s; this inspection is for elements that are: %(wanted)s"),
                {
                    "serial": element.serial,
                    "state": Text(lifecycle.STATE_NAMES[element.state]),
                    "wanted": Text(lifecycle.STATE_NAMES[wanted]),
                },
            )
        )


def _record_hidden_works(work: Work, command: RecordInspection, element: Element) -> InspectionRecorded:
    plan = plan_of(element, "hidden_works")
    accepted, evaluation = judge_hidden_works(plan, command)
    at, load = work.event_time(command), load_of(work.session, element.id)
    where = where_of_load(load)
    series = first_article_series(work.session, element)
    inspection = keep_inspection(
        work, command, accepted, evaluation, at, where, first_article=bool(series), **keep_rules(work, plan)
    )
    change_state(
        work,
        [element],
        "accept_hidden_works" if accepted else "refuse_hidden_works",
        event_time=at,
        proofs={"accepted_hidden_works_inspection"} if accepted else (),
        where=where,
        how={**how_of_load(load), **how_inspected(command)},
        data=inspection_facts(inspection),
    )
    if accepted and load is not None:
        hidden_works_changed(work, load, at)
    return _recorded(inspection, element)


def _record_final(work: Work, command: RecordInspection, element: Element) -> InspectionRecorded:
    series = first_article_series(work.session, element)
    measuring = measuring_of(work.session, element)
    must_measure = measuring.is_due or bool(series) or awaits_reinspection(work.session, element)
    plan = first_article_plan(work.session, element, "final")
    accepted, evaluation = _judged(plan, command, element, must_measure=must_measure)
    if accepted and not evaluation["items"] and measuring.lot is not None:
        require_sample(work.session, element, measuring.lot)
    inspection = _keep_final(work, command, element, (accepted, evaluation), measuring, first=bool(series))
    if not accepted:
        return _refuse_final(work, command, element, inspection)
    require_none_open(work.session, [element])
    proofs = prove_delivery_strength(work.session, element)
    settled = settle_by_inspection(work, element, inspection)
    change_state(
        work,
        [element],
        "accept_final",
        event_time=inspection.inspected_at,
        proofs={"accepted_final_inspection", "delivery_strength"},
        **_final_facts(work, command, element),
        data={
            **inspection_facts(inspection),
            **head_at_casting(work.session, element),
            "strength": [proof_document(proof) for proof in proofs],
            **({"nonconformities_settled": settled} if settled else {}),
        },
    )
    if series:
        release_of_types(work, [element.component_type_id], inspection.inspected_at)
    certificate = issue_certificate(work, command.press, element, inspection, proofs, inspection.inspected_at)
    return _recorded(inspection, element, certificate_id=certificate.id)


def _judged(
    plan: InspectionPlan, command: RecordInspection, element: Element, *, must_measure: bool
) -> tuple[bool, dict[str, Any]]:
    require_places(element, command.defects)
    if must_measure or command.measurements:
        return judge_final(plan, element, command)
    return judge_looked_at(plan, command.defects)


def _keep_final(
    work: Work,
    command: RecordInspection,
    element: Element,
    judged: tuple[bool, dict[str, Any]],
    measuring: Measuring,
    *,
    first: bool,
) -> Inspection:
    """The row of a final inspection; a piece that measures badly has its lot refused."""
    at, (accepted, evaluation) = work.event_time(command), judged
    where = where_of_element(work.session, element, load_of(work.session, element.id))
    inspection = keep_inspection(
        work,
        command,
        accepted,
        evaluation,
        at,
        where,
        first_article=first,
        sampling_lot_id=measuring.lot.id if measuring.lot else None,
        **keep_rules(work, rules_of(element)),
    )
    if measuring.lot is not None and any(item["result"] == "fail" for item in evaluation["items"]):
        refuse_lot(work, measuring.lot, element, at)
    return inspection


def _refuse_final(
    work: Work, command: RecordInspection, element: Element, inspection: Inspection
) -> InspectionRecorded:
    row = _nonconformity(work, command, element, inspection)
    change_state(
        work,
        [element],
        "refuse_final",
        event_time=inspection.inspected_at,
        **_final_facts(work, command, element),
        data={
            **inspection_facts(inspection),
            **head_at_casting(work.session, element),
            "nonconformity": _short_facts(row),
        },
        reason=row.number,
    )
    return _recorded(inspection, element, nonconformity_id=row.id)


def _measure_again(work: Work, command: RecordInspection, element: Element) -> InspectionRecorded:
    """An accepted element of a refused lot is measured: it stays accepted, or becomes nonconforming."""
    measuring = measuring_of(work.session, element)
    judged = _judged(plan_of(element, "final"), command, element, must_measure=True)
    inspection = _keep_final(work, command, element, judged, measuring, first=False)
    at = inspection.inspected_at
    facts = {**_final_facts(work, command, element), "data": inspection_facts(inspection)}
    note(work, "element.measured_again", [element], event_time=at, **facts)
    if judged[0]:
        return _recorded(inspection, element)
    row = _nonconformity(work, command, element, inspection)
    put_aside(work, element, row.number, at, {"nonconformity": _short_facts(row)}, row.photos)
    return _recorded(inspection, element, nonconformity_id=row.id)


def _nonconformity(work: Work, command: RecordInspection, element: Element, inspection: Inspection) -> Nonconformity:
    kind, severity, place = _worst(command, inspection.evaluation)
    photos = [photo.sha256 for photo in command.photos] + [one for seen in command.defects for one in seen.photos]
    at = inspection.inspected_at
    return open_nonconformity(work, element, kind, severity, command.remark, photos, at, inspection.id, place)


def _short_facts(row: Nonconformity) -> dict[str, str]:
    return {"number": row.number, "kind": row.kind, "severity": row.severity}


def _final_facts(work: Work, command: RecordInspection, element: Element) -> dict[str, Any]:
    load = load_of(work.session, element.id)
    return {
        "where": where_of_element(work.session, element, load),
        "how": {**how_of_load(load), **how_inspected(command)},
    }


def _worst(command: RecordInspection, evaluation: dict[str, Any]) -> tuple[str, str, DrawingPlace | None]:
    """Kind, severity and place of the nonconformity: those of the worst visible defect, else what else refused it."""
    ranked = sorted(command.defects, key=lambda seen: seen.severity != "severe")
    if ranked:
        return ranked[0].defect, ranked[0].severity, ranked[0].place
    is_size = any(item["result"] == "fail" for item in evaluation["items"])
    return ("dimension" if is_size else "other"), "general", None


def _recorded(inspection: Inspection, element: Element, **further: Any) -> InspectionRecorded:
    return InspectionRecorded.model_validate(
        {"inspection_id": inspection.id, "verdict": inspection.verdict, "element_state": element.state, **further}
    )
