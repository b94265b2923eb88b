"""Whose clock a reading is dated by: the device's own where it is right, else ours."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from lines.adapter import Sample

TOLERANCE = timedelta(seconds=5)
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)  # Before, a time says that the device knows none, such as 1970.
_WINDOW = timedelta(seconds=10)  # In which the freshest sample counts: others were only delayed.


class SourceClock:
    """The clock of one device, judged by the times of its samples.

    A time may be old because the value has not changed for long: only a time that differs from the point's last one,
    thus of a change that came just now, tells how far the clock is off; and one in the future always does.
    """

    def __init__(self) -> None:
        self.offset: timedelta | None = None
        self._judged_at: datetime | None = None
        self._last: dict[str, datetime] = {}

    @property
    def is_wrong(self) -> bool:
        """Whether the device's clock is off by more than the tolerance."""
        return self.offset is not None and abs(self.offset) > TOLERANCE

    def forget(self) -> None:
        """After a new connection the first times may be old."""
        self._last.clear()

    def judge(self, samples: Iterable[tuple[str, Sample]], now: datetime) -> None:
        """Learn from samples that came just now."""
        for name, sample in samples:
            if sample.time is None:
                continue
            before = self._last.get(name)
            self._last[name] = sample.time
            ahead = sample.time - now
            if (before is not None and before != sample.time) or ahead > TOLERANCE:
                self._learn(ahead, now)

    def time_of(self, sample: Sample, now: datetime, *, is_told: bool = False) -> datetime:
        """The time to report a sample with. One that the device told of by itself may have been under way for
        long, if its clock is known to be right.
        """
        if sample.time is None or sample.time < _EARLIEST or self.is_wrong or sample.time - now > TOLERANCE:
            return now
        is_near = now - sample.time <= TOLERANCE
        return sample.time if is_near or (is_told and self.offset is not None) else now

    def _learn(self, ahead: timedelta, now: datetime) -> None:
        is_old = self._judged_at is None or now - self._judged_at > _WINDOW
        if self.offset is None or ahead >= self.offset or is_old:
            self.offset, self._judged_at = ahead, now
