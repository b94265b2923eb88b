"""Loading the compiled parts before somebody waits for them; a new machine compiles them, for a minute or two."""

from __future__ import annotations

from scheduling.generator import generate
from scheduling.nesting.starts import warm as warm_nesting
from scheduling.solver import solve


def warm() -> None:
    """Make the first `solve` and the first `nest` of this process as quick as any other."""
    solve(generate(jobs=4, lines=2, seed=1, every_rule=True), seconds=0.2, workers=2)
    solve(generate(jobs=60, lines=1, seed=1), seconds=0.2, workers=2)
    warm_nesting()
