"""When a device is polled: fixed instants, of which a late one is left out and counted, never piled up."""

import math
from collections.abc import Sequence

from lines.profile import Point, Poll, Profile

_EARLY_SECONDS = 0.001  # A timer may fire a little early, and two rates that meet are one poll.
# Multiples of these, modulo 1, lie evenly for any number of devices (golden and plastic ratio).
_SPREAD_FAST, _SPREAD_SLOW = 0.618033988749895, 0.754877666246693


class Grid:
    """The instants ``(k + phase) × interval`` of the loop's clock: a slow poll never moves those after it."""

    def __init__(self, interval_seconds: float, phase: float) -> None:
        self._interval = interval_seconds
        self._phase = phase
        self._number = 0

    @property
    def due(self) -> float:
        """The next instant, in seconds of the loop's clock."""
        return (self._number + self._phase) * self._interval

    def restart(self, now: float) -> None:
        """Go on with the first instant after now."""
        self._number = math.floor(now / self._interval - self._phase) + 1

    def take(self, now: float) -> tuple[bool, int]:
        """Whether to poll now, and how many instants passed without a poll: those over by more than half an
        interval.
        """
        behind = now - self.due
        if behind < -_EARLY_SECONDS:
            return False, 0
        missed = max(0, math.floor(behind / self._interval + 0.5))
        self._number += missed
        if self.due > now + _EARLY_SECONDS:
            return False, missed
        self._number += 1
        return True, missed


class Schedule:
    """Which points of a device are read when. ``place`` is its number among all devices, which spreads them."""

    def __init__(self, profile: Profile, place: int) -> None:
        self._points = profile.points
        rates = {point.poll for point in profile.points}
        self._grids = {poll: _grid(profile, poll, place) for poll in Poll if poll in rates}
        self._sets: dict[tuple[Poll, ...], Sequence[Point]] = {}

    def restart(self, now: float) -> None:
        """After a read of everything: go on with the first instants after now."""
        for grid in self._grids.values():
            grid.restart(now)

    @property
    def due(self) -> float:
        """When something is to be read next, in seconds of the loop's clock."""
        return min(grid.due for grid in self._grids.values())

    def take(self, now: float) -> tuple[Sequence[Point], int]:
        """What to read now, which may be nothing, and how many polls were missed."""
        ready, missed = [], 0
        for poll, grid in self._grids.items():
            is_ready, late = grid.take(now)
            missed += late
            if is_ready:
                ready.append(poll)
        key = tuple(ready)
        if key not in self._sets:
            self._sets[key] = tuple(point for point in self._points if point.poll in key)
        return self._sets[key], missed


def _grid(profile: Profile, poll: Poll, place: int) -> Grid:
    """Slow instants fall on fast ones, another one for each device."""
    fast, slow = profile.fast_seconds, profile.slow_seconds
    phase = place * _SPREAD_FAST % 1.0
    if poll is Poll.FAST or slow < fast:
        return Grid(profile.interval_seconds(poll), phase)
    turn = math.floor(place * _SPREAD_SLOW % 1.0 * slow / fast)
    return Grid(slow, (phase + turn) * fast / slow % 1.0)
