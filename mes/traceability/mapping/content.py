"""Reading an event's content: when, which elements, which batches and lots."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any

Content = Mapping[str, Any]
Facts = Mapping[str, Any]

GOES_ROUND = ("pallet:", "mould:")


def identifiers_of(content: Content) -> tuple[str, ...]:
    """The elements, loads and batches whose story the event belongs to; events that share one keep their order.

    Pallets and moulds are left out: they go round, and would tie strangers together.
    """
    return tuple(sorted(name for name in content["previous"] if not name.startswith(GOES_ROUND)))


def event_time(content: Content) -> datetime:
    """When it happened, with the factory's offset of that time."""
    return moment_of(content["event_time"]).astimezone(_zone(content["zone_offset"]))


def moment_of(text: str) -> datetime:
    """A moment as events keep it, in UTC."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC)


@lru_cache(maxsize=256)
def _zone(offset: str) -> timezone:
    sign = -1 if offset[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(offset[1:3]), minutes=int(offset[4:6])))


def batches_of(how: Facts) -> list[Facts]:
    """The concrete batches of an event, none twice."""
    if how.get("batches"):
        return list(how["batches"])
    return [how["batch"]] if how.get("batch") else []


def lots_of(how: Facts) -> list[Facts]:
    """The material lots of an event."""
    return list(how.get("materials") or ([how["material"]] if how.get("material") else []))


def moulds_of(how: Facts) -> list[Facts]:
    """The moulds of an event."""
    return list(how.get("moulds") or ([how["mould"]] if how.get("mould") else []))


def numbered(value: Any) -> Facts:
    """Facts of something that has a number; an event may hold the number alone."""
    return {"number": value} if isinstance(value, str) else facts_in(value)


def facts_in(value: Any) -> Facts:
    """A group of facts; an empty one where the event holds none."""
    return value if isinstance(value, Mapping) else {}
