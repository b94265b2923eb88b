"""Judging all measurements of an element against tolerance rules."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from quality.catalogue import DIMENSION_NAMES, Dimensions, UnknownFamilyError, catalogue
from quality.judging.judge import Judge
from quality.judging.measurement import Measurement, number, probably_meant, question
from quality.judging.results import ItemResult
from quality.rules import RuleSet
from quality.verdict import Fault, RefusedInputError, Verdict


@dataclass(frozen=True)
class Evaluation:
    """Judgement of all measurements. `result` speaks of what was measured; `missing` names what was not."""

    result: Verdict
    items: tuple[ItemResult, ...]
    missing: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether every required item was measured."""
        return not self.missing

    @property
    def acceptable(self) -> bool:
        """Whether everything required was measured and everything measured passes."""
        return self.complete and self.result is Verdict.PASS


def evaluate(rules: RuleSet, family: str, dimensions: Dimensions, measurements: Sequence[Measurement]) -> Evaluation:
    """Judge all measurements of an element; raises RefusedInputError with every fault found."""
    faults = element_faults(family, dimensions)
    if not measurements:
        faults.append(Fault("$.measurements", "at least one measurement is expected"))
    if faults:
        raise RefusedInputError(faults)
    items, faults = judge_indexed(rules, family, dimensions, enumerate(measurements))
    if faults:
        raise RefusedInputError(faults)
    passed = all(item.result is Verdict.PASS for item in items)
    measured = {item.item for item in items}
    missing = tuple(item for item in rules.required_items(family, dimensions) if item not in measured)
    return Evaluation(Verdict.PASS if passed else Verdict.FAIL, items, missing)


def judge_indexed(
    rules: RuleSet, family: str, dimensions: Dimensions, measurements: Iterable[tuple[int, Measurement]]
) -> tuple[tuple[ItemResult, ...], list[Fault]]:
    """Measurements judged, with the faults under `$.measurements[index]` of the index given with each."""
    judges = [Judge(rules, family, dimensions, one, f"$.measurements[{index}]") for index, one in measurements]
    results = [judge.result() for judge in judges]
    faults = [fault for judge in judges for fault in judge.faults]
    return tuple(result for result in results if result is not None), faults


def judge_item(rules: RuleSet, family: str, dimensions: Dimensions, measurement: Measurement) -> ItemResult:
    """Judge one measurement, as while a form is filled in; raises RefusedInputError with paths from `$`."""
    faults = element_faults(family, dimensions)
    if faults:
        raise RefusedInputError(faults)
    judge = Judge(rules, family, dimensions, measurement, "$")
    result = judge.result()
    if result is None:
        raise RefusedInputError(judge.faults)
    return result


def element_faults(family: str, dimensions: Dimensions) -> list[Fault]:
    """What is wrong with an element's family and size; nothing where they can be true."""
    try:
        known = catalogue().family(family)
    except UnknownFamilyError as error:
        return [Fault("$.family", str(error))]
    faults: list[Fault] = []
    for name in DIMENSION_NAMES:
        value = number(getattr(dimensions, name), f"$.{name}", faults)
        smallest, largest = known.plausible_mm[name]
        if value is not None and not smallest <= value <= largest:
            meant = probably_meant(value, smallest, largest)
            told = f"{value:g} mm cannot be true of a {family}: {smallest:g} to {largest:g} mm is expected"
            faults.append(Fault(f"$.{name}", f"{told}; {question(meant)}", meant))
    return faults
