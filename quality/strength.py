"""Compressive strength of concrete: value of a set of cubes, evaluation of a lot, strength for release."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from functools import cache

from quality.documents import Place, read_document
from quality.evaluation import Fault, RefusedInputError, Verdict
from quality.rules import RULE_SETS, SOURCE_KEYS
from quality.words import Words

_STRONGEST_MPA = 250.0
"""No cube of ordinary precast concrete is stronger; a reading above is a slip of the pen."""


class StrengthMethod(StrEnum):
    """Ways to evaluate a lot after GB/T 50107-2010."""

    KNOWN_SIGMA = "known_sigma"
    UNKNOWN_SIGMA = "unknown_sigma"
    NON_STATISTICAL = "non_statistical"


class UnknownStageError(ValueError):
    """A release stage that the rules do not know; the message lists the known ones."""


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


class CubeSetRule(StrEnum):
    """Which rule gave the value of a set of cubes."""

    MEAN = "mean"
    MIDDLE = "middle"
    INVALID = "invalid"


@dataclass(frozen=True)
class CubeSetValue:
    """Representative strength of a set of three cubes; no value where the set is invalid."""

    value_mpa: float | None
    rule: CubeSetRule


@dataclass(frozen=True)
class ReleaseRule:
    """Strength that a stage asks for."""

    stage: str
    title: Words
    clause: str
    minimum_mpa: float
    share_of_grade: float
    design_replaces: bool


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
    rules = _evaluation_rules()
    faults: list[Fault] = []
    grade_mpa = _grade_mpa(grade, faults)
    for index, value in enumerate(values_mpa):
        _check_strength(value, f"$.values[{index}]", faults)
    if not values_mpa:
        faults.append(Fault("$.values", "at least one set is expected"))
    if known_sigma_mpa is not None:
        _check_strength(known_sigma_mpa, "$.sigma", faults)
    chosen = _chosen_method(method, len(values_mpa), known_sigma_mpa, faults)
    if faults or grade_mpa is None or chosen is None:
        raise RefusedInputError(faults)
    return _Lot(rules, grade_mpa, values_mpa).evaluate(chosen, known_sigma_mpa)


def known_standard_deviation(previous_values_mpa: Sequence[float]) -> float:
    """σ0 from the sets of the previous period (clause 5.1.2); raises RefusedInputError below 45 sets."""
    rules = _evaluation_rules()
    least = rules["known_sigma"].entries()["previous_sets"].count()
    faults: list[Fault] = []
    for index, value in enumerate(previous_values_mpa):
        _check_strength(value, f"$.previous_values[{index}]", faults)
    if len(previous_values_mpa) < least:
        message = f"at least {least} sets are needed, not {len(previous_values_mpa)}"
        faults.append(Fault("$.previous_values", message))
    if faults:
        raise RefusedInputError(faults)
    return _deviation(previous_values_mpa, rules["known_sigma"], rules)


def cube_set_value(strengths_mpa: Sequence[float]) -> CubeSetValue:
    """Representative value of three cubes after GB/T 50081-2019.

    The mean; the middle value where the largest or the smallest is more than 15 % away from it; none where
    both are. Raises RefusedInputError for anything but three strengths.
    """
    rules = _cube_set_rules()
    faults: list[Fault] = []
    if len(strengths_mpa) != rules["specimens"].count():
        faults.append(Fault("$.strengths", f"three cubes are expected, not {len(strengths_mpa)}"))
    for index, value in enumerate(strengths_mpa):
        _check_strength(value, f"$.strengths[{index}]", faults)
    if faults:
        raise RefusedInputError(faults)
    low, middle, high = sorted(strengths_mpa)
    allowed = round(middle * rules["middle_share"].number(), 9)
    beyond = [round(gap, 9) > allowed for gap in (middle - low, high - middle)]
    if all(beyond):
        return CubeSetValue(None, CubeSetRule.INVALID)
    step = rules["strength_rounding_mpa"]
    if any(beyond):
        return CubeSetValue(_rounded(middle, step), CubeSetRule.MIDDLE)
    return CubeSetValue(_rounded(statistics.fmean(strengths_mpa), step), CubeSetRule.MEAN)


def release_rules() -> dict[str, ReleaseRule]:
    """Stages at which concrete must have a certain strength, in the order of production."""
    return dict(_release_rules())


def release_strength(stage: str, grade: str, design_mpa: float | None = None) -> float:
    """Strength in MPa needed at `stage` for concrete of `grade`, with the design's own value if it gives one.

    Raises UnknownStageError; RefusedInputError for a grade or design value that makes no sense.
    """
    rules = _release_rules()
    if stage not in rules:
        raise UnknownStageError(f"unknown stage {stage!r}; known are {', '.join(rules)}")
    rule = rules[stage]
    faults: list[Fault] = []
    grade_mpa = _grade_mpa(grade, faults)
    if design_mpa is not None:
        _check_strength(design_mpa, "$.design_mpa", faults)
    if faults or grade_mpa is None:
        raise RefusedInputError(faults)
    required = max(rule.minimum_mpa, rule.share_of_grade * grade_mpa)
    if design_mpa is None:
        return required
    return design_mpa if rule.design_replaces else max(required, design_mpa)


class _Lot:
    """A lot under evaluation."""

    def __init__(self, rules: dict[str, Place], grade_mpa: float, values: Sequence[float]) -> None:
        self._rules = rules
        self._grade = grade_mpa
        self._values = values
        step = rules["strength_rounding_mpa"]
        self._mean = _rounded(statistics.fmean(values), step)
        self._least = _rounded(min(values), step)

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
    deviation = _rounded(statistics.stdev(values), rules["deviation_rounding_mpa"])
    return max(deviation, part.entries()["least_deviation_mpa"].number())


def _rounded(value: float, step: Place) -> float:
    """Rounded to the step as GB/T 8170 does: a half goes to the even digit."""
    exact = Decimal(str(round(value, 9)))
    return float(exact.quantize(Decimal(str(step.number())), rounding=ROUND_HALF_EVEN))


def _chosen_method(method: str, sets: int, known_sigma_mpa: float | None, faults: list[Fault]) -> StrengthMethod | None:
    rules = _evaluation_rules()
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


def _grade_mpa(grade: str, faults: list[Fault]) -> float | None:
    """Characteristic strength of a grade such as C30."""
    grades = [place.text() for place in _evaluation_rules()["grades"].sequence()]
    if grade not in grades:
        faults.append(Fault("$.grade", f"{grade!r} is not a grade; known are {', '.join(grades)}"))
        return None
    return float(grade.removeprefix("C"))


def _check_strength(value: object, path: str, faults: list[Fault]) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        faults.append(Fault(path, f"a strength in MPa is expected, not {value!r}"))
    elif not 0 < value <= _STRONGEST_MPA:  # NaN fails this comparison too
        faults.append(Fault(path, f"a strength above 0 to {_STRONGEST_MPA:g} MPa is expected, not {value}"))


@cache
def _evaluation_rules() -> dict[str, Place]:
    entry = read_document(RULE_SETS / "gbt50107-2010.yaml").record(
        [
            *SOURCE_KEYS,
            "grades",
            "strength_rounding_mpa",
            "deviation_rounding_mpa",
            *StrengthMethod,
        ]
    )
    common = ["clause", "rows"]
    entry["known_sigma"].record([*common, "sets", "previous_sets", "least_deviation_mpa", "sigma_factor"])
    entry["unknown_sigma"].record([*common, "least_deviation_mpa"])
    entry["non_statistical"].record([*common, "most_sets"])
    return entry


@cache
def _cube_set_rules() -> dict[str, Place]:
    return read_document(RULE_SETS / "gbt50081-2019.yaml").record(
        [*SOURCE_KEYS, "clause", "specimens", "middle_share", "strength_rounding_mpa"]
    )


@cache
def _release_rules() -> dict[str, ReleaseRule]:
    entry = read_document(RULE_SETS / "strength-release.yaml").record([*SOURCE_KEYS, "stages"])
    return {stage: _read_release(stage, place) for stage, place in entry["stages"].entries().items()}


def _read_release(stage: str, place: Place) -> ReleaseRule:
    entry = place.record(["title", "clause", "design"], ["minimum_mpa", "share_of_grade"])
    return ReleaseRule(
        stage=stage,
        title=entry["title"].words(),
        clause=entry["clause"].text(),
        minimum_mpa=entry["minimum_mpa"].number() if "minimum_mpa" in entry else 0.0,
        share_of_grade=entry["share_of_grade"].number() if "share_of_grade" in entry else 0.0,
        design_replaces=entry["design"].one_of(["at_least", "replaces"]) == "replaces",
    )
