"""Strength that concrete must have before it is demoulded, its prestress released, or delivered."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from quality.concrete.grades import characteristic_strength, check_strength
from quality.documents import Place, read_document
from quality.rules import RULE_SETS, SOURCE_KEYS
from quality.verdict import Fault, RefusedInputError
from quality.words import Words


class UnknownStageError(ValueError):
    """A release stage that the rules do not know; the message lists the known ones."""


@dataclass(frozen=True)
class ReleaseRule:
    """Strength that a stage asks for; `cubes` is the only way of curing whose cubes prove it (None: any)."""

    stage: str
    title: Words
    clause: str
    minimum_mpa: float
    share_of_grade: float
    design_replaces: bool
    cubes: str | None = None


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
    grade_mpa = characteristic_strength(grade, faults)
    if design_mpa is not None:
        check_strength(design_mpa, "$.design_mpa", faults)
    if faults or grade_mpa is None:
        raise RefusedInputError(faults)
    required = max(rule.minimum_mpa, rule.share_of_grade * grade_mpa)
    if design_mpa is None:
        return required
    return design_mpa if rule.design_replaces else max(required, design_mpa)


@cache
def _release_rules() -> dict[str, ReleaseRule]:
    entry = read_document(RULE_SETS / "strength-release.yaml").record([*SOURCE_KEYS, "stages"])
    return {stage: _read_release(stage, place) for stage, place in entry["stages"].entries().items()}


def _read_release(stage: str, place: Place) -> ReleaseRule:
    entry = place.record(["title", "clause", "design"], ["minimum_mpa", "share_of_grade", "cubes"])
    return ReleaseRule(
        stage=stage,
        title=entry["title"].words(),
        clause=entry["clause"].text(),
        minimum_mpa=entry["minimum_mpa"].number() if "minimum_mpa" in entry else 0.0,
        share_of_grade=entry["share_of_grade"].number() if "share_of_grade" in entry else 0.0,
        design_replaces=entry["design"].one_of(["at_least", "replaces"]) == "replaces",
        cubes=entry["cubes"].text() if "cubes" in entry else None,
    )
