"""What a device has told by itself: the last sample of each point, and everything since it was last asked for."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime

from lines.adapter import Sample
from lines.profile import Point, Value
from lines.values import check_range, native, padded_text, to_value

GARBAGE_IN_A_ROW = 3
MAX_WAITING = 5000


class Told:
    """The samples of one device. Nothing is dropped: with :data:`MAX_WAITING` waiting, ``is_full`` says that no more
    should be taken from the device until they are fetched.

    A single wrong message makes a value bad, no more: only the third in a row counts as garbage.
    """

    def __init__(self, points: Sequence[Point]) -> None:
        self._points = {point.name: point for point in points}
        self._last: dict[str, Sample] = {}
        self._waiting: deque[tuple[str, Sample]] = deque()
        self._garbage_in_a_row: dict[str, int] = {}
        self._changed = asyncio.Event()
        self._times: dict[str, int] = {}

    @property
    def is_full(self) -> bool:
        """Whether as many samples wait as may."""
        return len(self._waiting) >= MAX_WAITING

    @property
    def is_complete(self) -> bool:
        """Whether every point has been told of."""
        return len(self._last) >= len(self._points)

    def forget(self) -> None:
        """Begin anew, as after a new connection. What waits to be fetched stays."""
        self._last.clear()
        self._garbage_in_a_row.clear()

    def tell(self, name: str, given: object, time: datetime | None, *, is_current: bool = True) -> None:
        """Take a value of a point, in the protocol's own type; None stands for "has no value".

        With ``is_current`` off it is of the past: reported, but not what the point shows now.
        """
        point = self._points[name]
        if given is None:
            self._keep(name, Sample(None, "the device says that it has no value", time), is_current)
            return
        try:
            value = check_range(to_value(native(padded_text(given), point.type, point.encoding), point), point)
        except (ValueError, OverflowError) as error:
            self.tell_garbage(name, str(error), time)
            return
        self._garbage_in_a_row.pop(name, None)
        self._keep(name, Sample(value, None, time), is_current)

    def tell_garbage(self, name: str, error: str, time: datetime | None = None) -> None:
        """Take something that is no value of the point."""
        count = self._garbage_in_a_row[name] = self._garbage_in_a_row.get(name, 0) + 1
        self._keep(name, Sample(None, error, time, is_garbage=count >= GARBAGE_IN_A_ROW))

    def tell_bad(self, name: str, error: str, time: datetime | None = None) -> None:
        """Take that the device itself does not trust a value."""
        self._keep(name, Sample(None, error, time))

    def read(self, points: Sequence[Point], nothing: Callable[[Point], str]) -> dict[str, Sample]:
        """The last sample of each point; ``nothing`` says why there is none."""
        last = self._last
        return {point.name: last.get(point.name) or Sample(None, nothing(point)) for point in points}

    def take(self) -> tuple[tuple[str, Sample], ...]:
        """All samples since the last call, in their order."""
        taken = tuple(self._waiting)
        self._waiting.clear()
        return taken

    def shows(self, name: str, value: Value) -> bool:
        """Whether a point shows a value (floats: to seven digits)."""
        sample = self._last.get(name)
        return sample is not None and sample.value is not None and is_same(sample.value, value)

    def times(self, name: str) -> int:
        """How often a point was told of."""
        return self._times.get(name, 0)

    def shown(self, name: str) -> Value | None:
        """What a point shows, or None."""
        sample = self._last.get(name)
        return sample.value if sample else None

    def wake(self) -> None:
        """Let whoever waits for a change look again."""
        self._changed.set()

    async def change(self) -> None:
        """Wait until something is told."""
        self._changed.clear()
        await self._changed.wait()

    def _keep(self, name: str, sample: Sample, is_current: bool = True) -> None:
        if is_current:
            self._last[name] = sample
        self._waiting.append((name, sample))
        self._times[name] = self._times.get(name, 0) + 1
        self._changed.set()


def is_same(one: Value, other: Value) -> bool:
    """Whether two values are the same, as far as a 32-bit float can tell."""
    if isinstance(one, float) or isinstance(other, float):
        if isinstance(one, bool | str) or isinstance(other, bool | str):
            return False
        return abs(one - other) <= 1e-6 * max(abs(one), abs(other), 1e-30)
    return one == other and isinstance(one, str) is isinstance(other, str)
