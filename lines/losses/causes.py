"""What took a machine's time: its own stop, another station that made it wait, or nothing that is known.

Waiting is booked on the station that caused it. A machine with a finished pallet is blocked: the stations after it
are asked in turn, and one that waits itself passes the question on. A machine without a pallet is starved: the
stations before it are asked. The first one that works or stands still is the cause.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from lines.losses.track import FOREVER, UNKNOWN, Interval, Track, Window, joined

RUNNING_STATES = frozenset({"starting", "execute", "completing"})
STOP_STATES = frozenset(
    {"holding", "held", "unholding", "aborting", "aborted", "clearing", "stopping", "stopped"},
)
WAITING_STATES = frozenset({"suspending", "suspended", "unsuspending", "complete"})
IDLE_STATES = frozenset({"idle", "resetting"})


class LossKind(StrEnum):
    """Kinds of loss.

    ``planned``: a stop that was meant (maintenance, a break). ``stop``: the machine's own stop. ``starved``: no
    pallet came, ``blocked``: the pallet could not go on. ``idle``: planned time without work on the whole line before
    it. ``unknown``: the machine was not heard. ``slow``: it took longer than the ideal cycle. ``rework``: time spent on
    what was not right the first time.
    """

    PLANNED = "planned"
    STOP = "stop"
    STARVED = "starved"
    BLOCKED = "blocked"
    IDLE = "idle"
    UNKNOWN = "unknown"
    SLOW = "slow"
    REWORK = "rework"


@dataclass(frozen=True, slots=True)
class Cause:
    """Why time was lost. `reason` is a person's word for a stop ("" while nobody has said one); `station` is who
    made the machine wait ("" where no station did: a release, material, or the end of the line).
    """

    kind: LossKind
    reason: str = ""
    station: str = ""


@dataclass(frozen=True, slots=True)
class Slice:
    """A piece of planned time with one cause; ``cause`` is None while the machine ran. `key` names its interval."""

    start: datetime
    end: datetime
    state: str
    cause: Cause | None
    key: str = ""

    @property
    def length(self) -> timedelta:
        """How long it lasted."""
        return self.end - self.start


class LineTracks:
    """The tracks of a line's stations, in the order in which pallets pass them."""

    def __init__(self, order: Sequence[str], tracks: Mapping[str, Track]) -> None:
        self.order = tuple(order)
        self.tracks = tracks

    def blocker(self, station: str, moment: datetime) -> tuple[str, datetime]:
        """Who keeps a finished pallet from leaving, and until when this answer holds at least.

        A free station further on means that nobody does: the pallet waits for a release or for material.
        """
        until = FOREVER
        for name in self.order[self.order.index(station) + 1 :]:
            found = self._at(name, moment)
            until = min(until, found.end)
            if found.state in RUNNING_STATES or found.state in STOP_STATES:
                return name, until
            if found.state in IDLE_STATES:
                break
        return "", until

    def starver(self, station: str, moment: datetime) -> tuple[str, datetime]:
        """Who keeps the next pallet from coming, and until when this answer holds at least."""
        until = FOREVER
        for name in reversed(self.order[: self.order.index(station)]):
            found = self._at(name, moment)
            until = min(until, found.end)
            if found.state not in IDLE_STATES and found.state != UNKNOWN:
                return name, until
        return "", until

    def _at(self, name: str, moment: datetime) -> Interval:
        track = self.tracks.get(name)
        return track.at(moment) if track is not None else Interval(UNKNOWN, moment, FOREVER)


def slices_of(
    station: str, line: LineTracks, windows: Iterable[Window], planned_reasons: frozenset[str] = frozenset()
) -> list[Slice]:
    """A station's planned time in slices, each with its cause; together exactly as long as the windows.

    A reason that a person named beats what the states suggest; one of `planned_reasons` is no loss of the machine.
    """
    track = line.tracks.get(station) or Track(())
    found: list[Slice] = []
    for window in joined(windows):
        for interval in track.within(window):
            found.extend(_slices(station, line, interval, planned_reasons))
    return found


def _slices(station: str, line: LineTracks, interval: Interval, planned_reasons: frozenset[str]) -> list[Slice]:
    found: list[Slice] = []
    moment = interval.start
    while moment < interval.end:
        cause, until = _cause(station, line, interval, moment, planned_reasons)
        end = min(until, interval.end)
        if found and found[-1].cause == cause:
            found[-1] = Slice(found[-1].start, end, interval.state, cause, interval.key)
        else:
            found.append(Slice(moment, end, interval.state, cause, interval.key))
        moment = end
    return found


def _cause(
    station: str, line: LineTracks, interval: Interval, moment: datetime, planned_reasons: frozenset[str]
) -> tuple[Cause | None, datetime]:
    """The cause at a moment, and until when it holds at least."""
    state = interval.state
    if state in RUNNING_STATES:
        return None, FOREVER
    if interval.reason:
        kind = LossKind.PLANNED if interval.reason in planned_reasons else LossKind.STOP
        return Cause(kind, reason=interval.reason), FOREVER
    if state in STOP_STATES:
        return Cause(LossKind.STOP), FOREVER
    if state in WAITING_STATES and (interval.pallet or state == "complete"):
        culprit, until = line.blocker(station, moment)
        return Cause(LossKind.BLOCKED, station=culprit), until
    if state in WAITING_STATES or state in IDLE_STATES:
        culprit, until = line.starver(station, moment)
        kind = LossKind.STARVED if culprit or state in WAITING_STATES else LossKind.IDLE
        return Cause(kind, station=culprit), until
    return Cause(LossKind.UNKNOWN), FOREVER
