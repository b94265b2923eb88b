"""Local search over the order of jobs: move, swap, change the line, hold back, and time anew from there on.

Each candidate is timed by the same exact placement as the constructive start. Only the jobs behind the first
changed place are timed again. Worse candidates are accepted with a probability that falls with time (simulated
annealing); the best schedule seen is returned.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from scheduling.earliest_due_date import Draft, cheapest, due_order, job_cost, place_begun
from scheduling.layout import Placed, segments_of
from scheduling.placement import Board, CannotPlaceError
from scheduling.plan import PlannedJob
from scheduling.problem import Job, Option, Problem

Rank = tuple[int, int]
HEAT = 0.1
"""Start temperature as a share of the total per job; measured on 10 to 300 jobs, where 0.02 to 0.5 differ little."""
_HELD_BACK_SLACK = (0, 720, 1440, 2880)


@dataclass(frozen=True)
class Turn:
    """A job's place in the order: its line (None: the cheapest) and a minute until which it is held back."""

    job: Job
    option: Option | None = None
    not_before: int = 0


class Schedule:
    """A board with the stack of turns that filled it; the top can be taken off and put back."""

    def __init__(self, problem: Problem, overtime: frozenset[str], known: Mapping[str, PlannedJob] | None) -> None:
        self.problem = problem
        self.board = Board(problem, overtime)
        self.begun = place_begun(self.board, known)
        self.turns: list[Turn] = []
        self.placed: list[Placed | None] = []
        cost_by_overtime = {entry.id: entry.cost for entry in problem.overtime}
        self.overtime_cost = sum(cost_by_overtime[name] for name in overtime)

    def push(self, turn: Turn) -> None:
        """Time one more job behind the others; a job that fits nowhere is left out."""
        options = turn.job.options if turn.option is None else (turn.option,)
        if len(options) == 1:
            try:
                placed: Placed | None = self.board.times(turn.job, options[0], turn.not_before)
            except CannotPlaceError:
                placed = None
        else:
            placed = cheapest(self.board, turn.job, options, turn.not_before)
        if placed is not None:
            self.board.commit(placed)
        self.turns.append(turn)
        self.placed.append(placed)

    def pop(self, length: int) -> tuple[list[Turn], list[Placed | None]]:
        """Take off everything above `length` turns; return it for `restore`."""
        for placed in reversed(self.placed[length:]):
            if placed is not None:
                self.board.remove(placed)
        taken = self.turns[length:], self.placed[length:]
        del self.turns[length:], self.placed[length:]
        return taken

    def restore(self, taken: tuple[list[Turn], list[Placed | None]]) -> None:
        """Put back what `pop` took off, without timing it again."""
        for placed in taken[1]:
            if placed is not None:
                self.board.commit(placed)
        self.turns += taken[0]
        self.placed += taken[1]

    def rank(self) -> Rank:
        """Jobs left out, and the total."""
        everyone = self.begun + [placed for placed in self.placed if placed is not None]
        total = sum(job_cost(self.problem, placed) for placed in everyone)
        last = max((placed.leave[-1] for placed in everyone), default=0)
        weights = self.problem.objective
        total += weights.makespan_minute * last + weights.changeover_minute * self._changeover_minutes()
        return sum(placed is None for placed in self.placed), total + self.overtime_cost

    def _changeover_minutes(self) -> int:
        minutes = 0
        for state in self.board.lines.values():
            for index, station in enumerate(state.line.stations):
                if station.changeover is None:
                    continue
                family = station.changeover.initial
                worked = [p for p in state.orders[state.segments.of_station[index]] if p.minutes[index]]
                worked.sort(key=lambda p: (p.enter[index], p.leave[index], p.start[index]))
                for position, placed in enumerate(worked):
                    history = self.board.history_start(placed, index) if position == 0 else None
                    if history is None:
                        minutes += station.changeover.between(family, placed.job.family)
                    family = placed.job.family
        return minutes

    def draft(self) -> Draft:
        """The schedule as it stands."""
        placed = tuple(self.begun + [entry for entry in self.placed if entry is not None])
        missing = tuple(turn.job.id for turn, entry in zip(self.turns, self.placed, strict=True) if entry is None)
        return Draft(placed, missing, self.board.overtime)


class LocalSearch:
    """Improves a draft until the time is up. Deterministic for a seed and a number of rounds."""

    def __init__(
        self,
        problem: Problem,
        seed: int,
        known: Mapping[str, PlannedJob] | None = None,
        on_better: Callable[[Draft, Rank], None] | None = None,
    ) -> None:
        self.problem = problem
        self.draw = random.Random(seed)  # noqa: S311 - a search, no secret
        self.known = known
        self.on_better = on_better
        self.best: tuple[Rank, Draft] | None = None

    def run(self, start: Draft, until: float, stop: Callable[[], bool], rounds: int | None = None) -> Draft:
        """The best draft found by `until` (of `time.monotonic`), or in so many rounds."""
        turns = self._turns(start)
        schedule = self._filled(turns, start.overtime)
        for slack in _HELD_BACK_SLACK:
            if stop() or time.monotonic() >= until:
                break
            candidate = [replace(turn, not_before=max(0, self._latest(turn) - slack)) for turn in turns]
            held = self._filled(candidate, start.overtime)
            if held.rank() < schedule.rank():
                schedule = held
        self._note(schedule)
        begin, done = time.monotonic(), 0
        while turns and not stop() and time.monotonic() < until and (rounds is None or done < rounds):
            progress = (time.monotonic() - begin) / max(1e-09, until - begin) if rounds is None else done / rounds
            self._round(schedule, progress)
            done += 1
        return self.best[1] if self.best else start

    def _turns(self, start: Draft) -> list[Turn]:
        """The order in which the draft placed its jobs, then those left out."""
        begun = self.problem.fixed_by_job
        waiting = [placed for placed in start.placed if placed.job.id not in begun]
        turns = [Turn(placed.job, placed.job.option(placed.line.id)) for placed in waiting]
        return turns + [Turn(job) for job in due_order(self.problem) if job.id in set(start.missing)]

    def _filled(self, turns: list[Turn], overtime: frozenset[str]) -> Schedule:
        schedule = Schedule(self.problem, overtime, self.known)
        for turn in turns:
            schedule.push(turn)
        return schedule

    def _latest(self, turn: Turn) -> int:
        """About the last minute for the pallet to enter the line's last segment and still be in time."""
        if turn.option is None or turn.job.earliness_cost == 0:
            return 0
        hold = segments_of(self.problem.line_by_id[turn.option.line]).hold_station
        return max(0, turn.job.due - 2 * sum(turn.option.minutes[hold:]))

    def _note(self, schedule: Schedule) -> None:
        rank = schedule.rank()
        if self.best is None or rank < self.best[0]:
            self.best = (rank, schedule.draft())
            if self.on_better is not None:
                self.on_better(self.best[1], rank)

    def _round(self, schedule: Schedule, progress: float) -> None:
        """One move, kept or taken back."""
        before = schedule.rank()
        turns, first = self._move(list(schedule.turns))
        taken = schedule.pop(first)
        for turn in turns[first:]:
            schedule.push(turn)
        after = schedule.rank()
        if self._accept(before, after, progress, len(turns)):
            self._note(schedule)
            return
        schedule.pop(first)
        schedule.restore(taken)

    def _accept(self, before: Rank, after: Rank, progress: float, count: int) -> bool:
        if after[0] != before[0]:
            return after[0] < before[0]
        if after[1] <= before[1]:
            return True
        temperature = max(1e-9, HEAT * before[1] / max(4, count) * (1.0 - progress) ** 2)
        return self.draw.random() < math.exp(-(after[1] - before[1]) / temperature)

    def _move(self, turns: list[Turn]) -> tuple[list[Turn], int]:
        """A changed order and the first place that differs."""
        count = len(turns)
        place = self.draw.randrange(count)
        kind = self.draw.random()
        if kind < 0.3 or count == 1:
            turns[place] = self._retimed(turns[place])
            return turns, place
        if kind < 0.45:
            turns[place] = replace(turns[place], option=self.draw.choice(turns[place].job.options))
            return turns, place
        reach = self.draw.choice((1, 3, 10, 30))
        other = min(count - 1, max(0, place + self.draw.randint(-reach, reach)))
        if kind < 0.65:
            turns[place], turns[other] = turns[other], turns[place]
        else:
            turns.insert(other, turns.pop(place))
        return turns, min(place, other)

    def _retimed(self, turn: Turn) -> Turn:
        """Held back until about its due time, a little less, or not at all."""
        if turn.not_before and self.draw.random() < 0.3:
            return replace(turn, not_before=0)
        latest = self._latest(turn)
        return replace(turn, not_before=max(0, latest - self.draw.randint(-60, 480)) if latest else 0)
