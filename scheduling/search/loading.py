"""Loading the compiled search into this process, once, before any clock runs."""

from __future__ import annotations

from functools import cache

from scheduling.generator import generate
from scheduling.search.starts import STARTS, construct, due_order, insert_in_order
from scheduling.search.walk import Walk
from scheduling.simulator.schedule import Schedule


@cache
def load_search() -> None:
    """Use every compiled part once: half a second where the code is on disk, a minute or two where it is not."""
    problem = generate(jobs=3, lines=2, seed=1)
    schedule = Schedule(problem)
    construct(schedule, STARTS[0])
    Walk(schedule, seed=1).run(1, 1.0, 1.0)
    inserted = Schedule(problem)
    insert_in_order(inserted, due_order(problem, inserted.missing), 1)
