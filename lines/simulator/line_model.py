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
be held. A machine that stops by itself does the same, until it goes on by itself.
- A station that lacks material (starved) does not work on its pallet, and shows as suspended.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from lines.simulator.station_model import (
    Happening,
    Occupant,
    Phase,
    StationModel,
    StationPlan,
    StationView,
    Watch,
)
from lines.states import MachineState


class ModelRefusalError(ValueError):
    """A command that the line does not take in its present state; nothing was changed."""


class ForeignStateError(ValueError):
    """A saved state that belongs to a line with other stations or pallets."""


_LONGEST = 3  # times the planned work: no spread makes it longer


class LineModel:
    """A line of stations and its circulating pallets; see the rules above. All pallets are free at first."""

    def __init__(self, stations: Sequence[StationPlan], pallets: Sequence[int], complete_seconds: float = 20.0) -> None:
        self._watchers: list[Watch] = []
        self._stations = [StationModel(plan, self._tell) for plan in stations]
        self._index = {plan.id: index for index, plan in enumerate(stations)}
        self._pallets = tuple(pallets)
        self._complete_ms = round(complete_seconds * 1000)
        self.free_pallets: list[int] = list(pallets)
        self.clock_ms = 0

    @property
    def first_station(self) -> str:
        """The id of the station where pallets set out."""
        return self._stations[0].plan.id

    def has_station(self, station_id: str) -> bool:
        """Whether a station of this id is on the line."""
        return station_id in self._index

    def advance(self, elapsed_ms: int) -> None:
        """Let time pass. Raises ``ValueError`` for a negative time."""
        if elapsed_ms < 0:
            raise ValueError(f"time does not run backwards ({elapsed_ms} ms)")
        while elapsed_ms > 0:
            next_ms = min(self._next_ms(), default=elapsed_ms + 1)
            step_ms = min(elapsed_ms, next_ms)
            for station in self._stations:
                station.elapse(step_ms)
            elapsed_ms -= step_ms
            self.clock_ms += step_ms
            if step_ms == next_ms:
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

    def starve(self, station_id: str, is_starved: bool) -> None:
        """Say whether a station lacks material that the line has to bring."""
        self._stations[self._index[station_id]].is_starved = is_starved

    def watch(self, watch: Watch) -> None:
        """Tell ``watch`` of everything that happens to a pallet from now on, at the moment when it happens."""
        self._watchers.append(watch)

    def _tell(self, happening: Happening) -> None:
        for watch in self._watchers:
            watch(happening)

    def state(self, station_id: str) -> MachineState:
        """The state of a station now."""
        return self._stations[self._index[station_id]].state()

    def capacity(self, station_id: str) -> int:
        """How many pallets a station takes."""
        return self._stations[self._index[station_id]].plan.capacity

    def progress(self, station_id: str) -> Mapping[int, float]:
        """How far the work is in each occupied slot (from 0), in percent."""
        return self._stations[self._index[station_id]].progress()

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
                    "begun": station.begun,
                    "stop_ms": station.stop_ms,
                    "stop_choice": station.stop_choice,
                    "is_starved": station.is_starved,
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

    def _restored(self, plan: StationPlan, saved: Mapping[str, Any]) -> StationModel:
        occupants = [self._occupant(plan, entry) for entry in saved["occupants"]]
        if any(not 0 <= occupant.slot < plan.capacity or occupant.remaining_ms < 0 for occupant in occupants):
            raise ValueError(f"{plan.id} has fewer slots")
        told = {key: saved[key] for key in ("cycles", "hold", "release", "released_pallet")}
        begun = int(saved.get("begun", saved["cycles"] + len(occupants)))
        stop = {key: saved[key] for key in ("stop_ms", "stop_choice", "is_starved") if key in saved}
        return StationModel(plan, self._tell, occupants, begun=begun, **told, **stop)

    def _occupant(self, plan: StationPlan, entry: Mapping[str, Any]) -> Occupant:
        """A saved pallet; where the plan has become shorter since, the work on it is not longer than planned."""
        phase = Phase(entry["phase"])
        work_ms = int(entry.get("work_ms", plan.work_ms))
        if work_ms > _LONGEST * plan.work_ms:
            work_ms = plan.work_ms
        most_ms = work_ms if phase is Phase.WORKING else self._complete_ms
        remaining_ms = min(int(entry["remaining_ms"]), most_ms)
        stop = {key: int(entry[key]) for key in ("stop_at_ms", "stop_ms") if key in entry}
        return Occupant(entry["pallet"], entry["slot"], phase, remaining_ms, work_ms, **stop)

    def _next_ms(self) -> Iterable[int]:
        for station in self._stations:
            yield from station.next_ms()

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
            station.leave(occupant)
            changed = True
        if not station.stands_still:
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
            first.enter(pallet, is_released=True)

    def _has_begun(self, station: StationModel, pallet: int) -> bool:
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
