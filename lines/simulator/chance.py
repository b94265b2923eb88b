"""Chance that repeats itself: every draw depends on the seed and on what is drawn, not on when or in which order."""

import math
import random
from dataclasses import dataclass

_WIDEST = 2.5  # standard deviations: a cycle is never further from the plan
_SHORTEST = 0.2  # of the planned time
_STOP_MINUTES = (1.0, 4.0, 20.0)  # least, mean and most minutes of a machine's own stop: typical, for demonstration


@dataclass(frozen=True, slots=True)
class Cycle:
    """One work on one pallet: how long it takes, and the machine's own stop in it, if any.

    The machine stops when ``stop_at_ms`` of the work remain, for ``stop_ms``; ``choice`` (0 to 1) picks the alarm.
    """

    work_ms: int
    stop_at_ms: int = 0
    stop_ms: int = 0
    choice: float = 0.0


def draw(*key: object) -> random.Random:
    """A source of chance that gives the same numbers for the same key, in every process."""
    return random.Random("/".join(map(str, key)))  # noqa: S311 - it only has to look like chance


def cycle(planned_ms: int, spread: float, stops_per_hour: float, *key: object) -> Cycle:
    """The cycle of this key. ``spread`` is the standard deviation as a fraction of the planned time;
    ``stops_per_hour`` the machine's own stops in an hour of work (at most one in a cycle).
    """
    if not spread and not stops_per_hour:
        return Cycle(planned_ms)
    chance = draw(*key)
    deviation = max(-_WIDEST, min(_WIDEST, chance.gauss(0.0, 1.0)))
    work_ms = max(1, round(planned_ms * max(_SHORTEST, 1 + spread * deviation)))
    stops, place, length, choice = (chance.random() for _ in range(4))
    if stops >= 1 - math.exp(-stops_per_hour * work_ms / 3_600_000):
        return Cycle(work_ms)
    least, mean, most = _STOP_MINUTES
    minutes = min(most, least - (mean - least) * math.log(1 - length))
    return Cycle(work_ms, max(1, round(work_ms * place)), round(minutes * 60_000), choice)
