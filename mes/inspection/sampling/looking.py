"""The judgement of a piece that is only looked at, because the sample of its lot speaks for its sizes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mes.core.errors import Fault, InvalidInput
from mes.core.text import N_, Text
from mes.inspection.schemas import SeenDefect
from quality import InspectionPlan


def judge_looked_at(plan: InspectionPlan, defects: Sequence[SeenDefect]) -> tuple[bool, dict[str, Any]]:
    """Whether a piece that is not measured is accepted: any visible defect refuses it, as with a measured one.

    Raises:
        InvalidInput: a defect that is not of the plan's list.
    """
    known = {defect.id for defect in plan.defects}
    faults = [
        Fault(f"defects[{index}].defect", Text(N_("This defect is not of the list")))
        for index, seen in enumerate(defects)
        if seen.defect not in known
    ]
    if faults:
        raise InvalidInput(Text(N_("Some fields are not right")), faults)
    return not defects, {
        "result": "fail" if defects else "pass",
        "items": [],
        "missing": [],
        "defects": [seen.model_dump(mode="json") for seen in defects],
        "looked_at": True,
    }
