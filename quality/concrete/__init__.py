"""Compressive strength of concrete: value of a set of cubes, evaluation of a lot, strength for release."""

from quality.concrete.counting import CountedSet, CubeCondition, CubeSet, LeftOut, counted_sets, cube_conditions
from quality.concrete.cubes import CubeSetRule, CubeSetValue, cube_set_value
from quality.concrete.lots import (
    Criterion,
    StrengthEvaluation,
    StrengthMethod,
    evaluate_strength,
    known_standard_deviation,
)
from quality.concrete.release import ReleaseRule, UnknownStageError, release_rules, release_strength

__all__ = [
    "CountedSet",
    "Criterion",
    "CubeCondition",
    "CubeSet",
    "CubeSetRule",
    "CubeSetValue",
    "LeftOut",
    "ReleaseRule",
    "StrengthEvaluation",
    "StrengthMethod",
    "UnknownStageError",
    "counted_sets",
    "cube_conditions",
    "cube_set_value",
    "evaluate_strength",
    "known_standard_deviation",
    "release_rules",
    "release_strength",
]
