"""How it is with a device: its state, since when and why, and what it has cost so far."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from lines.device import DeviceState, DeviceStatus

StatusSink = Callable[[DeviceStatus], Awaitable[None] | None]
"""Told how it is with a device when its state, the reason or the judgement of its clock changes."""

BUCKETS_SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


class PollTimes:
    """How long polls took: counts below each of :data:`BUCKETS_SECONDS` and above, and the sum."""

    def __init__(self) -> None:
        self.counts = [0] * (len(BUCKETS_SECONDS) + 1)
        self.total_seconds = 0.0

    def add(self, seconds: float) -> None:
        """Count one poll."""
        place = next((i for i, bound in enumerate(BUCKETS_SECONDS) if seconds <= bound), len(BUCKETS_SECONDS))
        self.counts[place] += 1
        self.total_seconds += seconds


class Tally:
    """The changing numbers behind a :class:`DeviceStatus`."""

    def __init__(self, device: str, now: datetime) -> None:
        self._device = device
        self.state = DeviceState.CONNECTING
        self.since = now
        self.reason: str | None = None
        self.last_heard: datetime | None = None
        self.polls = 0
        self.late_polls = 0
        self.failures = 0

    def turn(self, state: DeviceState, now: datetime, reason: str | None = None) -> bool:
        """Note the state; whether it, or its reason, is new."""
        if (state, reason) == (self.state, self.reason):
            return False
        if state is not self.state:
            self.since = now
        self.state, self.reason = state, reason
        return True

    def status(self, requests: int, clock_offset_seconds: float | None) -> DeviceStatus:
        """A snapshot."""
        return DeviceStatus(
            self._device,
            self.state,
            self.since,
            self.reason,
            self.last_heard,
            self.polls,
            self.late_polls,
            requests,
            self.failures,
            clock_offset_seconds,
        )
