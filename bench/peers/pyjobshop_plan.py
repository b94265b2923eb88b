"""Solves a problem of our contract with PyJobShop; runs as a script under bench/.peers/, knows nothing of our code.

    bench/.peers/bin/python bench/peers/pyjobshop_plan.py PROBLEM.json -o PLAN.json --seconds 60 [--start PLAN.json]

What PyJobShop's model can say, it is told; docs/benchmarks.md lists where its problem is easier or harder than ours.
A task is a visit to a station: from the start of its work until the pallet leaves.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import Any

from pyjobshop import Model
from pyjobshop.Solution import ScheduledTask, Solution
from pyjobshop.solve import solve

Document = dict[str, Any]


class NotExpressibleError(Exception):
    """A problem that PyJobShop's model cannot say."""


class PeerModel:
    """One problem as a PyJobShop model."""

    def __init__(self, problem: Document) -> None:
        self.problem, self.model = problem, Model()
        self.lines = {line["id"]: line for line in problem["lines"]}
        self.stations: list[Document] = problem["lines"][0]["stations"]
        self.now: int = problem.get("now", 0)
        self.windows = {calendar["id"]: calendar["windows"] for calendar in problem.get("calendars", [])}
        self._refuse()
        self.horizon = self._horizon()
        self.machines = {
            (line["id"], place): self._machine(line["id"], station)
            for line in problem["lines"]
            for place, station in enumerate(line["stations"])
        }
        self.pools = {
            resource["id"]: self.model.add_renewable(resource["count"], name=resource["id"])
            for resource in problem.get("resources", [])
        }
        self.weights, late, early = self._weights()
        self.visits: dict[str, list[Any]] = {}
        self.modes: dict[tuple[int, str], Any] = {}
        self.spans: list[tuple[str, int, int, Any]] = []
        self.beginnings: list[tuple[Any, Any]] = []
        for job, weight in zip(problem["jobs"], self.weights, strict=True):
            self._add_job(job, weight)
        self._add_waits()
        self._add_changeovers()
        self._add_orders()
        prices = problem.get("objective", {})
        self.model.set_objective(
            weight_makespan=prices.get("makespan_minute", 0),
            weight_total_tardiness=late,
            weight_total_earliness=early,
            weight_total_setup_time=prices.get("changeover_minute", 0) if self.beginnings else 0,
        )

    def _refuse(self) -> None:
        for key in ("overtime", "fixed", "previous"):
            if self.problem.get(key):
                raise NotExpressibleError(f"{key} cannot be said")
        if any(0 < s.get("buffer_after", 0) < len(self.problem["jobs"]) for s in self.stations):
            raise NotExpressibleError("a buffer that may fill up cannot be said")
        if any(_shape(line) != _shape(self.problem["lines"][0]) for line in self.lines.values()):
            raise NotExpressibleError("lines of different stations cannot be said")

    def _horizon(self) -> int:
        """A minute by which everything can be done: the calendars' end, or all the work in a row."""
        ends = [end for windows in self.windows.values() for _, end in windows]
        work = sum(max(sum(option["minutes"]) for option in job["options"]) for job in self.problem["jobs"])
        return max(ends) + 2 * 24 * 60 if ends else self.now + work

    def _machine(self, line: str, station: Document) -> Any:
        """A machine for one load at a time, a renewable for several; closed hours are breaks."""
        name, breaks = f"{line}/{station['id']}", self._breaks(station)
        if station.get("capacity", 1) == 1:
            return self.model.add_machine(breaks=breaks, name=name)
        return self.model.add_renewable(station["capacity"], breaks=breaks, name=name)

    def _breaks(self, station: Document) -> list[tuple[int, int]]:
        if station["work"] == "unattended":
            return []
        edges = [0, *(edge for window in sorted(self.windows[station["calendar"]]) for edge in window), self.horizon]
        return [(end, start) for end, start in zip(edges[::2], edges[1::2], strict=True) if end < start]

    def _weights(self) -> tuple[list[int], int, int]:
        """A weight per job, and common weights of late and early minutes; the ratio must be the same for all."""
        prices = [(job.get("tardiness_cost", 0), job.get("earliness_cost", 0)) for job in self.problem["jobs"]]
        weights = [math.gcd(late, early) for late, early in prices]
        ratios = {(late // w, early // w) for (late, early), w in zip(prices, weights, strict=True) if w}
        if len(ratios) > 1:
            raise NotExpressibleError("prices of late and early minutes in different ratios cannot be said")
        late, early = ratios.pop() if ratios else (0, 0)
        return weights, late, early

    def _add_job(self, job: Document, weight: int) -> None:
        model = self.model
        entry = model.add_job(
            weight=weight,
            release_date=max(self.now, job.get("release", 0)),
            deadline=self.horizon,
            due_date=job["due"],
            name=job["id"],
        )
        tasks = []
        for place, station in enumerate(self.stations):
            blocking = station.get("buffer_after", 0) == 0
            task = model.add_task(
                job=entry,
                latest_end=self.horizon,
                allow_idle=blocking,
                allow_breaks=station["work"] == "pausable",
                name=f"{job['id']}/{station['id']}",
            )
            for option in job["options"]:
                machine = self.machines[option["line"], place]
                demand = 0 if station.get("capacity", 1) == 1 else 1
                mode = model.add_mode(task, machine, option["minutes"][place], demands=demand)
                self.modes[id(task), option["line"]] = mode
            if tasks and self.stations[place - 1].get("buffer_after", 0) == 0:
                model.add_end_at_start(tasks[-1], task)
            elif tasks:
                model.add_end_before_start(tasks[-1], task)
            tasks.append(task)
        self.visits[job["id"]] = tasks
        self._add_holds(job, entry)
        for one, other in pairwise([*tasks, *(span for name, _, _, span in self.spans if name == job["id"])]):
            for option in job["options"] if len(job["options"]) > 1 else []:
                line = option["line"]
                model.add_mode_dependency(self.modes[id(one), line], [self.modes[id(other), line]])

    def _add_holds(self, job: Document, entry: Any) -> None:
        """A hold is a task without work, from the visit that takes the unit to the one that gives it back."""
        place = {station["id"]: index for index, station in enumerate(self.stations)}
        stretches = sorted({(place[hold["from"]], place[hold["to"]]) for hold in job.get("holds", [])})
        tasks = self.visits[job["id"]]
        for first, last in stretches:
            span = self.model.add_task(job=entry, latest_end=self.horizon, allow_idle=True)
            for option in job["options"]:
                used = [
                    self.pools[hold["resource"]]
                    for hold in job["holds"]
                    if (place[hold["from"]], place[hold["to"]]) == (first, last) and hold["line"] == option["line"]
                ]
                mode = self.model.add_mode(span, used, 0, demands=[1] * len(used))
                self.modes[id(span), option["line"]] = mode
            self.model.add_start_at_start(tasks[first], span)
            self.model.add_end_at_end(tasks[last], span)
            self.spans.append((job["id"], first, last, span))

    def _add_waits(self) -> None:
        """The longest waits behind unattended work; behind other work its pauses are in the way, and it is left out."""
        place = {station["id"]: index for index, station in enumerate(self.stations)}
        for wait in self.problem["lines"][0].get("max_waits", []):
            first, last = place[wait["from"]], place[wait["to"]]
            if self.stations[first]["work"] != "unattended":
                continue
            for job in self.problem["jobs"]:
                longest = max(option["minutes"][first] for option in job["options"]) + wait["minutes"]
                tasks = self.visits[job["id"]]
                self.model.add_start_before_start(tasks[last], tasks[first], delay=-longest)

    def _add_changeovers(self) -> None:
        """Set-up times between every two jobs, and from a task without work at `now` that stands for `initial`."""
        for line in self.lines.values():
            jobs = [job for job in self.problem["jobs"] if any(o["line"] == line["id"] for o in job["options"])]
            for place, station in enumerate(line["stations"]):
                changeover = station.get("changeover")
                if not changeover:
                    continue
                minutes, machine = changeover.get("minutes", {}), self.machines[line["id"], place]
                begin = self.model.add_task(earliest_start=self.now, latest_end=self.now, allow_breaks=True)
                self.beginnings.append((begin, self.model.add_mode(begin, machine, 0)))
                initial = minutes.get(changeover.get("initial"), {})
                for after in jobs:
                    task = self.visits[after["id"]][place]
                    self.model.add_setup_time(machine, begin, task, initial.get(after.get("family"), 0))
                    for before in jobs:
                        needed = minutes.get(before.get("family"), {}).get(after.get("family"), 0)
                        if before is not after and needed:
                            self.model.add_setup_time(machine, self.visits[before["id"]][place], task, needed)

    def _add_orders(self) -> None:
        """Where loads wait between stations, fifo has to be said: the same sequence on both. One line only."""
        if len(self.lines) > 1:
            return
        name = self.problem["lines"][0]["id"]
        for place, station in enumerate(self.stations[:-1]):
            following = self.stations[place + 1]
            single = station.get("capacity", 1) == following.get("capacity", 1) == 1
            if station.get("buffer_after", 0) and station.get("order", "fifo") == "fifo" and single:
                self.model.add_same_sequence(self.machines[name, place], self.machines[name, place + 1])

    def start(self, plan: Document) -> Solution:
        """A plan of ours as a solution to start from."""
        data = self.model.data()
        tasks: dict[int, ScheduledTask] = {}
        index = {id(task): number for number, task in enumerate(self.model.tasks)}
        modes = {id(mode): number for number, mode in enumerate(self.model.modes)}

        def put(task: Any, mode: Any, start: int, end: int, leave: int, work: int) -> None:
            number = modes[id(mode)]
            resources = data.modes[number].resources
            idle, breaks = leave - end, end - start - work
            tasks[index[id(task)]] = ScheduledTask(number, resources, start, leave, idle, breaks)

        options = {job["id"]: {o["line"]: o["minutes"] for o in job["options"]} for job in self.problem["jobs"]}
        planned = {job["id"]: job for job in plan["jobs"]}
        for name, visits in self.visits.items():
            line, operations = planned[name]["line"], planned[name]["operations"]
            for task, visit, work in zip(visits, operations, options[name][line], strict=True):
                put(task, self.modes[id(task), line], visit["start"], visit["end"], visit["leave"], work)
        for name, first, last, span in self.spans:
            line, operations = planned[name]["line"], planned[name]["operations"]
            begin, end = operations[first]["start"], operations[last]["leave"]
            put(span, self.modes[id(span), line], begin, begin, end, 0)
        for task, mode in self.beginnings:
            put(task, mode, self.now, self.now, self.now, 0)
        return Solution(data, [tasks[number] for number in range(len(self.model.tasks))])

    def plan(self, best: Solution) -> Document:
        """A solution as the jobs of a plan in the contract's form."""
        index = {id(task): number for number, task in enumerate(self.model.tasks)}
        modes = {id(mode): number for number, mode in enumerate(self.model.modes)}
        lines = {modes[id(mode)]: line for (_, line), mode in self.modes.items()}
        jobs = []
        for name, visits in self.visits.items():
            done = [best.tasks[index[id(task)]] for task in visits]
            operations = [
                {"station": s["id"], "enter": t.start, "start": t.start, "end": t.end - t.idle, "leave": t.end}
                for s, t in zip(self.stations, done, strict=True)
            ]
            for place, station in enumerate(self.stations[:-1]):
                if station.get("buffer_after", 0) == 0:
                    operations[place]["leave"] = operations[place + 1]["enter"]
            jobs.append({"id": name, "line": lines[done[0].mode], "operations": operations})
        return {"jobs": jobs}


def _shape(line: Document) -> list[tuple[Any, ...]]:
    """What lines must have in common to be machines for the same tasks."""
    return [(s["id"], s["work"], s.get("capacity", 1), s.get("buffer_after", 0)) for s in line["stations"]]


def main() -> None:
    """Read, solve, write; facts as JSON on standard output."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("problem", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--seconds", type=float, required=True, help="for the search; building comes on top")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start", type=Path)
    arguments = parser.parse_args()
    began = time.perf_counter()
    peer = PeerModel(json.loads(arguments.problem.read_text(encoding="utf-8")))
    start = peer.start(json.loads(arguments.start.read_text(encoding="utf-8"))) if arguments.start else None
    result = solve(
        peer.model.data(),
        time_limit=arguments.seconds,
        num_workers=arguments.workers,
        initial_solution=start,
        random_seed=arguments.seed,
    )
    found = bool(result.best.tasks)
    arguments.output.write_text(json.dumps(peer.plan(result.best) if found else {"jobs": []}), encoding="utf-8")
    facts = {
        "status": result.status.value,
        "objective": float(result.objective) if found else None,
        "bound": float(result.lower_bound),
        "build_seconds": time.perf_counter() - began - result.runtime,
        "seconds": result.runtime,
        "start_objective": float(start.objective) if start else None,
        "versions": f"PyJobShop {version('pyjobshop')}, OR-Tools {version('ortools')}",
    }
    print(json.dumps(facts))


if __name__ == "__main__":
    main()
