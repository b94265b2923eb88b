"""R7: resources that are held over several stations."""

from __future__ import annotations

from scheduling.plan import Violation
from scheduling.validator.evidence import Evidence
from scheduling.validator.flow import overfull


def resource_violations(evidence: Evidence) -> list[Violation]:
    """R7-resource: never more units held than there are, from now on."""
    held: dict[str, list[tuple[int, int]]] = {resource.id: [] for resource in evidence.problem.resources}
    for visit in evidence.jobs:
        stations = visit.line.station_index
        for hold in visit.job.holds:
            if hold.line == visit.line.id:
                first = visit.at(stations[hold.from_station])
                last = visit.at(stations[hold.to_station])
                held[hold.resource].append((first.enter, last.leave))
    found: list[Violation] = []
    for resource in evidence.problem.resources:
        minute = overfull(held[resource.id], resource.count, evidence.now)
        if minute is not None:
            message = f"more than {resource.count} of {resource.id!r} at {minute}"
            found.append(Violation("R7-resource", message))
    return found
