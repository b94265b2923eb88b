"""Which concrete may be cast where which is needed."""

from __future__ import annotations

import pytest

from mes.core.errors import InvalidInput
from mes.shopfloor.loads import grade_reaches


@pytest.mark.parametrize(
    ("grade", "needed", "reaches"),
    [
        ("C30", "C30", True),
        ("C40", "C35", True),
        ("C25", "C30", False),
        ("c30 ", "C30", True),
        ("LC30", "LC25", True),
        ("LC30", "C30", False),  # too light for what was ordered
        ("C30", "LC30", False),  # too heavy
        ("C30/37", "C35", True),  # the cube's strength counts, as Chinese grades name it
        ("C30", "C30/37", False),
    ],
)
def test_strength_and_weight_must_fit(grade: str, needed: str, reaches: bool) -> None:
    assert grade_reaches(grade, needed) is reaches


@pytest.mark.parametrize("grade", ["", "30", "C3", "C30x", "MC30"])
def test_what_is_no_grade_is_refused(grade: str) -> None:
    with pytest.raises(InvalidInput):
        grade_reaches(grade, "C30")
