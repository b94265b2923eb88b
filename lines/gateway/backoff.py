"""Pauses between attempts, and a pace for connects: what returns together does not come in one burst."""

import asyncio
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Backoff:
    """Pauses between attempts: ``first_seconds`` doubling up to ``max_seconds``, each shortened at random by
    half.

    The jitter keeps a whole line that lost its switch from coming back in one burst.
    """

    first_seconds: float = 0.5
    max_seconds: float = 30.0

    def pause_seconds(self, failures: int, chance: float) -> float:
        """The pause after the n-th failure in a row (from 1); ``chance`` is 0 to 1."""
        full = min(self.max_seconds, self.first_seconds * 2.0 ** min(failures - 1, 30))
        return full * (0.5 + 0.5 * chance)

    def seldom_seconds(self, chance: float) -> float:
        """The pause between two looks at a device that is not believed."""
        return self.max_seconds * (0.5 + 0.5 * chance)


class Pace:
    """Lets one connect begin every ``gap_seconds``, in the order of asking.

    The beginnings are paced, not the number under way limited: connects that hang until their time-out then hold
    nobody up, and gap and time-out still bound how many are under way.
    """

    def __init__(self, gap_seconds: float = 0.02) -> None:
        self._gap_seconds = gap_seconds
        self._next = 0.0

    async def turn(self) -> None:
        """Wait for one's turn."""
        now = asyncio.get_running_loop().time()
        at = max(now, self._next)
        self._next = at + self._gap_seconds
        if at > now:
            await asyncio.sleep(at - now)
