"""When an event is tried again, and when that has gone on for too long."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

BACKOFF_SECONDS = (5, 30, 120, 600, 1800, 3600, 7200, 14400)
"""The longest wait after each attempt; the last one from then on."""
LEAST_SECONDS = 0.5
GIVE_UP_AFTER = timedelta(days=10)
"""Longer than the longest public holidays."""
GIVE_UP_ATTEMPTS = 20
"""A platform that was away for long is no reason to give up what was tried a few times only."""


def wait_after(attempts: int, asked_seconds: float | None, random: Random) -> timedelta:
    """How long an event waits after so many attempts: full jitter, but never shorter than the platform asked for."""
    longest = BACKOFF_SECONDS[min(max(attempts, 1), len(BACKOFF_SECONDS)) - 1]
    return timedelta(seconds=max(asked_seconds or 0, random.uniform(LEAST_SECONDS, longest)))


def is_given_up(first_attempt_at: datetime | None, attempts: int, now: datetime) -> bool:
    """Whether an event has been tried for so long that a person must look."""
    tried_for = now - first_attempt_at if first_attempt_at else timedelta()
    return attempts >= GIVE_UP_ATTEMPTS and tried_for >= GIVE_UP_AFTER
