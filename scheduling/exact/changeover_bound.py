"""A lower bound on the changeover term: every family must be visited somewhere, whatever the order.

Proof. On a line, let F be some families of which pallets are worked there. The pallets in their order pass through
every family of F, from `initial` on; between two of them they may pass through any family that can be on this line.
So the minutes paid are at least those of the shortest way through F in the closure of the table under shortest paths.
A family whose jobs have other lines to choose from is on at least one of them, so that the least over all choices of
one line per such family bounds the sum. Visiting more families never costs less. Where a line has a past, its way may
begin anywhere at no cost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations, product

from scheduling.problem import Line, Option, Problem

_MOST_FAMILIES = 10
_MOST_CHOICES = 5000
Families = frozenset[str]


def least_changeover_minutes(problem: Problem, options: Mapping[str, Sequence[Option]]) -> int:
    """Minutes of changeover that every plan with all jobs pays for."""
    places = [
        (line, index)
        for line in problem.lines
        for index, station in enumerate(line.stations)
        if station.changeover is not None
    ]
    roads = [_Roads(problem, options, line, index) for line, index in places]
    certain = [entry.certain for entry in roads]
    open_choices = _open_choices(problem, options, roads)
    count = 1
    for lines in open_choices.values():
        count *= len(lines)
    if count > _MOST_CHOICES:
        open_choices = {}
    best: int | None = None
    for picks in product(*open_choices.values()):
        added = dict(zip(open_choices, picks, strict=True))
        total = 0
        for entry, base in zip(roads, certain, strict=True):
            extra = {family for family, line in added.items() if line == entry.line and family in entry.possible}
            total += entry.shortest(base | extra)
        best = total if best is None else min(best, total)
    return best or 0


def _open_choices(
    problem: Problem, options: Mapping[str, Sequence[Option]], roads: Sequence[_Roads]
) -> dict[str, list[str]]:
    """Families that no line must see, and the lines of one of their jobs, where that asks for a changeover."""
    certain = {family for entry in roads for family in entry.certain}
    choices: dict[str, list[str]] = {}
    for job in problem.jobs:
        if job.family is not None and job.family not in certain:
            lines = [option.line for option in options[job.id]]
            known = choices.get(job.family)
            if known is None or len(lines) < len(known):
                choices[job.family] = lines
    return choices


class _Roads:
    """The ways between families at one station: the closure of its changeover table under shortest paths."""

    def __init__(self, problem: Problem, options: Mapping[str, Sequence[Option]], line: Line, index: int) -> None:
        self.line = line.id
        changeover = line.stations[index].changeover
        certain: set[str] = set()
        possible: set[str | None] = set()
        for job in problem.jobs:
            here = [option for option in options[job.id] if option.line == line.id and option.minutes[index]]
            if here:
                possible.add(job.family)
                if len(options[job.id]) == 1 and job.family is not None:
                    certain.add(job.family)
        self.possible = frozenset(possible)
        self.certain = frozenset(certain)
        nodes = sorted(self.possible, key=str)
        minutes = {(a, b): changeover.between(a, b) for a in nodes for b in nodes if a != b} if changeover else {}
        has_past = any(fixed.line == line.id for fixed in problem.fixed)
        initial = changeover.initial if changeover and not has_past else None
        first = {b: changeover.between(initial, b) if changeover and initial is not None else 0 for b in nodes}
        for middle in nodes:
            for a, b in minutes:
                if middle not in (a, b):
                    minutes[a, b] = min(minutes[a, b], minutes[a, middle] + minutes[middle, b])
        self._minutes = minutes
        self._first = {b: min(first[a] + (minutes[a, b] if a != b else 0) for a in nodes) for b in nodes}
        self._known: dict[Families, int] = {}

    def shortest(self, families: Families) -> int:
        """The fewest minutes of a way through these families."""
        wanted = frozenset(sorted(families)[:_MOST_FAMILIES])
        if wanted not in self._known:
            self._known[wanted] = self._way(sorted(wanted))
        return self._known[wanted]

    def _way(self, wanted: Sequence[str]) -> int:
        """Held and Karp: the shortest way through all, by the set visited and the last of it."""
        if not wanted:
            return 0
        best = {(frozenset({family}), family): self._first[family] for family in wanted}
        for size in range(2, len(wanted) + 1):
            for group in combinations(wanted, size):
                visited = frozenset(group)
                for last in group:
                    rest = visited - {last}
                    best[visited, last] = min(best[rest, other] + self._minutes[other, last] for other in rest)
        return min(best[frozenset(wanted), last] for last in wanted)
