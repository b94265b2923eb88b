"""A life drawn to scale: where marks stand, and that no label lies on another or on the line up to one."""

from __future__ import annotations

from datetime import timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mes.orders.lifecycle import STATES
from mes.traceability.story.life import PHASES, Course, Span
from mes.traceability.story.lifeline import EDGE, WIDTH, Lifeline, draw, text_width
from tests.conftest import NOW

ZONE = ZoneInfo("Asia/Shanghai")
NAMES = {state: f"已{state[:3]}" for state in STATES}


def course(*steps: tuple[str, float]) -> Course:
    """States, each with the days it lasted."""
    spans, at = [], NOW
    for state, days in steps:
        spans.append(Span(state, PHASES[state], at, at + timedelta(days=days)))
        at = spans[-1].ends
    return Course(tuple(spans), over=False)


def drawn(*steps: tuple[str, float]) -> Lifeline:
    """The drawing of such a course."""
    return draw(course(*steps), ZONE, lambda state: NAMES[state])


def test_every_state_has_a_phase() -> None:
    assert set(PHASES) == set(STATES)


def test_phases_stand_where_they_were_in_time() -> None:
    line = drawn(("curing", 1), ("finished", 2), ("stored", 5))
    widths = [bar.width for bar in line.bars]
    assert widths == pytest.approx([widths[0], 2 * widths[0], 5 * widths[0]])
    assert [bar.phase for bar in line.bars] == ["curing", "finishing", "yard"]
    assert [day.label for day in line.days if day.label] == [f"{number:02d}-{day:02d}" for number, day in _days()]


def _days() -> list[tuple[int, int]]:
    return [(11, day) for day in range(23, 31)] + [(12, 1)]


def test_a_short_step_in_a_long_life_is_still_seen_and_months_are_marked() -> None:
    line = drawn(("in_setup", 0.01), ("curing", 0.5), ("stored", 700), ("installed", 0))
    assert min(bar.width for bar in line.bars) >= 1.5
    labels = [day.label for day in line.days if day.label]
    assert 2 <= len(labels) <= 10
    assert labels[0] == "2026-11"


@given(st.lists(st.tuples(st.sampled_from(STATES), st.floats(0, 400)), min_size=1, max_size=14))
@settings(max_examples=150, deadline=None)
def test_no_label_lies_on_another_or_on_a_line(steps: list[tuple[str, float]]) -> None:
    line = drawn(*steps)
    boxes = [(mark.x, mark.x + text_width(mark.label), mark.y) for mark in line.marks]
    for (left, right, y), (other_left, other_right, other_y) in combinations(boxes, 2):
        assert y != other_y or right <= other_left or other_right <= left
    for x, _, top in boxes:  # the line of a mark goes from the band up to its label
        for left, right, y in boxes:
            assert not (y > top and left < x < right)
    assert all(EDGE <= bar.x <= WIDTH for bar in line.bars)
    assert all(mark.y > 0 for mark in line.marks)
