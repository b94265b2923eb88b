"""Phases of a curing curve, worked out by hand. Times are minutes after 18:00."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from mes.machines.curing import curing_limits, phases

SIX = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
LIMITS = curing_limits()


def curve(*corners: tuple[int, float]) -> list[tuple[datetime, float]]:
    """A curve of one value a minute through its corners (minute, temperature)."""
    found = []
    for (start, cold), (end, warm) in pairwise(corners):
        for minute in range(start, end):
            value = cold + (warm - cold) * (minute - start) / (end - start)
            found.append((SIX + timedelta(minutes=minute), value))
    return [*found, (SIX + timedelta(minutes=corners[-1][0]), corners[-1][1])]


def test_a_chamber_that_heats_holds_and_cools_within_the_limits() -> None:
    # 30 K in 2 hours are 15 K/h; 20 K in 2 hours are 10 K/h.
    found = phases(curve((0, 20), (120, 50), (360, 50), (480, 30)), LIMITS)
    assert [one.kind for one in found] == ["heating", "holding", "cooling"]
    assert [round(one.rate) for one in (found[0], found[2])] == [15, -10]
    assert not any(one.is_too_fast for one in found)


def test_only_the_steep_part_is_too_fast() -> None:
    # 10 K/h for an hour, then 30 K/h for an hour, then held.
    found = [one for one in phases(curve((0, 20), (60, 30), (120, 60), (240, 60)), LIMITS) if one.is_too_fast]
    assert len(found) == 1
    assert round(found[0].rate) == 30
    # The rate is taken over half an hour, so that the edges are blurred by less than a quarter of an hour.
    assert abs(found[0].start - (SIX + timedelta(minutes=60))) <= timedelta(minutes=15)
    assert abs(found[0].end - (SIX + timedelta(minutes=120))) <= timedelta(minutes=15)


def test_noise_of_a_sensor_is_no_heating() -> None:
    noisy = [(SIX + timedelta(minutes=minute), 50 + (0.5, -0.4, 0.1)[minute % 3]) for minute in range(180)]
    assert {one.kind for one in phases(noisy, LIMITS)} == {"holding"}


def test_a_value_that_was_told_once_has_no_phase() -> None:
    assert phases([(SIX, 20.0)], LIMITS) == []
    assert phases([], LIMITS) == []
