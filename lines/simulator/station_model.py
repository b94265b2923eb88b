"""One station of the physical model: the pallets in it, their phases and the machine's own stops."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from lines.simulator.chance import Cycle, cycle
from lines.states import MachineState


@dataclass(frozen=True, slots=True)
class StationPlan:
    """What the model has to know of a station; see :class:`lines.plant.Station`.

    ``spread`` and ``stops_per_hour`` as in :func:`lines.simulator.chance.cycle`, ``seed`` makes them repeat; chambers
    have neither, as their time is set.
    """

    id: str
    minutes: float
    capacity: int = 1
    needs_release: bool = False
    spread: float = 0.0
    stops_per_hour: float = 0.0
    seed: str = ""

    @property
    def work_ms(self) -> int:
        """The planned working time of one pallet in milliseconds."""
        return round(self.minutes * 60_000)

    def cycle(self, number: int) -> Cycle:
        """The work on the n-th pallet, from 0."""
        if self.capacity > 1:
            return Cycle(self.work_ms)
        return cycle(self.work_ms, self.spread, self.stops_per_hour, self.seed, self.id, number)


class Phase(StrEnum):
    """Where a pallet is within its station."""

    WAITING = "waiting"
    WORKING = "working"
    COMPLETE = "complete"
    FINISHED = "finished"


@dataclass(slots=True)
class Occupant:
    """A pallet in a station, its slot (from 0), its phase and what remains of that phase.

    ``work_ms`` is the whole work on it; the machine stops for ``stop_ms`` when ``stop_at_ms`` of it remain.
    """

    pallet: int
    slot: int
    phase: Phase
    remaining_ms: int
    work_ms: int = 0
    stop_at_ms: int = 0
    stop_ms: int = 0

    @property
    def next_ms(self) -> int:
        """How long until something happens to it by itself."""
        stops = self.phase is Phase.WORKING and self.stop_ms and self.remaining_ms > self.stop_at_ms
        return self.remaining_ms - self.stop_at_ms if stops else self.remaining_ms


class Event(StrEnum):
    """What happens to a pallet in a station."""

    ENTERED = "entered"
    BEGAN = "began"
    FINISHED = "finished"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Happening:
    """An event at a station, with the pallet and its slot (from 0)."""

    station: str
    event: Event
    pallet: int
    slot: int


Watch = Callable[[Happening], None]


@dataclass(frozen=True, slots=True)
class StationView:
    """What a station shows. ``pallet`` is 0 where there is none; in a chamber, the one that came last.

    ``progress_percent`` is that of the oldest pallet, ``slots`` the pallet in each slot, 0 for an empty one,
    ``released_pallet`` the release that has not been used yet, ``release`` and ``hold`` the last commands
    written. ``stop_choice`` (0 to 1) says which of its faults has stopped the machine, None if none has.
    """

    state: MachineState
    pallet: int
    cycles: int
    progress_percent: float
    released_pallet: int
    release: int
    hold: int
    slots: tuple[int, ...]
    stop_choice: float | None = None

    @property
    def occupied_slots(self) -> int:
        """How many pallets are in the station."""
        return sum(1 for pallet in self.slots if pallet)


@dataclass(slots=True)
class StationModel:
    """A station with its occupants in the order in which they came.

    ``begun`` counts the works begun; ``stop_ms`` remain of the machine's own stop; ``is_starved`` while the machine
    waits for material that the line does not bring.
    """

    plan: StationPlan
    watch: Watch
    occupants: list[Occupant] = field(default_factory=list)
    cycles: int = 0
    hold: int = 0
    release: int = 0
    released_pallet: int = 0
    begun: int = 0
    stop_ms: int = 0
    stop_choice: float = 0.0
    is_starved: bool = False

    @property
    def is_chamber(self) -> bool:
        """Whether slots work side by side."""
        return self.plan.capacity > 1

    @property
    def stands_still(self) -> bool:
        """Held by a command or by a fault of its own."""
        return bool(self.hold or self.stop_ms)

    @property
    def has_room(self) -> bool:
        """Whether a pallet may come in."""
        return not self.stands_still and len(self.occupants) < self.plan.capacity

    def running(self) -> Iterator[Occupant]:
        """The occupants whose time runs."""
        if self.stands_still and not self.is_chamber:
            return
        for occupant in self.occupants:
            works = occupant.phase is Phase.WORKING and not self.is_starved
            if works or occupant.phase is Phase.COMPLETE:
                yield occupant

    def next_ms(self) -> Iterator[int]:
        """How long until each thing that happens by itself."""
        if self.stop_ms:
            yield self.stop_ms
        for occupant in self.running():
            yield occupant.next_ms

    def elapse(self, step_ms: int) -> None:
        """Let time pass, at most until the next thing happens; a stop begins or ends exactly then."""
        for occupant in self.running():
            occupant.remaining_ms -= step_ms
        if self.stop_ms:
            self.stop_ms -= step_ms
            return
        for occupant in self.running():
            if occupant.stop_ms and occupant.phase is Phase.WORKING and occupant.remaining_ms == occupant.stop_at_ms:
                self.stop_choice = self.plan.cycle(self.begun - 1).choice
                self.stop_ms, occupant.stop_ms = occupant.stop_ms, 0
                break

    def enter(self, pallet: int, *, is_released: bool = False) -> None:
        """Take a pallet in, into the first empty slot; work on it begins at once where it may."""
        taken = {occupant.slot for occupant in self.occupants}
        slot = next(slot for slot in range(self.plan.capacity) if slot not in taken)
        occupant = Occupant(pallet, slot, Phase.WAITING, 0)
        self.occupants.append(occupant)
        self._tell(Event.ENTERED, occupant)
        if is_released:
            self._begin(occupant)
        else:
            self.begin()

    def leave(self, occupant: Occupant) -> None:
        """Let a pallet go."""
        self.occupants.remove(occupant)
        self._tell(Event.LEFT, occupant)

    def begin(self) -> None:
        """Begin work on a waiting pallet, if it needs no release or has it; the release is used up by this."""
        for occupant in self.occupants:
            released = occupant.pallet == self.released_pallet
            if occupant.phase is Phase.WAITING and (released or not self.plan.needs_release):
                self.released_pallet = 0 if released else self.released_pallet
                self._begin(occupant)

    def _begin(self, occupant: Occupant) -> None:
        drawn = self.plan.cycle(self.begun)
        self.begun += 1
        occupant.phase, occupant.remaining_ms, occupant.work_ms = Phase.WORKING, drawn.work_ms, drawn.work_ms
        occupant.stop_at_ms, occupant.stop_ms = drawn.stop_at_ms, drawn.stop_ms
        self._tell(Event.BEGAN, occupant)

    def finish(self, complete_ms: int) -> bool:
        """End the phases whose time is up; whether there were any."""
        ended = [occupant for occupant in self.running() if occupant.remaining_ms == 0]
        for occupant in ended:
            is_work = occupant.phase is Phase.WORKING
            self.cycles += is_work
            if self.is_chamber or not is_work:
                occupant.phase = Phase.FINISHED
            else:
                occupant.phase, occupant.remaining_ms = Phase.COMPLETE, complete_ms
            if is_work:
                self._tell(Event.FINISHED, occupant)
        return bool(ended)

    def leaving(self) -> Occupant | None:
        """The pallet that may leave now: the first that came, if it is finished and the station does not stand."""
        if self.stands_still or not self.occupants or self.occupants[0].phase is not Phase.FINISHED:
            return None
        return self.occupants[0]

    def state(self) -> MachineState:
        """The machine's state: held where it stands by itself, suspended where it waits for the line."""
        if self.stands_still:
            return MachineState.HELD
        phases = {occupant.phase for occupant in self.occupants}
        if not phases:
            return MachineState.IDLE
        if Phase.WORKING in phases:
            return MachineState.SUSPENDED if self.is_starved else MachineState.EXECUTE
        return MachineState.COMPLETE if Phase.COMPLETE in phases else MachineState.SUSPENDED

    def progress(self) -> dict[int, float]:
        """How far the work is in each occupied slot, in percent."""
        return {occupant.slot: self._percent(occupant) for occupant in self.occupants}

    def _percent(self, occupant: Occupant) -> float:
        if occupant.phase is Phase.WAITING:
            return 0.0
        if occupant.phase is not Phase.WORKING:
            return 100.0
        return 100.0 * (1 - occupant.remaining_ms / occupant.work_ms)

    def view(self) -> StationView:
        """What the station shows now."""
        slots = [0] * self.plan.capacity
        for occupant in self.occupants:
            slots[occupant.slot] = occupant.pallet
        return StationView(
            state=self.state(),
            pallet=self.occupants[-1].pallet if self.occupants else 0,
            cycles=self.cycles,
            progress_percent=self._percent(self.occupants[0]) if self.occupants else 0.0,
            released_pallet=self.released_pallet,
            release=self.release,
            hold=self.hold,
            slots=tuple(slots),
            stop_choice=self.stop_choice if self.stop_ms else None,
        )

    def _tell(self, event: Event, occupant: Occupant) -> None:
        self.watch(Happening(self.plan.id, event, occupant.pallet, occupant.slot))
