"""Which shift cast an element: the windows of the calendar of its line's casting station, meal breaks left aside.

A moment outside all windows belongs to the shift that began last before it: who casts late stays on. A line without a
calendar has three shifts of eight hours.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from mes.planning.models import Station, WorkCalendar

LONGEST_BREAK_MINUTES = 120
"""Windows that are no further apart are one shift with a meal in it."""

DAY = 1440
THREE_SHIFTS = ((0, 480), (480, 960), (960, DAY))
CASTING = "casting"

Span = tuple[int, int]


class Shifts:
    """The shifts of every line; they are named by their hours, such as 0730-1730."""

    def __init__(self, session: Session, zone: ZoneInfo) -> None:
        query = (
            select(Station.line_id, WorkCalendar.windows)
            .outerjoin(WorkCalendar, WorkCalendar.id == Station.calendar_id)
            .where(Station.kind == CASTING)
        )
        self._zone = zone
        self._of_line = {line_id: shift_spans(windows or ()) for line_id, windows in session.execute(query)}

    def codes(self) -> list[str]:
        """Every shift there is, by its hours."""
        return sorted({_code(span) for spans in self._of_line.values() for span in spans})

    def of(self, line_id: UUID | None, cast_at: datetime | None) -> str:
        """The shift in which something was cast; empty where it is not known when."""
        if line_id is None or cast_at is None:
            return ""
        local = cast_at.astimezone(self._zone)
        minute = local.hour * 60 + local.minute
        spans = self._of_line.get(line_id) or THREE_SHIFTS
        begun = [span for span in spans if span[0] <= minute]
        return _code(begun[-1] if begun else spans[-1])


def shift_spans(windows: Iterable[tuple[int, int, int]]) -> tuple[Span, ...]:
    """Shifts from the windows of a week ([weekday, start minute, end minute]), in the order of their beginning."""
    spans: list[Span] = []
    for start, end in sorted({(int(start), int(end)) for _, start, end in windows}):
        if spans and start - spans[-1][1] <= LONGEST_BREAK_MINUTES:
            spans[-1] = (spans[-1][0], max(spans[-1][1], end))
        else:
            spans.append((start, end))
    return tuple(spans) or THREE_SHIFTS


def _code(span: Span) -> str:
    start, end = span[0] % DAY, span[1] % DAY
    return f"{start // 60:02d}{start % 60:02d}-{end // 60:02d}{end % 60:02d}"
