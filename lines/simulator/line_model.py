"""The physical model of a line: pallets that circulate through stations. Pure and deterministic.

Time is counted in whole milliseconds and events are met exactly, so that advancing by a and then by b is the
same as advancing by a + b. The rules:

- A pallet enters the first station only when it is released there and the station is free.
- A station works on one pallet; a chamber (capacity above 1) on as many as it has slots, side by side.
- Where a station needs a release, a pallet that has entered waits there (suspended) until it is released.
- A finished pallet shows as complete for a moment, then moves on as soon as the next station is free; until
then it
  blocks its own (suspended). From a chamber they leave in the order in which they came. Moving takes no time.
- After the last station a pallet is free again.
- A station on hold neither works nor takes nor gives pallets; in a chamber curing goes on, as concrete cannot
be held.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from lines.states import MachineState


class ModelRefusalError(ValueError):
    """A command that the line does not take in its present state; nothing was changed."""


class ForeignStateError(ValueError):
    """A saved state that belongs to a line with other stations or pallets."""


@dataclass(frozen=True, slots=True)
class StationPlan:
    """What the model has to know of a station; see :class:`lines.plant.Station`."""

    id: str
    minutes: float
    capacity: int = 1
    needs_release: bool = False

    @property
    def work_ms(self) -> int:
        """The working time of one pallet in milliseconds."""
        return round(self.minutes * 60_000)


class Phase(StrEnum):
    """Where a pallet is within its station."""

    WAITING = "waiting"
    WORKING = "working"
    COMPLETE = "complete"
    FINISHED = "finished"


@dataclass(slots=True)
class Occupant:
    """A pallet in a station, its slot (from 0), its phase and what remains of that phase."""

    pallet: int
    slot: int
    phase: Phase
    remaining_ms: int


@dataclass(frozen=True, slots=True)
class StationView:
    """What a station shows. ``pallet`` is 0 where there is none; in a chamber, the one that came last.

    ``progress_percent`` is that of the oldest pallet, ``slots`` the pallet in each slot, 0 for an empty one,
    ``released_pallet`` the release that has not been used yet, ``release`` and ``hold`` the last commands
    written.
    """

    state: MachineState
    pallet: int
    cycles: int
    progress_percent: float
    released_pallet: int
    release: int
    hold: int
    slots: tuple[int, ...]

    @property
    def occupied_slots(self) -> int:
        """How many pallets are in the station."""
        return sum(1 for pallet in self.slots if pallet)


@dataclass(slots=True)
class _Station:
    plan: StationPlan
    occupants: list[Occupant] = field(default_factory=list)  # in the order in which they came
    cycles: int = 0
    hold: int = 0
    release: int = 0
    released_pallet: int = 0

    @property
    def is_chamber(self) -> bool:
        return self.plan.capacity > 1

    @property
    def has_room(self) -> bool:
        return not self.hold and len(self.occupants) < self.plan.capacity

    def running(self) -> Iterator[Occupant]:
        """The occupants whose time runs."""
        if self.hold and not self.is_chamber:
            return
        for occupant in self.occupants:
            if occupant.phase in {Phase.WORKING, Phase.COMPLETE}:
                yield occupant

    def enter(self, pallet: int) -> None:
        taken = {occupant.slot for occupant in self.occupants}
        slot = next(slot for slot in range(self.plan.capacity) if slot not in taken)
        self.occupants.append(Occupant(pallet, slot, Phase.WAITING, 0))
        self.begin()

    def begin(self) -> None:
        """Begin work on a waiting pallet, if it needs no release or has it; the release is used up by
        this.
        """
        for occupant in self.occupants:
            released = occupant.pallet == self.released_pallet
            if occupant.phase is Phase.WAITING and (released or not self.plan.needs_release):
                occupant.phase, occupant.remaining_ms = Phase.WORKING, self.plan.work_ms
                self.released_pallet = 0 if released else self.released_pallet

    def finish(self, complete_ms: int) -> bool:
        """End the phases whose time is up; whether there were any."""
        ended = [occupant for occupant in self.running() if occupant.remaining_ms == 0]
        for occupant in ended:
            if occupant.phase is Phase.COMPLETE or self.is_chamber:
                self.cycles += occupant.phase is Phase.WORKING
                occupant.phase = Phase.FINISHED
            else:
                self.cycles += 1
                occupant.phase, occupant.remaining_ms = Phase.COMPLETE, complete_ms
        return bool(ended)

    def leaving(self) -> Occupant | None:
        """The pallet that may leave now: the first that came, if it is finished and the station is not
        held.
        """
        if self.hold or not self.occupants or self.occupants[0].phase is not Phase.FINISHED:
            return None
        return self.occupants[0]

    def state(self) -> MachineState:
        if self.hold:
            return MachineState.HELD
        phases = {occupant.phase for occupant in self.occupants}
        if not phases:
            return MachineState.IDLE
        if Phase.WORKING in phases:
            return MachineState.EXECUTE
        return MachineState.COMPLETE if Phase.COMPLETE in phases else MachineState.SUSPENDED

    def progress_percent(self) -> float:
        if not self.occupants or self.occupants[0].phase is Phase.WAITING:
            return 0.0
        if self.occupants[0].phase is not Phase.WORKING:
            return 100.0
        return 100.0 * (1 - self.occupants[0].remaining_ms / self.plan.work_ms)

    def view(self) -> StationView:
        slots = [0] * self.plan.capacity
        for occupant in self.occupants:
            slots[occupant.slot] = occupant.pallet
        return StationView(
            state=self.state(),
            pallet=self.occupants[-1].pallet if self.occupants else 0,
            cycles=self.cycles,
            progress_percent=self.progress_percent(),
            released_pallet=self.released_pallet,
            release=self.release,
            hold=self.hold,
            slots=tuple(slots),
        )


class LineModel:
    """A line of stations and its circulating pallets; see the rules above. All pallets are free at first."""

    def __init__(self, stations: Sequence[StationPlan], pallets: Sequence[int], complete_seconds: float = 20.0) -> None:
        self._stations = [_Station(plan) for plan in stations]
        self._index = {plan.id: index for index, plan in enumerate(stations)}
        self._pallets = tuple(pallets)
        self._complete_ms = round(complete_seconds * 1000)
        self.free_pallets: list[int] = list(pallets)
        self.clock_ms = 0

    def advance(self, elapsed_ms: int) -> None:
        """Let time pass. Raises ``ValueError`` for a negative time."""
        if elapsed_ms < 0:
            raise ValueError(f"time does not run backwards ({elapsed_ms} ms)")
        while elapsed_ms > 0:
            step_ms = min([elapsed_ms, *(occupant.remaining_ms for occupant in self._running())])
            for occupant in self._running():
                occupant.remaining_ms -= step_ms
            elapsed_ms -= step_ms
            self.clock_ms += step_ms
            self._settle()

    def release(self, station_id: str, pallet: int) -> None:
        """Release a pallet at a station: it may enter (first station) or be worked on. 0 takes a release
        back.

        One release is kept per station, the last one written. A pallet that has begun already is not released
        again, so that a repeated command does no harm.

        Raises :class:`ModelRefusalError` when the station needs no release, or the pallet cannot come there
        next.
        """
        index = self._index[station_id]
        station = self._stations[index]
        if index > 0 and not station.plan.needs_release:
            raise ModelRefusalError(f"{station_id} needs no release")
        if pallet and not self._has_begun(station, pallet):
            self._check_on_its_way(index, pallet)
        station.release = pallet
        station.released_pallet = 0 if self._has_begun(station, pallet) else pallet
        self._settle()

    def hold(self, station_id: str, hold: int) -> None:
        """Put a station on hold (1) or let it go on (0). Raises :class:`ModelRefusalError` for another
        number.
        """
        if hold not in {0, 1}:
            raise ModelRefusalError(f"hold is 0 or 1, not {hold}")
        self._stations[self._index[station_id]].hold = int(hold)
        self._settle()

    def view(self, station_id: str) -> StationView:
        """What the station shows now. Raises ``KeyError`` for an unknown station."""
        return self._stations[self._index[station_id]].view()

    def snapshot(self) -> dict[str, Any]:
        """The whole state, JSON-able, for :meth:`restore`."""
        return {
            "clock_ms": self.clock_ms,
            "free_pallets": list(self.free_pallets),
            "stations": [
                {
                    "id": station.plan.id,
                    "cycles": station.cycles,
                    "hold": station.hold,
                    "release": station.release,
                    "released_pallet": station.released_pallet,
                    "occupants": [asdict(occupant) for occupant in station.occupants],
                }
                for station in self._stations
            ],
        }

    def restore(self, snapshot: Mapping[str, Any]) -> None:
        """Take over a state. Raises :class:`ForeignStateError`, changing nothing, if it is of another
        line.
        """
        try:
            stations = [self._restored(plan, saved) for plan, saved in self._paired(snapshot)]
            free, clock_ms = [int(pallet) for pallet in snapshot["free_pallets"]], int(snapshot["clock_ms"])
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise ForeignStateError(f"the saved state is not one of this line: {error}") from error
        on_line = [occupant.pallet for station in stations for occupant in station.occupants]
        if sorted(free + on_line) != sorted(self._pallets):
            raise ForeignStateError("the saved state has other pallets than this line")
        self._stations, self.free_pallets, self.clock_ms = stations, free, clock_ms
        self._settle()

    def _paired(self, snapshot: Mapping[str, Any]) -> Iterator[tuple[StationPlan, Mapping[str, Any]]]:
        plans = [station.plan for station in self._stations]
        saved = snapshot["stations"]
        if [plan.id for plan in plans] != [station["id"] for station in saved]:
            raise ValueError("other stations")
        return zip(plans, saved, strict=True)

    def _restored(self, plan: StationPlan, saved: Mapping[str, Any]) -> _Station:
        occupants = [
            Occupant(
                entry["pallet"],
                entry["slot"],
                Phase(entry["phase"]),
                min(entry["remaining_ms"], self._most_ms(plan)),
            )
            for entry in saved["occupants"]
        ]
        if any(not 0 <= occupant.slot < plan.capacity or occupant.remaining_ms < 0 for occupant in occupants):
            raise ValueError(f"{plan.id} has fewer slots")
        return _Station(plan, occupants, saved["cycles"], saved["hold"], saved["release"], saved["released_pallet"])

    def _most_ms(self, plan: StationPlan) -> int:
        return max(plan.work_ms, self._complete_ms)

    def _running(self) -> Iterator[Occupant]:
        for station in self._stations:
            yield from station.running()

    def _settle(self) -> None:
        """Do everything that can happen without time passing, from the last station back, until nothing
        can.
        """
        while any(self._settle_station(index) for index in reversed(range(len(self._stations)))):
            pass
        self._let_in()

    def _settle_station(self, index: int) -> bool:
        station = self._stations[index]
        changed = station.finish(self._complete_ms)
        while (occupant := station.leaving()) and self._take(index + 1, occupant.pallet):
            station.occupants.remove(occupant)
            changed = True
        if not station.hold:
            station.begin()
        return changed

    def _take(self, index: int, pallet: int) -> bool:
        """Take a pallet into a station, or behind the last one to the free pallets; whether there was
        room.
        """
        if index == len(self._stations):
            self.free_pallets.append(pallet)
            return True
        if self._stations[index].has_room:
            self._stations[index].enter(pallet)
            return True
        return False

    def _let_in(self) -> None:
        first = self._stations[0]
        if first.has_room and first.released_pallet in self.free_pallets:
            self.free_pallets.remove(first.released_pallet)
            pallet, first.released_pallet = first.released_pallet, 0
            first.occupants.append(Occupant(pallet, 0, Phase.WORKING, first.plan.work_ms))

    def _has_begun(self, station: _Station, pallet: int) -> bool:
        return any(o.pallet == pallet and o.phase is not Phase.WAITING for o in station.occupants)

    def _check_on_its_way(self, index: int, pallet: int) -> None:
        """A pallet can come next to the first station if it is free, to another if it is on the line before
        it.
        """
        station_id = self._stations[index].plan.id
        if pallet not in self._pallets:
            raise ModelRefusalError(f"the line has no pallet {pallet}")
        if index == 0 and pallet not in self.free_pallets:
            raise ModelRefusalError(f"pallet {pallet} is on the line and cannot enter at {station_id}")
        before = {occupant.pallet for station in self._stations[: index + 1] for occupant in station.occupants}
        if index > 0 and pallet not in before:
            raise ModelRefusalError(f"pallet {pallet} is not on its way to {station_id}")
