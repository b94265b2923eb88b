"""Use cases of inspection; cube tests and nonconformities stand in files of their own."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from mes.core.commands import Done, Work, use_case
from mes.core.errors import Conflict, NotFound
from mes.core.ids import new_id
from mes.core.text import N_, Text
from mes.inspection.cube_tests import record_cube_test
from mes.inspection.documents.certificates import issue_certificate
from mes.inspection.judgement import HIDDEN_WORKS_RULE_SET, RULE_SET, judge_final, judge_hidden_works, plan_of
from mes.inspection.models import Inspection, InspectionPhoto
from mes.inspection.nonconformities import (
    analyse_nonconformity,
    dispose,
    open_nonconformity,
    order_replacement_for,
    report_nonconformity,
    require_none_open,
    settle_by_inspection,
)
from mes.inspection.places import how_of_load, require_kept, where_of_load
from mes.inspection.schemas import DrawingPlace, InspectionRecorded, RecordInspection, WitnessInspection
from mes.inspection.strength import load_of, proof_document, prove_delivery_strength
from mes.orders import lifecycle
from mes.orders.elements import change_state, load_element, note
from mes.orders.models import Element
from mes.shopfloor.service import hidden_works_changed

__all__ = [
    "analyse_nonconformity",
    "dispose",
    "open_nonconformity",
    "order_replacement_for",
    "record_cube_test",
    "record_inspection",
    "report_nonconformity",
    "witness_inspection",
]

INSPECTED_STATES = {"hidden_works": "in_setup", "final": "finished"}


class NotDueForInspection(Conflict):
    """The element's state does not fit this kind of inspection."""


class AlreadyWitnessed(Conflict):
    """A supervisor has confirmed this inspection already."""


@use_case("inspection:write")
def record_inspection(work: Work, command: RecordInspection) -> InspectionRecorded:
    """Record what an inspector found; the verdict is computed, and the element goes on accordingly.

    Hidden works: accepted → ready to cast; refused → stays in set-up, for another try. Final: accepted → accepted,
    with its certificate; refused → nonconforming, with a nonconformity.

    Raises:
        NotDueForInspection: the element is not in the state that this inspection is for.
        StaleVersion: somebody else changed the element meanwhile.
        InspectionIncomplete: an answer, a photo or a measurement is missing for acceptance.
        InvalidInput: values that cannot be true, unknown items, photos never uploaded.
        StrengthNotProven: the final inspection would be accepted, but no cube test proves the delivery strength.
    """
    element = load_element(work.session, command.element_id, command.expected_version)
    work.actor.require_project(element.project_id)
    _require_due(element, command.kind)
    require_kept(work.session, [photo.sha256 for photo in command.photos])
    require_kept(work.session, [one for seen in command.defects for one in seen.photos])
    if command.kind == "hidden_works":
        return _record_hidden_works(work, command, element)
    return _record_final(work, command, element)


@use_case("inspection:witness")
def witness_inspection(work: Work, command: WitnessInspection) -> Done:
    """The supervisor confirms an inspection with their name; once.

    Raises:
        NotFound: no such inspection.
        AlreadyWitnessed: somebody has confirmed it before.
    """
    inspection = work.session.get(Inspection, command.inspection_id, with_for_update=True)
    if inspection is None:
        raise NotFound(Text(N_("There is no such inspection")))
    work.actor.require_project(inspection.element.project_id)
    if inspection.witnessed_at is not None:
        raise AlreadyWitnessed(
            Text(N_("%(name)s has witnessed this inspection already"), {"name": inspection.witnessed_by})
        )
    at = work.event_time(command)
    inspection.witnessed_by, inspection.witnessed_at = work.actor.name, at
    note(
        work,
        "element.inspection_witnessed",
        [inspection.element],
        event_time=at,
        data={
            "inspection": {"id": str(inspection.id), "kind": inspection.kind, "verdict": inspection.verdict},
            "remark": command.remark,
        },
    )
    return Done(id=inspection.id)


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
    accepted, evaluation = judge_hidden_works(plan_of(element, "hidden_works"), command)
    at, load = work.event_time(command), load_of(work.session, element.id)
    inspection = _keep(work, command, accepted, evaluation, at)
    change_state(
        work,
        [element],
        "accept_hidden_works" if accepted else "refuse_hidden_works",
        event_time=at,
        proofs={"accepted_hidden_works_inspection"} if accepted else (),
        where=where_of_load(load),
        how={**how_of_load(load), **_how(command)},
        data=_data(inspection),
    )
    if accepted and load is not None:
        hidden_works_changed(work, load, at)
    return _recorded(inspection, element)


def _record_final(work: Work, command: RecordInspection, element: Element) -> InspectionRecorded:
    accepted, evaluation = judge_final(plan_of(element, "final"), element, command.measurements, command.defects)
    at = work.event_time(command)
    if not accepted:
        return _refuse_final(work, command, element, _keep(work, command, accepted, evaluation, at))
    require_none_open(work.session, [element])
    proofs = prove_delivery_strength(work.session, element)
    inspection = _keep(work, command, accepted, evaluation, at)
    settled = settle_by_inspection(work, element, inspection)
    change_state(
        work,
        [element],
        "accept_final",
        event_time=at,
        proofs={"accepted_final_inspection", "delivery_strength"},
        how={**how_of_load(load_of(work.session, element.id)), **_how(command)},
        data={
            **_data(inspection),
            "strength": [proof_document(proof) for proof in proofs],
            **({"nonconformities_settled": settled} if settled else {}),
        },
    )
    certificate = issue_certificate(work, command.press, element, inspection, proofs, at)
    return _recorded(inspection, element, certificate_id=certificate.id)


def _refuse_final(
    work: Work, command: RecordInspection, element: Element, inspection: Inspection
) -> InspectionRecorded:
    kind, severity, place = _worst(command)
    at = inspection.inspected_at
    photos = [photo.sha256 for photo in command.photos] + [one for seen in command.defects for one in seen.photos]
    row = open_nonconformity(work, element, kind, severity, command.remark, photos, at, inspection.id, place)
    change_state(
        work,
        [element],
        "refuse_final",
        event_time=at,
        how={**how_of_load(load_of(work.session, element.id)), **_how(command)},
        data={**_data(inspection), "nonconformity": {"number": row.number, "kind": kind, "severity": severity}},
        reason=row.number,
    )
    return _recorded(inspection, element, nonconformity_id=row.id)


def _worst(command: RecordInspection) -> tuple[str, str, DrawingPlace | None]:
    """Kind, severity and place of the nonconformity: those of the worst visible defect, else the dimensions."""
    ranked = sorted(command.defects, key=lambda seen: seen.severity != "severe")
    return (ranked[0].defect, ranked[0].severity, ranked[0].place) if ranked else ("dimension", "general", None)


def _keep(
    work: Work, command: RecordInspection, accepted: bool, evaluation: dict[str, Any], at: datetime
) -> Inspection:
    hidden = command.kind == "hidden_works"
    inspection = Inspection(
        id=new_id(),
        element_id=command.element_id,
        kind=command.kind,
        rule_set=HIDDEN_WORKS_RULE_SET if hidden else RULE_SET,
        verdict="accepted" if accepted else "refused",
        answers=command.model_dump(mode="json", include={"answers"} if hidden else {"measurements", "defects"}),
        evaluation=evaluation,
        remark=command.remark,
        inspected_at=at,
        inspector_id=work.actor.id,
        inspector_name=work.actor.name,
        photos=[InspectionPhoto(sha256=sha256, item=item) for sha256, item in _distinct_photos(command)],
    )
    work.session.add(inspection)
    work.session.flush()
    return inspection


def _distinct_photos(command: RecordInspection) -> list[tuple[str, str]]:
    return list(dict.fromkeys((photo.sha256, photo.item) for photo in command.photos))


def _how(command: RecordInspection) -> dict[str, Any]:
    return {
        "photos": list(dict.fromkeys(photo.sha256 for photo in command.photos)),
        "measurements": [reading.model_dump(mode="json") for reading in command.measurements],
    }


def _data(inspection: Inspection) -> dict[str, Any]:
    return {
        "inspection": {
            "id": str(inspection.id),
            "kind": inspection.kind,
            "verdict": inspection.verdict,
            "rule_set": inspection.rule_set,
            "inspector": inspection.inspector_name,
            "evaluation": inspection.evaluation,
            "answers": inspection.answers.get("answers", {}),
            "remark": inspection.remark,
        }
    }


def _recorded(inspection: Inspection, element: Element, **further: Any) -> InspectionRecorded:
    return InspectionRecorded.model_validate(
        {"inspection_id": inspection.id, "verdict": inspection.verdict, "element_state": element.state, **further}
    )
