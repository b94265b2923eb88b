"""OEE and its losses, worked out by hand. Times are minutes after 08:00."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from lines.losses import Cause, Interval, LineTracks, LossKind, Output, Track, Window, account, slices_of

EIGHT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
ORDER = ("cleaning", "shuttering", "casting", "curing")


def at(minute: float) -> datetime:
    return EIGHT + timedelta(minutes=minute)


def track(*states: tuple[str, float, float], pallet: int | None = None, reason: str | None = None) -> Track:
    return Track(Interval(state, at(start), at(end), reason, pallet) for state, start, end in states)


def line(**tracks: Track) -> LineTracks:
    return LineTracks(ORDER, tracks)


def shift(end: float = 480) -> list[Window]:
    return [Window(at(0), at(end))]


def minutes(length: timedelta) -> float:
    return length.total_seconds() / 60


def losses(station: str, known: LineTracks, windows: list[Window]) -> dict[Cause, float]:
    return {cause: minutes(length) for cause, length in account(station, known, windows, Output()).losses.items()}


def test_the_text_book_shift() -> None:
    # 480 minutes planned, 60 held: it ran 420, availability 420/480 = 0.875.
    # 19 cycles of 20 minutes are 380 ideal minutes: performance 380/420, 40 minutes lost to slow cycles.
    # 38 elements, 36 right at the first try: quality 36/38, so 380 × 2/38 = 20 minutes were for rework.
    # OEE = (380 − 20) / 480 = 0.75.
    known = line(casting=track(("execute", 0, 200), ("held", 200, 260), ("execute", 260, 480)))
    found = account("casting", known, shift(), Output(cycles=19, ideal_minutes=20, good=36, total=38))
    assert found.availability == pytest.approx(0.875)
    assert found.performance == pytest.approx(380 / 420)
    assert found.quality == pytest.approx(36 / 38)
    assert found.oee == pytest.approx(0.75)
    assert minutes(found.worth) == 360
    assert {cause.kind: minutes(length) for cause, length in found.losses.items()} == {
        LossKind.STOP: 60,
        LossKind.SLOW: 40,
        LossKind.REWORK: 20,
    }


def test_a_stop_counts_by_the_reason_that_a_person_named() -> None:
    held = [
        Interval("held", at(0), at(30), "concrete_missing"),
        Interval("aborted", at(30), at(40), "hydraulics"),
        Interval("held", at(40), at(45)),
    ]
    assert losses("casting", line(casting=Track(held)), shift(45)) == {
        Cause(LossKind.STOP, reason="concrete_missing"): 30,
        Cause(LossKind.STOP, reason="hydraulics"): 10,
        Cause(LossKind.STOP): 5,
    }


def test_a_stop_that_was_meant_shortens_the_busy_time() -> None:
    # 100 minutes planned, 20 for maintenance, 60 ran, 20 held: availability 60/80.
    story = [
        Interval("stopped", at(0), at(20), "maintenance"),
        Interval("execute", at(20), at(80)),
        Interval("held", at(80), at(100)),
    ]
    found = account("casting", line(casting=Track(story)), shift(100), Output(), frozenset({"maintenance"}))
    assert (minutes(found.planned), minutes(found.busy)) == (100, 80)
    assert found.availability == pytest.approx(0.75)
    assert minutes(found.lost(LossKind.PLANNED)) == 20


def test_only_planned_time_counts() -> None:
    # Windows 08:00–10:00 and 10:30–11:00; the stop from 09:50 to 10:40 costs 10 + 10 minutes.
    known = line(casting=track(("execute", 0, 110), ("held", 110, 160), ("execute", 160, 400)))
    windows = [Window(at(0), at(120)), Window(at(150), at(180))]
    found = account("casting", known, windows, Output())
    assert minutes(found.planned) == 150
    assert minutes(found.lost(LossKind.STOP)) == 20


def test_a_machine_that_is_not_heard_is_no_stop() -> None:
    known = line(casting=track(("execute", 0, 30), ("unknown", 30, 40), ("execute", 50, 60)))
    assert losses("casting", known, shift(60)) == {Cause(LossKind.UNKNOWN): 20}


def test_a_blocked_machine_names_the_one_that_stands_still_behind_those_that_wait() -> None:
    # Cleaning is full and waits; so is shuttering; casting behind it is held: casting is the cause.
    known = line(
        cleaning=track(("suspended", 0, 30), pallet=3),
        shuttering=track(("suspended", 0, 30), pallet=2),
        casting=track(("held", 0, 30), pallet=1),
    )
    blame = {Cause(LossKind.BLOCKED, station="casting"): 30}
    assert losses("cleaning", known, shift(30)) == blame
    assert losses("shuttering", known, shift(30)) == blame
    assert losses("casting", known, shift(30)) == {Cause(LossKind.STOP): 30}


def test_the_blame_moves_on_when_the_line_does() -> None:
    # Casting is held until minute 10, then free; shuttering works from minute 10 to 25.
    known = line(
        cleaning=track(("complete", 0, 30), pallet=3),
        shuttering=track(("suspended", 0, 10), ("execute", 10, 25), ("idle", 25, 30), pallet=2),
        casting=track(("held", 0, 10), ("idle", 10, 30), pallet=1),
    )
    assert losses("cleaning", known, shift(30)) == {
        Cause(LossKind.BLOCKED, station="casting"): 10,
        Cause(LossKind.BLOCKED, station="shuttering"): 15,
        Cause(LossKind.BLOCKED): 5,
    }


def test_a_starved_machine_names_the_one_before_that_works_or_stands() -> None:
    known = line(
        cleaning=track(("execute", 0, 30), pallet=1),
        shuttering=track(("idle", 0, 30)),
        casting=track(("idle", 0, 30)),
        curing=track(("execute", 0, 30)),
    )
    assert losses("casting", known, shift(30)) == {Cause(LossKind.STARVED, station="cleaning"): 30}


def test_a_pallet_that_waits_for_its_release_starves_those_after_it() -> None:
    known = line(
        shuttering=track(("suspended", 0, 30), pallet=1),
        casting=track(("idle", 0, 30)),
    )
    assert losses("casting", known, shift(30)) == {Cause(LossKind.STARVED, station="shuttering"): 30}
    assert losses("shuttering", known, shift(30)) == {Cause(LossKind.BLOCKED): 30}


def test_a_line_without_work_is_idle() -> None:
    known = line(cleaning=track(("idle", 0, 30)), shuttering=track(("idle", 0, 30)))
    assert losses("shuttering", known, shift(30)) == {Cause(LossKind.IDLE): 30}
    assert losses("cleaning", known, shift(30)) == {Cause(LossKind.IDLE): 30}


def test_a_persons_word_beats_what_the_states_suggest() -> None:
    known = line(cleaning=track(("held", 0, 30)), shuttering=track(("idle", 0, 30), reason="no_crew"))
    assert losses("shuttering", known, shift(30)) == {Cause(LossKind.STOP, reason="no_crew"): 30}


def test_cycles_faster_than_the_ideal_count_as_ideal() -> None:
    found = account("casting", line(casting=track(("execute", 0, 60))), shift(60), Output(9, 10.0))
    assert (found.performance, found.oee, minutes(found.worth)) == (1.0, 1.0, 60)


def test_figures_that_nobody_can_know_are_not_made_up() -> None:
    known = line(casting=track(("execute", 0, 60)))
    without_ideal = account("casting", known, shift(60), Output(cycles=3))
    assert (without_ideal.availability, without_ideal.performance, without_ideal.oee) == (1.0, None, None)
    unjudged = account("casting", known, shift(60), Output(cycles=3, ideal_minutes=10))
    assert (unjudged.quality, unjudged.oee) == (None, pytest.approx(0.5))
    nothing_planned = account("casting", known, [], Output(cycles=3, ideal_minutes=10))
    assert (nothing_planned.availability, nothing_planned.oee) == (None, None)
    never_ran = account("casting", line(casting=track(("held", 0, 60))), shift(60), Output(0, 10.0))
    assert (never_ran.performance, never_ran.oee) == (None, 0.0)


def test_a_slice_leads_back_to_its_interval() -> None:
    story = Track([Interval("execute", at(0), at(20), key="a"), Interval("held", at(20), at(60), key="b")])
    pieces = slices_of("casting", line(casting=story), [Window(at(10), at(30))])
    assert [(piece.key, minutes(piece.length)) for piece in pieces] == [("a", 10), ("b", 10)]


@pytest.mark.parametrize(
    "impossible",
    [{"cycles": -1}, {"good": 3, "total": 2}, {"good": -1, "total": 1}, {"ideal_minutes": 0.0}],
)
def test_impossible_output_is_refused(impossible: dict[str, float]) -> None:
    with pytest.raises(ValueError):
        Output(**impossible)  # type: ignore[arg-type]
