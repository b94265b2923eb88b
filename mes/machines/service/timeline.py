"""A machine's states as intervals: what it tells is a change at a time, and may come late or twice.

An interval ends where the next one begins. That a machine told its state again is kept with the interval: when
something else is heard late of a time in between, the state that was told again holds from then on.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lines.states import MachineState
from mes.core.ids import new_id
from mes.machines.models import StateInterval

UNKNOWN = "unknown"
STATES = frozenset(state.value for state in MachineState) | {UNKNOWN}
MOST_TOLD_AGAIN = 50


@dataclass(frozen=True)
class Observation:
    """A machine told its state, or (`state` None) only which pallet stands in it."""

    device: str
    at: datetime
    state: str | None
    pallet: int | None = None


def observe(session: Session, observations: Iterable[Observation]) -> None:
    """Put observations into the intervals of their machines, whatever the order in which they came."""
    by_device: dict[str, list[Observation]] = {}
    for observation in observations:
        by_device.setdefault(observation.device, []).append(observation)
    if not by_device:
        return
    first = {device: min(found.at for found in told) for device, told in by_device.items()}
    timelines = _timelines(session, first)
    for device, told in by_device.items():
        for observation in sorted(told, key=lambda found: found.at):
            timelines[device].observe(observation)
    session.flush()


class Timeline:
    """The intervals of one machine around some observations, oldest first; changed in place."""

    def __init__(self, session: Session, device: str, intervals: list[StateInterval]) -> None:
        self._session, self._device, self.intervals = session, device, intervals

    def observe(self, told: Observation) -> None:
        """Take one observation in."""
        place = bisect_right(self.intervals, told.at, key=lambda interval: interval.started_at) - 1
        if told.state is None:
            if place >= 0:
                _note_pallet(self.intervals[place], told.pallet)
        elif place < 0:
            following = self.intervals[0].started_at if self.intervals else None
            self._insert(0, told.at, following, told.state, told.pallet)
            self._join(0)
        elif self.intervals[place].state == told.state:
            _tell_again(self.intervals[place], told)
        else:
            self._change(place, told.at, told.state, told.pallet)

    def _change(self, place: int, at: datetime, state: str, pallet: int | None) -> None:
        """From `at` on it was `state`, until the state before was told again or something else followed."""
        current = self.intervals[place]
        ended_at, again = current.ended_at, [time for time in _times_again(current) if time > at]
        if again:
            self._insert(place + 1, again[0], ended_at, current.state, current.pallet, like=current)
            self.intervals[place + 1].told_again = [time.isoformat() for time in again[1:]]
            ended_at = again[0]
        current.told_again = [time.isoformat() for time in _times_again(current) if time < at]
        if current.started_at == at:  # two stories of one moment: what came later counts
            current.state, current.pallet, current.ended_at = state, pallet, ended_at
            _forget_reason(current)
        else:
            current.ended_at = at
            place += 1
            self._insert(place, at, ended_at, state, pallet)
        self._join(place)
        if place > 0:
            self._join(place - 1)

    def _insert(
        self,
        place: int,
        started_at: datetime,
        ended_at: datetime | None,
        state: str,
        pallet: int | None,
        like: StateInterval | None = None,
    ) -> None:
        made = StateInterval(
            id=new_id(),
            device=self._device,
            state=state,
            started_at=started_at,
            ended_at=ended_at,
            pallet=pallet or None,
            told_again=[],
        )
        if like is not None:
            made.reason_code, made.note = like.reason_code, like.note
            made.named_by, made.named_at = like.named_by, like.named_at
        self._session.add(made)
        self.intervals.insert(place, made)

    def _join(self, place: int) -> None:
        """Make one of an interval and the next where they tell the same; what a person named apart stays apart."""
        if place + 1 >= len(self.intervals):
            return
        first, second = self.intervals[place], self.intervals[place + 1]
        if first.state != second.state or first.reason_code != second.reason_code:
            return
        del self.intervals[place + 1]
        first.told_again = [*first.told_again, second.started_at.isoformat(), *second.told_again][-MOST_TOLD_AGAIN:]
        first.ended_at, first.pallet = second.ended_at, first.pallet or second.pallet
        if second in self._session.new:
            self._session.expunge(second)
        else:
            self._session.delete(second)
            self._session.flush()  # another interval may begin at the same moment soon


def _timelines(session: Session, first: Mapping[str, datetime]) -> dict[str, Timeline]:
    """The timelines from each machine's first time on: usually one query for all, as nothing comes late."""
    open_ones = select(StateInterval).where(StateInterval.device.in_(list(first)), StateInterval.ended_at.is_(None))
    found = {interval.device: [interval] for interval in session.scalars(open_ones)}
    for device, at in first.items():
        if device in found and found[device][0].started_at >= at:
            found[device] = _window(session, device, at)
    return {device: Timeline(session, device, found.get(device, [])) for device in first}


def _window(session: Session, device: str, since: datetime) -> list[StateInterval]:
    query = (
        select(StateInterval)
        .where(StateInterval.device == device)
        .where((StateInterval.ended_at >= since) | StateInterval.ended_at.is_(None))
    )
    return list(session.scalars(query.order_by(StateInterval.started_at)))


def _times_again(interval: StateInterval) -> list[datetime]:
    return [datetime.fromisoformat(time) for time in interval.told_again]


def _tell_again(interval: StateInterval, told: Observation) -> None:
    _note_pallet(interval, told.pallet)
    time = told.at.isoformat()
    if told.at > interval.started_at and time not in interval.told_again:
        times = sorted([*_times_again(interval), told.at])
        interval.told_again = [known.isoformat() for known in times[-MOST_TOLD_AGAIN:]]


def _note_pallet(interval: StateInterval, pallet: int | None) -> None:
    if interval.pallet is None and pallet:
        interval.pallet = pallet


def _forget_reason(interval: StateInterval) -> None:
    interval.reason_code = interval.note = interval.named_by = interval.named_at = None
