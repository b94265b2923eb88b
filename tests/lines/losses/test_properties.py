"""What holds for every story that a line can tell: the parts add up, and no ratio leaves 0 to 1."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from lines.losses import Cause, Interval, LineTracks, LossKind, Output, Track, Window, account
from lines.states import MachineState

EIGHT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
ORDER = ("one", "two", "three", "four")
STATES = st.sampled_from([*(state.value for state in MachineState), "unknown", "a state of tomorrow"])
MOMENTS = st.integers(0, 600_000_000).map(lambda number: EIGHT + timedelta(microseconds=number * 60))
REASONS = st.sampled_from([None, None, "hydraulics", "maintenance"])


@st.composite
def intervals(draw: st.DrawFn) -> Interval:
    start, end = sorted((draw(MOMENTS), draw(MOMENTS)))
    return Interval(draw(STATES), start, end, draw(REASONS), draw(st.sampled_from([None, 0, 7])))


@st.composite
def spans(draw: st.DrawFn) -> Window:
    start, end = sorted((draw(MOMENTS), draw(MOMENTS)))
    return Window(start, end)


@st.composite
def outputs(draw: st.DrawFn) -> Output:
    total = draw(st.integers(0, 60))
    ideal = draw(st.none() | st.floats(0.01, 600, allow_nan=False))
    return Output(draw(st.integers(0, 200)), ideal, draw(st.integers(0, total)), total)


TRACKS = st.dictionaries(st.sampled_from(ORDER), st.lists(intervals(), max_size=12).map(Track))
WINDOWS = st.lists(spans(), max_size=4)


@given(tracks=TRACKS, windows=WINDOWS, output=outputs(), station=st.sampled_from(ORDER))
def test_the_parts_add_up_to_the_planned_time_exactly(
    tracks: dict[str, Track], windows: list[Window], output: Output, station: str
) -> None:
    found = account(station, LineTracks(ORDER, tracks), windows, output, frozenset({"maintenance"}))
    assert found.worth + sum(found.losses.values(), timedelta()) == found.planned
    assert found.planned == covered(windows)
    assert all(length > timedelta() for length in found.losses.values())
    assert found.worth >= timedelta()


@given(tracks=TRACKS, windows=WINDOWS, output=outputs(), station=st.sampled_from(ORDER))
def test_every_ratio_lies_between_0_and_1(
    tracks: dict[str, Track], windows: list[Window], output: Output, station: str
) -> None:
    found = account(station, LineTracks(ORDER, tracks), windows, output, frozenset({"maintenance"}))
    for ratio in (found.availability, found.performance, found.quality, found.oee):
        assert ratio is None or 0 <= ratio <= 1


@given(tracks=TRACKS, windows=WINDOWS, output=outputs(), station=st.sampled_from(ORDER))
def test_the_figure_is_the_worth_by_the_busy_time(
    tracks: dict[str, Track], windows: list[Window], output: Output, station: str
) -> None:
    found = account(station, LineTracks(ORDER, tracks), windows, output, frozenset({"maintenance"}))
    if found.oee is not None:
        assert abs(found.oee - found.worth / found.busy) < 1e-6 + timedelta(microseconds=3) / found.busy


@given(tracks=TRACKS, windows=WINDOWS, station=st.sampled_from(ORDER))
def test_nobody_is_blamed_for_waiting_but_a_station_in_the_right_direction_that_does_not_wait(
    tracks: dict[str, Track], windows: list[Window], station: str
) -> None:
    line = LineTracks(ORDER, tracks)
    for piece in account(station, line, windows, Output()).slices:
        if piece.cause is None or not piece.cause.station:
            continue
        before = ORDER.index(piece.cause.station) < ORDER.index(station)
        assert before == (piece.cause.kind is LossKind.STARVED)
        culprit = tracks[piece.cause.station]
        for moment in (piece.start, piece.end - timedelta(microseconds=1)):
            assert culprit.at(moment).state not in {"idle", "resetting", "unknown"}
        assert piece.cause != Cause(LossKind.IDLE)


def covered(windows: list[Window]) -> timedelta:
    """The time that windows cover, counted anew by their edges."""
    edges = sorted([(one.start, 1) for one in windows] + [(one.end, -1) for one in windows])
    total, depth, last = timedelta(), 0, None
    for moment, step in edges:
        if depth and last is not None:
            total += moment - last
        depth, last = depth + step, moment
    return total
