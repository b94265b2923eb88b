"""The circuit breaker of a connector: a platform that is ill is left alone, and asked now and then with one event."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from mes.traceability.models import Connector
from mes.traceability.service.connectors import LONGEST_ERROR
from mes.traceability.service.texts import kept

OPEN_AFTER = 5
"""Failures of the platform as a whole, in a row."""
WINDOW = 20
OPEN_SECONDS = (60, 120, 300, 900)
PAUSE_SECONDS = (1, 2, 4, 8)
"""After each failure before it opens: five requests within a second say no more than one."""
WRONG_CLOCK = timedelta(minutes=5)
"""What is so far ahead of the clock was written by a clock that was wrong."""

Gate = Literal["closed", "open", "probe"]


def gate(row: Connector, now: datetime) -> Gate:
    """Whether requests may go out: all, none, or one event to see whether the platform is well again."""
    if row.retry_at is not None and row.retry_at > now and not is_ahead(row.last_error_at, now):
        return "open"
    return "closed" if row.breaker == "closed" else "probe"


def is_ahead(written_at: datetime | None, now: datetime) -> bool:
    """Whether something was written by a clock that has been put back since: what it says of times is void."""
    return written_at is not None and written_at > now + WRONG_CLOCK


def failed(row: Connector, now: datetime, reason: str, asked_seconds: float | None) -> None:
    """The platform as a whole did not work."""
    probing = row.breaker != "closed"
    row.failures, row.recent = row.failures + 1, [*row.recent, 0][-WINDOW:]
    row.last_error, row.last_error_at = kept(reason, LONGEST_ERROR), now
    half = len(row.recent) == WINDOW and row.recent.count(0) * 2 > WINDOW
    if probing or row.failures >= OPEN_AFTER or half:
        row.failures = max(row.failures, OPEN_AFTER)
        row.breaker, row.opened_at = "open", row.opened_at or now
        wait = float(OPEN_SECONDS[min(row.failures - OPEN_AFTER, len(OPEN_SECONDS) - 1)])
    else:
        wait = PAUSE_SECONDS[row.failures - 1]
    row.retry_at = now + timedelta(seconds=max(wait, asked_seconds or 0))


def succeeded(row: Connector, now: datetime) -> bool:
    """The platform answered as it should; True where that ends a time of silence."""
    was_open = row.breaker != "closed"
    row.recent = [] if was_open else [*row.recent, 1][-WINDOW:]
    row.breaker, row.opened_at, row.failures, row.retry_at = "closed", None, 0, None
    if was_open:
        row.last_error, row.last_error_at = None, None
    return was_open


def reset(row: Connector) -> None:
    """A person says: try again now."""
    row.breaker, row.opened_at, row.failures, row.retry_at, row.recent = "closed", None, 0, None, []
