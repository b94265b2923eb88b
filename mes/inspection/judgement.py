"""Between the house and quality/: an element's plan, its readings judged, faults in the reader's words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session, object_session

from mes.core.errors import Fault, InvalidInput
from mes.core.text import N_, Text
from mes.inspection.policy import rules_for
from mes.inspection.schemas import InspectionReport, Reading, SeenDefect, TakenPhoto
from mes.orders.models import Element
from quality import (
    AnswerKind,
    DefectPlace,
    Dimensions,
    Evaluation,
    Face,
    InspectionPlan,
    ItemResult,
    Measurement,
    PlanItem,
    RefusedInputError,
    RuleSet,
    Verdict,
    evaluate,
    inspection_plan,
    place_fault,
)

FAULT_WORDS = {
    "values": N_("%(number)s mm cannot be true here; please measure again"),
    "meant": N_("%(number)s mm cannot be true here; was %(meant)s mm meant?"),
    "nominal": N_("The drawing's value is missing or cannot be true"),
    "item": N_("The rules say nothing about this item for this family"),
    "element": N_("The element's own size cannot be true for its family; correct the component type first"),
}


class InspectionIncomplete(InvalidInput):
    """Something that must be answered, photographed or measured before acceptance is not; nothing was changed."""


def dimensions_of(element: Element) -> Dimensions:
    """The element's nominal size in mm."""
    kind = element.component_type
    return Dimensions(kind.length_mm, kind.width_mm, kind.thickness_mm)


def plan_of(element: Element, kind: str, *, first_article: bool = False) -> InspectionPlan:
    """What an inspection of this element asks for; `first_article` adds what only a first article is asked."""
    family = element.component_type.family
    return inspection_plan(kind, family, dimensions_of(element), rules_of(element), first_article)


def rules_of(element: Element) -> RuleSet:
    """The tolerance rules in force for an element that was read from the database: see `rules_for`."""
    session = object_session(element)
    if not isinstance(session, Session):
        raise RuntimeError(f"element {element.serial} belongs to no transaction")
    return rules_for(session, element)


def judge_hidden_works(plan: InspectionPlan, report: InspectionReport) -> tuple[bool, dict[str, Any]]:
    """Whether the hidden works are accepted, and the record of the judgement.

    One answer that does not accept stops the element, whatever else is open. Acceptance needs an answer to every
    required item and a photo where the plan wants one.

    Raises:
        InspectionIncomplete: an answer or a photo is missing, or an item is not of this plan.
    """
    items = {item.id: item for item in plan.items}
    faults = [
        Fault(f"answers.{name}", Text(N_("This item is not of this plan")))
        for name in report.answers
        if name not in items
    ]
    faults += [fault for item in plan.items for fault in _answer_faults(item, report.answers)]
    refused = [name for name, answer in report.answers.items() if name in items and not _accepts(items[name], answer)]
    if not refused:
        faults += _open_items(plan, report.answers) + _missing_photos(plan, report.answers, report.photos)
    if faults:
        raise InspectionIncomplete(Text(N_("The inspection is not complete; nothing was recorded")), faults)
    return not refused, {"result": "fail" if refused else "pass", "refused_items": refused}


def _answer_faults(item: PlanItem, answers: Mapping[str, str]) -> list[Fault]:
    if item.id not in answers or answers[item.id] in [answer.id for answer in item.answers]:
        return []
    return [Fault(f"answers.{item.id}", Text(N_("This always applies; answer yes or no")))]


def _accepts(item: PlanItem, answer: str) -> bool:
    return all(known.accepts for known in item.answers if known.id == answer)


def _open_items(plan: InspectionPlan, answers: Mapping[str, str]) -> list[Fault]:
    return [
        Fault(f"answers.{item.id}", Text(N_("Please answer this item")))
        for item in plan.items
        if item.required and item.id not in answers
    ]


def _missing_photos(plan: InspectionPlan, answers: Mapping[str, str], photos: Sequence[TakenPhoto]) -> list[Fault]:
    shown = {photo.item for photo in photos}
    return [
        Fault(f"photos.{item.id}", Text(N_("A photo is needed here")))
        for item in plan.items
        if item.photo_required and answers.get(item.id) == "yes" and item.id not in shown
    ]


def require_places(element: Element, defects: Sequence[SeenDefect]) -> None:
    """Refuse a defect whose place is beside the face it was seen on.

    Raises:
        InvalidInput: each such place, `defects[index].place.x_mm` or `y_mm`.
    """
    size = dimensions_of(element)
    found = [
        place_fault(DefectPlace(seen.place.face, seen.place.x_mm, seen.place.y_mm), size, f"defects[{index}].place")
        for index, seen in enumerate(defects)
        if seen.place is not None
    ]
    words = Text(N_("This place is beside the element; where was it?"))
    faults = [Fault(fault.path, words) for fault in found if fault is not None]
    if faults:
        raise InvalidInput(Text(N_("Some fields are not right")), faults)


def judge_final(
    plan: InspectionPlan,
    element: Element,
    report: InspectionReport,
) -> tuple[bool, dict[str, Any]]:
    """Whether a finished element is accepted, and the record of the judgement.

    A reading out of tolerance or any visible defect refuses it: a severe defect is not accepted at all, a general
    one is to be made good and seen again (GB 50204-2015 clauses 9.2.3 and 9.2.6). So does a check of a first article
    that is answered no. Acceptance needs every required item measured and answered.

    Raises:
        InspectionIncomplete: required items are not measured or answered, and nothing refuses the element.
        InvalidInput: readings that cannot be true, unknown items or defects; each fault with its place.
    """
    readings, defects = report.measurements, report.defects
    refused_checks, open_checks = _judged_checks(plan, report)
    known = {defect.id for defect in plan.defects}
    unknown = [
        Fault(f"defects[{index}].defect", Text(N_("This defect is not of the list")))
        for index, seen in enumerate(defects)
        if seen.defect not in known
    ]
    if unknown:
        raise InvalidInput(Text(N_("Some fields are not right")), unknown)
    evaluation = judge_readings(element, readings) if readings else None
    missing = (
        evaluation.missing if evaluation else rules_of(element).required_items(plan.family, dimensions_of(element))
    )
    refused = bool(defects or refused_checks) or (evaluation is not None and evaluation.result is Verdict.FAIL)
    if (missing or open_checks) and not refused:
        faults = [Fault(f"measurements.{item}", Text(N_("Not measured yet"))) for item in missing] + open_checks
        raise InspectionIncomplete(Text(N_("The inspection is not complete; nothing was recorded")), faults)
    accepted = not refused and evaluation is not None and evaluation.acceptable
    return accepted, {
        "result": "pass" if accepted else "fail",
        "items": [result_document(result) for result in evaluation.items] if evaluation else [],
        "missing": list(missing),
        "defects": [seen.model_dump() for seen in defects],
        **({"refused_items": refused_checks} if refused_checks else {}),
    }


def _judged_checks(plan: InspectionPlan, report: InspectionReport) -> tuple[list[str], list[Fault]]:
    """The checks of a final inspection that refuse it, and what of them is still open."""
    items = {item.id: item for item in plan.items if item.answers}
    faults = [
        Fault(f"answers.{name}", Text(N_("This item is not of this plan")))
        for name in report.answers
        if name not in items
    ]
    faults += [fault for item in items.values() for fault in _answer_faults(item, report.answers)]
    if faults:
        raise InvalidInput(Text(N_("Some fields are not right")), faults)
    refused = [name for name, answer in report.answers.items() if not _accepts(items[name], answer)]
    checks = replace(plan, items=tuple(items.values()))
    missing = _open_items(checks, report.answers) + _missing_photos(checks, report.answers, report.photos)
    return refused, missing


def judge_readings(element: Element, readings: Sequence[Reading]) -> Evaluation:
    """The readings judged by the rules in force.

    Raises:
        InvalidInput: readings that cannot be true, each with its JSON path.
    """
    try:
        return evaluate(
            rules_of(element),
            element.component_type.family,
            dimensions_of(element),
            [measurement_of(r) for r in readings],
        )
    except RefusedInputError as error:
        faults = [_fault(fault.path, readings, fault.meant) for fault in error.faults]
        raise InvalidInput(Text(N_("Some readings cannot be true; nothing was recorded")), faults) from error


def measurement_of(reading: Reading) -> Measurement:
    """A reading in the engine's words."""
    return Measurement(
        item=reading.item,
        nominal=reading.nominal,
        values=tuple(reading.values),
        face=Face(reading.face) if reading.face else None,
        temporary=reading.temporary,
    )


def result_document(result: ItemResult) -> dict[str, Any]:
    """A judged item as it is kept."""
    return {
        "item": result.item,
        "deviation": result.deviation,
        "allowed": list(result.allowed),
        "margin": result.margin,
        "result": result.result.value,
        "clause": result.clause,
    }


_PATH = re.compile(r"\$\.measurements\[(\d+)\]\.(\w+)(?:\[(\d+)\])?")


def _fault(path: str, readings: Sequence[Reading], meant: float | None) -> Fault:
    """The engine's fault in words that people read: the place stays, the reason is ours."""
    place = _PATH.match(path)
    if place is None:
        return Fault(path, Text(FAULT_WORDS["element"]))
    reading, part, index = readings[int(place[1])], place[2], place[3]
    where = f"measurements[{place[1]}].{part}" + (f"[{index}]" if index else "")
    if part != "values":
        return Fault(where, Text(FAULT_WORDS.get(part, FAULT_WORDS["item"])))
    value = reading.values[int(index)] if index and int(index) < len(reading.values) else reading.values
    words = {"number": _number_text(value), **({} if meant is None else {"meant": _number_text(meant)})}
    return Fault(where, Text(FAULT_WORDS["values" if meant is None else "meant"], words))


def _number_text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return " / ".join(_number_text(part) for part in value) or "–"
    return f"{value:g}" if abs(value) < 1e6 else str(value)


def measured_items(plan: InspectionPlan) -> list[PlanItem]:
    """The plan's measured items."""
    return [item for item in plan.items if item.answer_kind is AnswerKind.MEASURE]
