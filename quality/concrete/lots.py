"""A lot's compressive strength judged after GB/T 50107-2010."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from quality.concrete.grades import check_strength, evaluation_rules, rounded, strength_of_grade
from quality.documents import Place
from quality.verdict import Fault, RefusedInputError, Verdict


class StrengthMethod(StrEnum):
    """Ways to evaluate a lot after GB/T 50107-2010."""

    KNOWN_SIGMA = "known_sigma"
    UNKNOWN_SIGMA = "unknown_sigma"
    NON_STATISTICAL = "non_statistical"


@dataclass(frozen=True)
class Criterion:
    """One condition that the lot must meet: actual ≥ required, in MPa."""

    name: str
    actual: float
    required: float
    result: Verdict


@dataclass(frozen=True)
class StrengthEvaluation:
    """Outcome for a lot of `n` sets, strengths in MPa; `deviation` is the one that entered the criteria."""

    result: Verdict
    method: StrengthMethod
    n: int
    mean: float
    min: float
    deviation: float | None
    criteria: tuple[Criterion, ...]
    clause: str


def evaluate_strength(
    grade: str,
    values_mpa: Sequence[float],
    method: StrengthMethod | str = "auto",
    known_sigma_mpa: float | None = None,
) -> StrengthEvaluation:
    """Evaluate a lot after GB/T 50107-2010, one representative value per set.

    `auto` takes the known-σ method for three sets with a known standard deviation, the unknown-σ method from
    ten sets on, and the non-statistical method below. Raises RefusedInputError with paths grade, method,
    values[i] and sigma.
    """
    rules = evaluation_rules()
    faults: list[Fault] = []
    grade_mpa = strength_of_grade(grade, faults)
    for index, value in enumerate(values_mpa):
        check_strength(value, f"$.values[{index}]", faults)
    if not values_mpa:
        faults.append(Fault("$.values", "at least one set is expected"))
    if known_sigma_mpa is not None:
        check_strength(known_sigma_mpa, "$.sigma", faults)
    chosen = _chosen_method(method, len(values_mpa), known_sigma_mpa, faults)
    if faults or grade_mpa is None or chosen is None:
        raise RefusedInputError(faults)
    return _Lot(rules, grade_mpa, values_mpa).evaluate(chosen, known_sigma_mpa)


def known_standard_deviation(previous_values_mpa: Sequence[float]) -> float:
    """σ0 from the sets of the previous period (clause 5.1.2); raises RefusedInputError below 45 sets."""
    rules = evaluation_rules()
    least = rules["known_sigma"].entries()["previous_sets"].count()
    faults: list[Fault] = []
    for index, value in enumerate(previous_values_mpa):
        check_strength(value, f"$.previous_values[{index}]", faults)
    if len(previous_values_mpa) < least:
        message = f"at least {least} sets are needed, not {len(previous_values_mpa)}"
        faults.append(Fault("$.previous_values", message))
    if faults:
        raise RefusedInputError(faults)
    return _deviation(previous_values_mpa, rules["known_sigma"], rules)


class _Lot:
    """A lot under evaluation."""

    def __init__(self, rules: dict[str, Place], grade_mpa: float, values: Sequence[float]) -> None:
        self._rules = rules
        self._grade = grade_mpa
        self._values = values
        step = rules["strength_rounding_mpa"]
        self._mean = rounded(statistics.fmean(values), step)
        self._least = rounded(min(values), step)

    def evaluate(self, method: StrengthMethod, known_sigma_mpa: float | None) -> StrengthEvaluation:
        part = self._rules[method.value]
        deviation: float | None = None
        match method:
            case StrengthMethod.KNOWN_SIGMA:
                deviation = max(known_sigma_mpa or 0.0, part.entries()["least_deviation_mpa"].number())
                criteria = self._known_sigma(part.entries(), deviation)
            case StrengthMethod.UNKNOWN_SIGMA:
                deviation = _deviation(self._values, part, self._rules)
                criteria = self._unknown_sigma(part.entries(), deviation)
            case StrengthMethod.NON_STATISTICAL:
                criteria = self._non_statistical(part.entries())
        passed = all(criterion.result is Verdict.PASS for criterion in criteria)
        return StrengthEvaluation(
            result=Verdict.PASS if passed else Verdict.FAIL,
            method=method,
            n=len(self._values),
            mean=round(statistics.fmean(self._values), 3),
            min=min(self._values),
            deviation=deviation,
            criteria=criteria,
            clause=f"{self._rules['standard'].text()} {part.entries()['clause'].text()}",
        )

    def _known_sigma(self, part: dict[str, Place], sigma: float) -> tuple[Criterion, ...]:
        margin = part["sigma_factor"].number() * sigma
        share = _row(part["rows"], "from_grade_mpa", self._grade)["share"].number()
        return (
            _criterion("mean", self._mean, self._grade + margin),
            _criterion("min", self._least, self._grade - margin),
            _criterion("min_of_grade", self._least, share * self._grade),
        )

    def _unknown_sigma(self, part: dict[str, Place], deviation: float) -> tuple[Criterion, ...]:
        row = _row(part["rows"], "from_sets", len(self._values))
        return (
            _criterion("mean", self._mean, self._grade + row["lambda_1"].number() * deviation),
            _criterion("min", self._least, row["lambda_2"].number() * self._grade),
        )

    def _non_statistical(self, part: dict[str, Place]) -> tuple[Criterion, ...]:
        row = _row(part["rows"], "from_grade_mpa", self._grade)
        return (
            _criterion("mean", self._mean, row["lambda_3"].number() * self._grade),
            _criterion("min", self._least, row["lambda_4"].number() * self._grade),
        )


def _criterion(name: str, actual: float, required: float) -> Criterion:
    required = round(required, 6)
    return Criterion(name, actual, required, Verdict.PASS if actual >= required else Verdict.FAIL)


def _row(rows: Place, key: str, value: float) -> dict[str, Place]:
    """The last row that begins at or below `value`."""
    found = [row.entries() for row in rows.sequence() if row.entries()[key].number() <= value]
    if not found:
        raise rows.refuse(f"no row for {key} {value:g}")
    return found[-1]


def _deviation(values: Sequence[float], part: Place, rules: dict[str, Place]) -> float:
    """Standard deviation of the sample, at least the least one that may be used."""
    deviation = rounded(statistics.stdev(values), rules["deviation_rounding_mpa"])
    return max(deviation, part.entries()["least_deviation_mpa"].number())


def _chosen_method(method: str, sets: int, known_sigma_mpa: float | None, faults: list[Fault]) -> StrengthMethod | None:
    rules = evaluation_rules()
    known_sets = rules["known_sigma"].entries()["sets"].count()
    most = rules["non_statistical"].entries()["most_sets"].count()
    if method == "auto":
        if known_sigma_mpa is not None and sets == known_sets:
            return StrengthMethod.KNOWN_SIGMA
        return StrengthMethod.NON_STATISTICAL if sets <= most else StrengthMethod.UNKNOWN_SIGMA
    if method not in list(StrengthMethod):
        known = ", ".join(["auto", *StrengthMethod])
        faults.append(Fault("$.method", f"{method!r} is not a method; known are {known}"))
        return None
    chosen = StrengthMethod(method)
    if chosen is StrengthMethod.KNOWN_SIGMA and known_sigma_mpa is None:
        faults.append(Fault("$.sigma", "the known-σ method needs the standard deviation of earlier sets"))
    if chosen is StrengthMethod.KNOWN_SIGMA and sets != known_sets:
        faults.append(Fault("$.values", f"the known-σ method takes {known_sets} sets, not {sets}"))
    if chosen is StrengthMethod.UNKNOWN_SIGMA and sets <= most:
        faults.append(Fault("$.values", f"the unknown-σ method needs more than {most} sets, not {sets}"))
    if chosen is StrengthMethod.NON_STATISTICAL and sets > most:
        faults.append(Fault("$.values", f"the non-statistical method takes at most {most} sets, not {sets}"))
    return chosen
