"""The value of a set of three cubes (GB/T 50081-2019)."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from quality.concrete.grades import check_strength, rounded
from quality.documents import Place, read_document
from quality.rules import RULE_SETS, SOURCE_KEYS
from quality.verdict import Fault, RefusedInputError


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
        check_strength(value, f"$.strengths[{index}]", faults)
    if faults:
        raise RefusedInputError(faults)
    low, middle, high = sorted(strengths_mpa)
    allowed = round(middle * rules["middle_share"].number(), 9)
    beyond = [round(gap, 9) > allowed for gap in (middle - low, high - middle)]
    if all(beyond):
        return CubeSetValue(None, CubeSetRule.INVALID)
    step = rules["strength_rounding_mpa"]
    if any(beyond):
        return CubeSetValue(rounded(middle, step), CubeSetRule.MIDDLE)
    return CubeSetValue(rounded(statistics.fmean(strengths_mpa), step), CubeSetRule.MEAN)


@cache
def _cube_set_rules() -> dict[str, Place]:
    return read_document(RULE_SETS / "gbt50081-2019.yaml").record(
        [*SOURCE_KEYS, "clause", "specimens", "middle_share", "strength_rounding_mpa"]
    )
