"""The course of a life drawn to a real time scale: a band of phases, a mark and a label where each begins, days below.

Only numbers and words come out of here; the template writes them as SVG. Lengths are in units of the drawing, of
which a phone's width has 330, so that letters are as large there as they are written here.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from mes.traceability.story.life import Course, Span

WIDTH, EDGE = 330.0, 3.0
ROW_HEIGHT, BAND_HEIGHT, SCALE_HEIGHT = 15.0, 16.0, 18.0
LETTER, WIDE_LETTER, GAP = 6.2, 11.0, 6.0  # of text 11 units high
SHORTEST = 1.5  # units; a phase of minutes in a life of months is still seen
MOST_DAYS_MARKED = 75
STEPS_DAYS = (1, 2, 7, 14, 28, 91, 182, 364, 1820)


@dataclass(frozen=True)
class Bar:
    """A phase in the band."""

    x: float
    width: float
    phase: str
    state: str


@dataclass(frozen=True)
class Mark:
    """Where a phase begins: a line from the band up to its label in a row (0 is next to the band)."""

    x: float
    y: float
    label: str
    phase: str


@dataclass(frozen=True)
class Day:
    """A day on the scale; without a label where there is no room for every one."""

    x: float
    label: str


@dataclass(frozen=True)
class Lifeline:
    """The whole drawing."""

    height: float
    band_y: float
    bars: tuple[Bar, ...]
    marks: tuple[Mark, ...]
    days: tuple[Day, ...]


def draw(course: Course, zone: ZoneInfo, state_name: Callable[[str], str]) -> Lifeline:
    """Draw a course; `state_name` gives a state's name in the reader's language."""
    spans = _merged(course.spans)
    begin = _midnight(spans[0].begins.astimezone(zone).date(), zone)
    last = spans[-1].ends.astimezone(zone).date() + timedelta(days=1)
    end = _midnight(last, zone)
    seconds = (end - begin).total_seconds()
    named = [(_label(span, zone, state_name), (span.begins - begin).total_seconds() / seconds) for span in spans]
    scale = (WIDTH - EDGE - _margin(named)) / seconds

    def x_of(moment: datetime) -> float:
        return EDGE + (moment - begin).total_seconds() * scale

    rows = _rows([(x_of(span.begins), text_width(label)) for span, (label, _) in zip(spans, named, strict=True)])
    band_y = (1 + max(rows)) * ROW_HEIGHT + 6
    marks = tuple(
        Mark(x_of(span.begins), band_y - 6 - row * ROW_HEIGHT, label, span.phase)
        for span, (label, _), row in zip(spans, named, rows, strict=True)
    )
    bars = tuple(
        Bar(x_of(span.begins), max(SHORTEST, x_of(span.ends) - x_of(span.begins)), span.phase, span.state)
        for span in spans
    )
    days = tuple(_days(begin.date(), last, zone, x_of))
    return Lifeline(band_y + BAND_HEIGHT + SCALE_HEIGHT, band_y, bars, marks, days)


def _merged(spans: Iterable[Span]) -> list[Span]:
    """Spans of one phase that follow one another are drawn as one, under the name of its last state."""
    found: list[Span] = []
    for span in spans:
        if found and found[-1].phase == span.phase != "aside":
            found[-1] = Span(span.state, span.phase, found[-1].begins, span.ends)
        else:
            found.append(span)
    return found


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _label(span: Span, zone: ZoneInfo, state_name: Callable[[str], str]) -> str:
    return f"{state_name(span.state)} {span.begins.astimezone(zone):%m-%d}"


def text_width(text: str) -> float:
    """How wide a text of 11 units is, roughly: Chinese characters are twice as wide as letters."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return wide * WIDE_LETTER + (len(text) - wide) * LETTER


def _margin(named: Iterable[tuple[str, float]]) -> float:
    """Room to the right of the scale, so that the labels of its end stand beside their lines and not across them."""
    span = WIDTH - EDGE
    needed = (span - (span - text_width(label) - GAP) / place for label, place in named if place > 0.2)
    return min(max((EDGE, *needed)), WIDTH / 2)


def _rows(labels: list[tuple[float, float]]) -> list[int]:
    """For each label (where its line is, how wide it is) the lowest row where it meets no other.

    From the last to the first: labels that are close together climb to the left and read from top to bottom, and the
    line up to one passes no label below it.
    """
    taken: list[float] = []  # per row, where the leftmost of its labels, or of the lines that pass it, stands
    rows = []
    for x, width in reversed(labels):
        row = next((row for row, begins in enumerate(taken) if x + width + GAP <= begins), len(taken))
        taken[: row + 1] = [x] * (row + 1)
        rows.append(row)
    return rows[::-1]


def _days(begin: date, end: date, zone: ZoneInfo, x_of: Callable[[datetime], float]) -> Iterable[Day]:
    count = (end - begin).days
    room = int((x_of(_midnight(end, zone)) - EDGE) // 34)
    step = next((days for days in STEPS_DAYS if count / days <= room), STEPS_DAYS[-1])
    for number in range(count + 1):
        named = number % step == 0 and number < count
        if named or count <= MOST_DAYS_MARKED:
            day = begin + timedelta(days=number)
            years = count > 300
            yield Day(x_of(_midnight(day, zone)), (f"{day:%Y-%m}" if years else f"{day:%m-%d}") if named else "")
