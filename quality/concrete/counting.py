"""Which sets of cubes count when a lot is evaluated, and with which value (`rule_sets/cube-conditions.yaml`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from quality.concrete.grades import check_strength, evaluation_rules, rounded
from quality.documents import Place, read_document
from quality.rules import RULE_SETS, SOURCE_KEYS
from quality.verdict import Fault, RefusedInputError
from quality.words import Words


class LeftOut(StrEnum):
    """Why a set does not count."""

    INVALID = "invalid"
    OTHER_CONDITION = "other_condition"
    TOO_YOUNG = "too_young"
    TOO_OLD = "too_old"
    TOO_COOL = "too_cool"


@dataclass(frozen=True)
class CubeSet:
    """A set of three cubes: its value (None: invalid), how and how long it was cured.

    `degree_days` is the sum of daily mean temperatures, °C·d; None where nobody measured it.
    """

    value_mpa: float | None
    condition: str
    age_hours: float
    degree_days: float | None = None


@dataclass(frozen=True)
class CountedSet:
    """A set as the evaluation takes it: the value that counts, in MPa, or why there is none."""

    cubes: CubeSet
    value_mpa: float | None
    left_out: LeftOut | None


@dataclass(frozen=True)
class CubeCondition:
    """What the standards ask of sets of one way of curing."""

    condition: str
    title: Words
    clause: str
    least_age_hours: float
    most_age_hours: float
    least_degree_days: float | None
    divisor: float


def cube_conditions() -> dict[str, CubeCondition]:
    """The ways of curing cubes."""
    return dict(_conditions())


def counted_sets(sets: Sequence[CubeSet], condition: str) -> list[CountedSet]:
    """Each set, in its order, with the value that counts for a lot of sets of `condition`, or why none does.

    The value of a same-condition set is divided by 0.88 (GB 50204-2015 appendix C). Raises RefusedInputError for an
    unknown condition and for ages or strengths that cannot be true.
    """
    rules, faults = _conditions(), list[Fault]()
    if condition not in rules:
        faults.append(Fault("$.condition", f"{condition!r} is not a condition; known are {', '.join(rules)}"))
    for index, one in enumerate(sets):
        if one.value_mpa is not None:
            check_strength(one.value_mpa, f"$.sets[{index}].value_mpa", faults)
        if not 0 <= one.age_hours <= 1e6:
            faults.append(Fault(f"$.sets[{index}].age_hours", f"an age of at least 0 is expected, not {one.age_hours}"))
    if faults:
        raise RefusedInputError(faults)
    return [_counted(one, rules[condition]) for one in sets]


def _counted(cubes: CubeSet, rule: CubeCondition) -> CountedSet:
    reason = _left_out(cubes, rule)
    if reason is not None or cubes.value_mpa is None:
        return CountedSet(cubes, None, reason)
    return CountedSet(cubes, rounded(cubes.value_mpa / rule.divisor, evaluation_rules()["strength_rounding_mpa"]), None)


def _left_out(cubes: CubeSet, rule: CubeCondition) -> LeftOut | None:
    if cubes.condition != rule.condition:
        return LeftOut.OTHER_CONDITION
    if cubes.value_mpa is None:
        return LeftOut.INVALID
    if cubes.age_hours < rule.least_age_hours:
        return LeftOut.TOO_YOUNG
    if cubes.age_hours > rule.most_age_hours:
        return LeftOut.TOO_OLD
    if _is_too_cool(cubes.degree_days, rule.least_degree_days):
        return LeftOut.TOO_COOL
    return None


def _is_too_cool(degree_days: float | None, least: float | None) -> bool:
    return degree_days is not None and least is not None and degree_days < least


@cache
def _conditions() -> dict[str, CubeCondition]:
    entry = read_document(RULE_SETS / "cube-conditions.yaml").record([*SOURCE_KEYS, "conditions"])
    return {name: _read(name, place) for name, place in entry["conditions"].entries().items()}


def _read(name: str, place: Place) -> CubeCondition:
    entry = place.record(["title", "clause", "least_age_hours", "most_age_hours", "divisor"], ["least_degree_days"])
    return CubeCondition(
        condition=name,
        title=entry["title"].words(),
        clause=entry["clause"].text(),
        least_age_hours=entry["least_age_hours"].number(),
        most_age_hours=entry["most_age_hours"].number(),
        least_degree_days=entry["least_degree_days"].number() if "least_degree_days" in entry else None,
        divisor=entry["divisor"].number(),
    )
