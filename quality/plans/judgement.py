"""Judging a filled-in plan: its checks, the figures it bounds itself, and what the tolerance rules judge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from quality.catalogue import Dimensions
from quality.judging import ItemResult, Measurement, judge_indexed
from quality.judging.measurement import number, probably_meant
from quality.judging.results import DECIMALS, worst_of
from quality.plans.model import AnswerKind, InspectionPlan, Limits, PlanItem
from quality.verdict import Fault, RefusedInputError, Verdict


@dataclass(frozen=True)
class PlanJudgement:
    """The verdict about a filled-in plan. `refused` names the checks whose answer stops, `missing` what is open."""

    result: Verdict
    items: tuple[ItemResult, ...]
    refused: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def acceptable(self) -> bool:
        """Whether everything required was answered and measured, and everything passes."""
        return not self.missing and self.result is Verdict.PASS


def judge_plan(
    plan: InspectionPlan,
    answers: Mapping[str, str],
    measurements: Sequence[Measurement] = (),
    dimensions: Dimensions | None = None,
) -> PlanJudgement:
    """Judge a filled-in plan; the order of answers and measurements has no influence on the verdict.

    `dimensions` is needed where the plan's rules judge what was measured.

    Raises:
        RefusedInputError: unknown items or answers, and figures that cannot be true, each with its path
            (`$.answers.ITEM`, `$.measurements[i]…`).
    """
    items = {item.id: item for item in plan.items}
    faults = _answer_faults(items, answers)
    results: list[ItemResult] = []
    for index, one in enumerate(measurements):
        item, path = items.get(one.item), f"$.measurements[{index}]"
        if item is None or item.answer_kind is not AnswerKind.MEASURE:
            faults.append(Fault(f"{path}.item", f"{one.item!r} is not measured in this inspection"))
        elif item.limits is not None:
            results += _judge_limited(item, item.limits, one, path, faults)
        else:
            results += _judge_by_rules(plan, index, one, dimensions, faults)
    if faults:
        raise RefusedInputError(faults)
    refused = tuple(name for name in items if name in answers and not _accepts(items[name], answers[name]))
    done = {*answers, *(result.item for result in results)}
    failed = bool(refused) or any(result.result is Verdict.FAIL for result in results)
    missing = tuple(item.id for item in plan.items if item.required and item.id not in done)
    return PlanJudgement(Verdict.FAIL if failed else Verdict.PASS, tuple(results), refused, missing)


def _answer_faults(items: Mapping[str, PlanItem], answers: Mapping[str, str]) -> list[Fault]:
    faults = []
    for name, answer in answers.items():
        known = [one.id for one in items[name].answers] if name in items else []
        if not known:
            faults.append(Fault(f"$.answers.{name}", "this inspection has no such check"))
        elif answer not in known:
            faults.append(Fault(f"$.answers.{name}", f"one of {', '.join(known)} is expected, not {answer!r}"))
    return faults


def _accepts(item: PlanItem, answer: str) -> bool:
    return all(known.accepts for known in item.answers if known.id == answer)


def _judge_limited(
    item: PlanItem, limits: Limits, measurement: Measurement, path: str, faults: list[Fault]
) -> list[ItemResult]:
    """A figure that the plan bounds itself, in its own unit; the reading with the least margin decides."""
    before = len(faults)
    nominal = item.nominal
    if measurement.nominal is not None:
        nominal = number(measurement.nominal, f"{path}.nominal", faults)
    elif item.nominal_required and nominal is None:
        faults.append(Fault(f"{path}.nominal", f"{item.id} needs the value that was asked for: which was it?"))
    if not measurement.values:
        faults.append(Fault(f"{path}.values", "at least one reading is expected"))
    readings = [
        _plausible(number(value, f"{path}.values[{index}]", faults), limits, item, f"{path}.values[{index}]", faults)
        for index, value in enumerate(measurement.values)
    ]
    if len(faults) > before:
        return []
    tolerance = limits.tolerance(nominal)
    judged = [
        round(one - (nominal or 0.0) if limits.relative else one, DECIMALS) for one in readings if one is not None
    ]
    return [worst_of(item.id, judged, tolerance.lower, tolerance)]


def _plausible(reading: float | None, limits: Limits, item: PlanItem, path: str, faults: list[Fault]) -> float | None:
    smallest, largest = limits.plausible
    if reading is None or smallest <= reading <= largest:
        return reading
    meant = probably_meant(reading, smallest, largest)
    asked = "please read again" if meant is None else f"was {meant:g} {item.unit} meant?"
    told = f"{reading:g} {item.unit} cannot be true: {smallest:g} to {largest:g} is expected"
    faults.append(Fault(path, f"{told}; {asked}", meant))
    return None


def _judge_by_rules(
    plan: InspectionPlan,
    index: int,
    measurement: Measurement,
    dimensions: Dimensions | None,
    faults: list[Fault],
) -> tuple[ItemResult, ...]:
    if dimensions is None or plan.rule_set is None:
        faults.append(Fault("$.dimensions", "the size of the element is needed to judge what was measured"))
        return ()
    results, found = judge_indexed(plan.rule_set, plan.family, dimensions, [(index, measurement)])
    faults += found
    return results
