"""A filled-in plan of checks and figures, judged: things, and elements that change hands."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from mes.core.errors import Fault, InvalidInput
from mes.core.text import N_, Text
from mes.inspection.judgement import InspectionIncomplete, measurement_of, result_document
from mes.inspection.schemas import Reading, TakenPhoto
from quality import AnswerKind, Dimensions, InspectionPlan, PlanJudgement, RefusedInputError, Verdict, judge_plan

Judged = tuple[bool, dict[str, Any]]
_PATH = re.compile(r"\$\.(answers|measurements)(?:\[(\d+)\])?\.(\w+)(?:\[(\d+)\])?")


def judge_filled(
    plan: InspectionPlan,
    answers: Mapping[str, str],
    readings: Sequence[Reading],
    photos: Sequence[TakenPhoto],
    dimensions: Dimensions | None = None,
) -> Judged:
    """Whether a filled-in plan is accepted, and the record of the judgement.

    One answer that does not accept, or one figure beyond its limits, refuses; whatever is open then does not matter.
    Acceptance needs every required item and a photo where the plan wants one.

    Raises:
        InspectionIncomplete: nothing refuses, and something required is open.
        InvalidInput: unknown items, answers that do not exist, figures that cannot be true; each with its place.
    """
    try:
        judged = judge_plan(plan, answers, [measurement_of(reading) for reading in readings], dimensions)
    except RefusedInputError as error:
        faults = [_fault(plan, fault.path, readings) for fault in error.faults]
        raise InvalidInput(Text(N_("Some entries cannot be true; nothing was recorded")), faults) from error
    if judged.result is Verdict.PASS:
        _require_complete(plan, judged, answers, photos)
    return judged.acceptable, {
        "result": "pass" if judged.acceptable else "fail",
        "items": [result_document(result) for result in judged.items],
        "refused_items": list(judged.refused),
        "missing": list(judged.missing),
    }


def _require_complete(
    plan: InspectionPlan, judged: PlanJudgement, answers: Mapping[str, str], photos: Sequence[TakenPhoto]
) -> None:
    measured = {item.id for item in plan.items if item.answer_kind is AnswerKind.MEASURE}
    faults = [
        Fault(f"measurements.{name}", Text(N_("Not measured yet")))
        if name in measured
        else Fault(f"answers.{name}", Text(N_("Please answer this item")))
        for name in judged.missing
    ]
    shown = {photo.item for photo in photos}
    faults += [
        Fault(f"photos.{item.id}", Text(N_("A photo is needed here")))
        for item in plan.items
        if item.photo_required and answers.get(item.id) == "yes" and item.id not in shown
    ]
    if faults:
        raise InspectionIncomplete(Text(N_("The inspection is not complete; nothing was recorded")), faults)


def _fault(plan: InspectionPlan, path: str, readings: Sequence[Reading]) -> Fault:
    """The engine's fault in words that people read: the place stays, the reason is ours."""
    place = _PATH.match(path)
    if place is None:
        return Fault(path, Text(N_("The size of what is inspected is not known; correct it first")))
    if place[1] == "answers":
        return Fault(f"answers.{place[3]}", Text(N_("This item is not of this plan, or has no such answer")))
    reading, part, index = readings[int(place[2])], place[3], place[4]
    where = f"measurements[{place[2]}].{part}" + (f"[{index}]" if index else "")
    if part == "nominal":
        return Fault(where, Text(N_("The value that was asked for is missing or cannot be true")))
    if part == "values" and index and int(index) < len(reading.values):
        unit = next((item.unit for item in plan.items if item.id == reading.item), "")
        number = reading.values[int(index)]
        words = {"number": f"{number:g}" if isinstance(number, float | int) else str(number), "unit": unit}
        return Fault(where, Text(N_("%(number)s %(unit)s cannot be true here; please measure again"), words))
    if part == "values":
        return Fault(where, Text(N_("A reading is missing here, or there are too many")))
    return Fault(where, Text(N_("This item is not of this plan")))
