"""The row of an element's inspection and what the ledger keeps of it, for every kind of inspection."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mes.core.commands import Work
from mes.core.ids import new_id
from mes.inspection.authors import inspector_columns
from mes.inspection.models import Inspection, InspectionPhoto
from mes.inspection.places import place_code
from mes.inspection.schemas import HandoverReport, InspectionReport

Report = InspectionReport | HandoverReport


def keep_inspection(
    work: Work,
    report: Report,
    accepted: bool,
    evaluation: dict[str, Any],
    at: datetime,
    where: Mapping[str, Any],
    **further: Any,
) -> Inspection:
    """The row of an inspection, in the caller's transaction: who, role, organisation, when, where, by which device.

    `further` are the columns that say by which rules it was judged, and what else the caller knows.
    """
    checklist = bool(report.answers) or report.kind == "hidden_works"
    inspection = Inspection(
        id=new_id(),
        element_id=report.element_id,
        kind=report.kind,
        verdict="accepted" if accepted else "refused",
        answers=report.model_dump(mode="json", include=_parts(report, checklist)),
        evaluation=evaluation,
        remark=report.remark,
        inspected_at=at,
        place=place_code(where),
        photos=[InspectionPhoto(sha256=sha256, item=item) for sha256, item in _distinct_photos(report)],
        **inspector_columns(work.actor),
        **further,
    )
    work.session.add(inspection)
    work.session.flush()
    return inspection


def how_inspected(report: Report) -> dict[str, Any]:
    """Photos and measurements, for an event."""
    return {
        "photos": list(dict.fromkeys(photo.sha256 for photo in report.photos)),
        "measurements": [reading.model_dump(mode="json") for reading in report.measurements],
    }


def inspection_facts(inspection: Inspection) -> dict[str, Any]:
    """An inspection as an event keeps it."""
    facts: dict[str, Any] = {
        "id": str(inspection.id),
        "kind": inspection.kind,
        "verdict": inspection.verdict,
        "rule_set": inspection.rule_set,
        "inspector": inspection.inspector_name,
        "place": inspection.place,
        "evaluation": inspection.evaluation,
        "answers": inspection.answers.get("answers", {}),
        "remark": inspection.remark,
    }
    if inspection.first_article:
        facts["first_article"] = True
    return {"inspection": facts}


def _parts(report: Report, checklist: bool) -> set[str]:
    """Which parts of the report were filled in for this kind."""
    measured = {"measurements", "defects"} if report.kind == "final" or report.measurements else set()
    return measured | ({"answers"} if checklist else set())


def _distinct_photos(report: Report) -> list[tuple[str, str]]:
    return list(dict.fromkeys((photo.sha256, photo.item) for photo in report.photos))
