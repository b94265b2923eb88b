"""Forms of plans with checks and figures in their own units: reading what was typed, and giving it back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from mes.core.errors import Fault
from mes.core.text import N_, Text
from mes.inspection.schemas import Reading
from mes.inspection.views.forms import ANSWERS
from quality import AnswerKind, InspectionPlan, PlanItem


def typed_items(plan: InspectionPlan) -> list[PlanItem]:
    """What the form asks: checks and figures; positions are left to those who send them from an instrument."""
    return [item for item in plan.items if item.answer_kind is AnswerKind.CHECK or not item.pairs]


def read_checklist(plan: InspectionPlan, form: Mapping[str, str]) -> tuple[dict[str, str], list[Reading], list[Fault]]:
    """Answers, readings, and faults of a filled-in form; empty fields are no readings."""
    answers: dict[str, str] = {}
    readings: list[Reading] = []
    faults: list[Fault] = []
    for item in typed_items(plan):
        if item.answer_kind is AnswerKind.CHECK:
            if form.get(f"answer_{item.id}") in ANSWERS:
                answers[item.id] = ANSWERS[form[f"answer_{item.id}"]]
            continue
        names = [f"m.{item.id}.{number}" for number in range(item.readings)]
        values = [number for name in names if (number := _number(name, form, faults)) is not None]
        nominal = _number(f"nominal.{item.id}", form, faults)
        if values:
            readings.append(Reading(item=item.id, nominal=nominal or item.nominal, values=[*values]))
    return answers, readings, faults


def errors_by_field(plan: InspectionPlan, readings: list[Reading], faults: list[Fault]) -> dict[str, list[Any]]:
    """Faults of the service under the names of the form's fields."""
    found: dict[str, list[Any]] = {}
    for fault in faults:
        found.setdefault(_field(plan, readings, fault.where), []).append(fault.reason)
    return found


def _field(plan: InspectionPlan, readings: list[Reading], where: str) -> str:
    if where.startswith("measurements["):
        index = int(where[len("measurements[") : where.index("]")])
        item = readings[index].item if index < len(readings) else ""
        return f"nominal.{item}" if where.endswith(".nominal") else f"m.{item}"
    if where.startswith("measurements."):
        return f"m.{where.removeprefix('measurements.')}"
    return where


def _number(name: str, form: Mapping[str, str], faults: list[Fault]) -> float | None:
    text = form.get(name, "").strip().replace("−", "-")
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or len(text) > 20:
        faults.append(Fault(".".join(name.split(".")[:2]), Text(N_("%(typed)s is not a number"), {"typed": text[:20]})))
        return None
    return number
