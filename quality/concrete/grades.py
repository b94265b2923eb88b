"""What all reckoning with concrete shares: grades, strengths that can be true, rounding."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache

from quality.documents import Place, read_document
from quality.rules import RULE_SETS, SOURCE_KEYS
from quality.verdict import Fault

_STRONGEST_MPA = 250.0
"""No cube of ordinary precast concrete is stronger; a reading above is a slip of the pen."""
_GRADE = re.compile(r"L?C(?P<strength>\d{1,3})(/(?P<cube>\d{1,3}))?")
EVALUATION_PARTS = ("known_sigma", "unknown_sigma", "non_statistical")


def strength_of_grade(grade: str, faults: list[Fault]) -> float | None:
    """Characteristic strength of a grade such as C30; None, and a fault, for what is no grade."""
    grades = [place.text() for place in evaluation_rules()["grades"].sequence()]
    if grade not in grades:
        faults.append(Fault("$.grade", f"{grade!r} is not a grade; known are {', '.join(grades)}"))
        return None
    return float(grade.removeprefix("C"))


def characteristic_strength(grade: str, faults: list[Fault]) -> float | None:
    """Characteristic cube strength in MPa of any grade a drawing may name: C30, C32, LC30, C30/37 (cylinder/cube).

    None, and a fault, for what is no grade.
    """
    found = _GRADE.fullmatch(grade.strip())
    if found is None:
        faults.append(Fault("$.grade", f"{grade!r} is not a grade such as C30, LC30 or C30/37"))
        return None
    return float(found["cube"] or found["strength"])


def check_strength(value: object, path: str, faults: list[Fault]) -> None:
    """A fault where this is no strength in MPa that can be true."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        faults.append(Fault(path, f"a strength in MPa is expected, not {value!r}"))
    elif not 0 < value <= _STRONGEST_MPA:  # NaN fails this comparison too
        faults.append(Fault(path, f"a strength above 0 to {_STRONGEST_MPA:g} MPa is expected, not {value}"))


def rounded(value: float, step: Place) -> float:
    """Rounded to the step as GB/T 8170 does: a half goes to the even digit."""
    exact = Decimal(str(round(value, 9)))
    return float(exact.quantize(Decimal(str(step.number())), rounding=ROUND_HALF_EVEN))


@cache
def evaluation_rules() -> dict[str, Place]:
    """GB/T 50107-2010 as data."""
    entry = read_document(RULE_SETS / "gbt50107-2010.yaml").record(
        [
            *SOURCE_KEYS,
            "grades",
            "strength_rounding_mpa",
            "deviation_rounding_mpa",
            *EVALUATION_PARTS,
        ]
    )
    common = ["clause", "rows"]
    entry["known_sigma"].record([*common, "sets", "previous_sets", "least_deviation_mpa", "sigma_factor"])
    entry["unknown_sigma"].record([*common, "least_deviation_mpa"])
    entry["non_statistical"].record([*common, "most_sets"])
    return entry
