"""The account of one machine's planned time: what was worth it, and what each cause took. Its parts add up exactly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from lines.losses.causes import Cause, LineTracks, LossKind, Slice, slices_of
from lines.losses.track import Window

NOTHING = timedelta()


@dataclass(frozen=True, slots=True)
class Output:
    """What a machine gave in the windows: `cycles` finished, and of `total` elements those that were `good` at the
    first try.

    `ideal_minutes` is the shortest time per cycle in which the machine can do its work (ISO 22400-2: planned run
    time per item); None where nobody knows it.

    Raises:
        ValueError: counts below zero, more good ones than all, or an ideal time that is not above zero.
    """

    cycles: int = 0
    ideal_minutes: float | None = None
    good: int = 0
    total: int = 0

    def __post_init__(self) -> None:
        if self.cycles < 0 or not 0 <= self.good <= self.total:
            raise ValueError(f"{self.good} good of {self.total} elements in {self.cycles} cycles cannot be")
        if self.ideal_minutes is not None and self.ideal_minutes <= 0:
            raise ValueError("the ideal time of a cycle is above zero")


@dataclass(frozen=True, slots=True)
class Account:
    """Planned time and where it went; every length is exact to the microsecond.

    `worth` is ideal time of elements that were right at the first try, `losses` what each cause took:
    worth + all losses = planned. Ratios are None where they are not defined (nothing planned, no ideal time,
    nothing produced).
    """

    planned: timedelta
    running: timedelta
    worth: timedelta
    losses: Mapping[Cause, timedelta]
    output: Output
    slices: tuple[Slice, ...]

    @property
    def busy(self) -> timedelta:
        """Planned busy time (ISO 22400-2: PBT): planned time without the stops that were meant."""
        return self.planned - self.lost(LossKind.PLANNED)

    @property
    def availability(self) -> float | None:
        """The share of the planned busy time in which the machine ran."""
        return self.running / self.busy if self.busy else None

    @property
    def performance(self) -> float | None:
        """Ideal time of the finished cycles by the time it ran (effectiveness); never above 1."""
        if self.output.ideal_minutes is None or not self.running:
            return None
        return (self.running - self.lost(LossKind.SLOW)) / self.running

    @property
    def quality(self) -> float | None:
        """The share of elements that were right at the first try."""
        return self.output.good / self.output.total if self.output.total else None

    @property
    def oee(self) -> float | None:
        """Availability × performance × quality; elements that nobody has judged yet count as right.

        A machine that never ran has 0; without an ideal time there is no figure.
        """
        if self.availability is None or self.output.ideal_minutes is None:
            return None
        quality = 1.0 if self.quality is None else self.quality
        return self.availability * (self.performance or 0.0) * quality

    def lost(self, kind: LossKind) -> timedelta:
        """What all causes of a kind took."""
        return sum((length for cause, length in self.losses.items() if cause.kind is kind), NOTHING)


def account(
    station: str,
    line: LineTracks,
    windows: Iterable[Window],
    output: Output,
    planned_reasons: frozenset[str] = frozenset(),
) -> Account:
    """The account of a station over its planned windows."""
    slices = tuple(slices_of(station, line, windows, planned_reasons))
    losses: dict[Cause, timedelta] = {}
    running = NOTHING
    for piece in slices:
        if piece.cause is None:
            running += piece.length
        else:
            losses[piece.cause] = losses.get(piece.cause, NOTHING) + piece.length
    ideal = _ideal(running, output)
    rework = ideal * (output.total - output.good) // output.total if output.total else NOTHING
    if running > ideal:
        losses[Cause(LossKind.SLOW)] = running - ideal
    if rework:
        losses[Cause(LossKind.REWORK)] = rework
    planned = sum((piece.length for piece in slices), NOTHING)
    return Account(planned, running, ideal - rework, losses, output, slices)


def _ideal(running: timedelta, output: Output) -> timedelta:
    """The time the cycles should have taken, at most the time they took; all of it where no ideal is known.

    A cycle that began before the windows, or an ideal that is too generous, must not make more than was there.
    """
    if output.ideal_minutes is None:
        return running
    minutes = output.cycles * output.ideal_minutes
    return timedelta(minutes=minutes) if minutes * 60 < running.total_seconds() else running
