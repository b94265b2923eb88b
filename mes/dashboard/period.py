"""Days that a page or a program asks about."""

from __future__ import annotations

from datetime import date, timedelta

from mes.core.clock import Clock
from mes.core.errors import Fault, InvalidInput
from mes.core.text import N_, Text
from mes.dashboard.schemas import LONGEST_DAYS


def factory_today(clock: Clock) -> date:
    """The factory's date."""
    return clock.now().astimezone(clock.zone).date()


def week_of(day: date) -> tuple[date, date]:
    """Monday and Sunday of the day's week."""
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=6)


def period_of(first: date | None, last: date | None, clock: Clock) -> tuple[date, date]:
    """From the first to the last day asked for; the one that is missing is the other, or today.

    Raises:
        InvalidInput: it ends before it begins, or is longer than 92 days.
    """
    start = first or last or factory_today(clock)
    end = last or first or start
    if end < start:
        reason = Text(N_("The last day lies before the first"))
        raise InvalidInput(reason, [Fault("to", reason)])
    if (end - start).days >= LONGEST_DAYS:
        reason = Text(N_("At most %(days)s days at once"), {"days": LONGEST_DAYS})
        raise InvalidInput(reason, [Fault("to", reason)])
    return start, end
