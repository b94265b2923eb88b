"""Work in open time, compiled, against counting minute by minute."""

from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling.simulator.calendar_search import (
    NEVER,
    finish,
    latest_start,
    next_open,
    open_windows,
    pausable_start,
    start_before,
    unsplittable_start,
)
from scheduling.simulator.compiled import compiled

FINISH, NEXT_OPEN, START_BEFORE, LATEST, PAUSABLE, UNSPLITTABLE = range(6)


@compiled
def ask(windows, buckets, question, minute, minutes, end_from):
    """Every function of the calendar in one, so that it is compiled once."""
    if question == FINISH:
        return finish(windows, buckets, 0, minute, minutes)
    if question == NEXT_OPEN:
        return next_open(windows, buckets, 0, minute)
    if question == START_BEFORE:
        return start_before(windows, buckets, 0, minute, minutes)
    if question == LATEST:
        return latest_start(windows, buckets, 0, minute, minutes)
    if question == PAUSABLE:
        return pausable_start(windows, buckets, 0, minute, minutes, end_from)
    return unsplittable_start(windows, buckets, 0, minute, minutes, end_from)


@st.composite
def calendars(draw):
    """Windows in any order, some of which touch."""
    minute, found = draw(st.integers(0, 90)), []
    for _ in range(draw(st.integers(0, 5))):
        end = minute + draw(st.integers(1, 90))
        found.append((minute, end))
        minute = end + draw(st.sampled_from([0, 0, 1, 30, 64, 128]))
    return draw(st.permutations(found))


def open_minutes(calendar) -> list[int]:
    return sorted(minute for start, end in calendar for minute in range(start, end))


def counted_finish(is_open: list[int], start: int, minutes: int) -> int:
    rest = [minute for minute in is_open if minute >= start]
    return rest[minutes - 1] + 1 if len(rest) >= minutes else NEVER


@settings(max_examples=250, deadline=None)
@given(calendar=calendars(), minute=st.integers(0, 700), minutes=st.integers(1, 200), end_from=st.integers(0, 700))
def test_every_answer_is_that_of_counting_minutes(calendar, minute, minutes, end_from) -> None:
    windows, buckets = open_windows([calendar])
    is_open = open_minutes(calendar)
    starts = [first for first in is_open if first >= minute]

    def answer(question: int) -> int:
        return ask(windows, buckets, question, minute, minutes, end_from)

    assert answer(FINISH) == counted_finish(is_open, minute, minutes)
    assert answer(NEXT_OPEN) == min(starts, default=NEVER)

    earlier = [first for first in is_open if counted_finish(is_open, first, minutes) <= minute]
    assert answer(LATEST) == max(earlier, default=-1)
    if minute in is_open:
        before = [first for first in is_open if first <= minute]
        assert answer(START_BEFORE) == (before[-minutes] if len(before) >= minutes else -1)

    unbroken = [first for first in starts if set(range(first, first + minutes)) <= set(is_open)]
    assert answer(UNSPLITTABLE) == min((first for first in unbroken if first + minutes >= end_from), default=NEVER)

    pausable = [first for first in starts if counted_finish(is_open, first, minutes) >= end_from]
    found = answer(PAUSABLE)
    assert finish_from(windows, buckets, found, minutes) == finish_of_first(is_open, pausable, minutes)
    if pausable and counted_finish(is_open, pausable[0], minutes) < NEVER:
        assert found == pausable[0]


def finish_from(windows, buckets, start: int, minutes: int) -> int:
    return ask(windows, buckets, FINISH, start, minutes, 0) if start < NEVER else NEVER


def finish_of_first(is_open: list[int], starts: list[int], minutes: int) -> int:
    return counted_finish(is_open, starts[0], minutes) if starts else NEVER


def test_windows_that_touch_are_one_and_overtime_stands_anywhere() -> None:
    windows, _ = open_windows([[(60, 120), (200, 240), (120, 150)], []])
    assert windows[0, :2].tolist() == [[60, 150], [200, 240]]
    assert windows[1, 0, 0] == NEVER


def test_nothing_begins_in_a_calendar_without_windows_or_behind_its_end() -> None:
    windows, buckets = open_windows([[(0, 60)]])
    assert ask(windows, buckets, FINISH, 30, 31, 0) == NEVER
    assert ask(windows, buckets, UNSPLITTABLE, 50, 11, 0) == NEVER
    assert ask(windows, buckets, NEXT_OPEN, 10_000_000, 1, 0) == NEVER
