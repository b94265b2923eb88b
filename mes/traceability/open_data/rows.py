"""Rows of open data from the ledger's events: pure, and never a person's name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from mes.ledger.declarations import DECLARED_WRONG
from mes.traceability.open_data.tables import Column, Dataset, declared

Value = str | int | float | datetime | None
Row = tuple[Value, ...]
CREATED = "element.created"


class Told(NamedTuple):
    """An event of the ledger as it is read."""

    sequence: int
    kind: str
    event_time: datetime
    recorded_time: datetime
    content: Mapping[str, Any]
    hash: str


def rows_of(dataset: Dataset, events: Iterable[Told]) -> Iterator[Row]:
    """The rows of a table that events give, in ledger order."""
    facts_of = _states if dataset.name == "states" else _event
    for event in events:
        for facts in facts_of(event):
            yield tuple(_typed(column, facts.get(column.name)) for column in dataset.columns)


def _event(event: Told) -> Iterator[Mapping[str, Any]]:
    content, elements = event.content, event.content["elements"]
    subjects = (name for name in content["previous"] if name.split(":")[0] in declared().subjects)
    yield {
        **_common(event),
        "zone_offset": content["zone_offset"],
        "actor_kind": content["who"]["kind"],
        "subjects": " ".join(sorted(subjects)),
        "elements": len(elements),
        "project_codes": " ".join(sorted({str(one["project_code"]) for one in elements if one.get("project_code")})),
        **{name: content["where"].get(name) for name in ("line", "station", "station_kind", "yard_slot", "site")},
        "hash": event.hash,
    }


def _states(event: Told) -> Iterator[Mapping[str, Any]]:
    if event.kind == DECLARED_WRONG:  # it repeats the facts of the event that it is about, and changes nothing
        return
    common = _common(event)
    for element in event.content["elements"]:
        if event.kind == CREATED or element.get("state_before", element.get("state")) != element.get("state"):
            yield {**element, **common}


def _common(event: Told) -> dict[str, Any]:
    who = event.content["who"]
    return {
        "sequence": event.sequence,
        "event_id": event.content["id"],
        "kind": event.kind,
        "event_time": event.event_time,
        "recorded_time": event.recorded_time,
        "organisation": who["organisation"],
        "role": who["role"],
    }


def _typed(column: Column, value: Any) -> Value:
    if value is None:
        return None
    if column.type == "timestamp":
        return value if isinstance(value, datetime) else None
    if column.type == "int64":
        return int(value)
    return float(value) if column.type == "float64" else str(value)
