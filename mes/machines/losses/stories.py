"""Machines' state intervals as tracks. What a person said of one interval of a standstill holds for all of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from lines.losses import STOP_STATES, Interval, Track
from mes.machines.models import StateInterval

COLUMNS = (
    StateInterval.device,
    StateInterval.id,
    StateInterval.state,
    StateInterval.started_at,
    StateInterval.ended_at,
    StateInterval.pallet,
    StateInterval.reason_code,
    StateInterval.note,
    StateInterval.named_by,
)


class Story(NamedTuple):
    """An interval as it is kept; `ended_at` is None while it lasts."""

    device: str
    id: UUID
    state: str
    started_at: datetime
    ended_at: datetime | None
    pallet: int | None
    reason_code: str | None
    note: str | None
    named_by: str | None


def stories(session: Session, devices: Sequence[str], start: datetime, end: datetime) -> dict[str, list[Story]]:
    """Every interval of these devices that touches the time from `start` to `end`, by device, in order."""
    found: dict[str, list[Story]] = {device: [] for device in devices}
    for device in devices:
        before = select(*COLUMNS).where(StateInterval.device == device, StateInterval.started_at <= start)
        latest = session.execute(before.order_by(StateInterval.started_at.desc()).limit(1)).first()
        if latest is not None and (latest.ended_at is None or latest.ended_at > start):
            found[device].append(Story._make(latest))
    within = select(*COLUMNS).where(
        StateInterval.device.in_(devices), StateInterval.started_at > start, StateInterval.started_at < end
    )
    for row in session.execute(within.order_by(StateInterval.device, StateInterval.started_at)):
        found[row.device].append(Story._make(row))
    return found


def track_of(found: Sequence[Story], now: datetime) -> Track:
    """A machine's track; what still lasts ends now."""
    return Track(_intervals(found, now))


def _intervals(found: Sequence[Story], now: datetime) -> list[Interval]:
    reasons = reasons_of(found)
    return [
        Interval(one.state, one.started_at, max(one.ended_at or now, one.started_at), reason, one.pallet, str(one.id))
        for one, reason in zip(found, reasons, strict=True)
    ]


def passed_at(found: Sequence[Story]) -> list[datetime]:
    """When pallets left the machine by its own story: one finished cycle each."""
    left = []
    for one, following in pairwise(found):
        if one.pallet and following.pallet != one.pallet:
            left.append(following.started_at)
    return left


def reasons_of(found: Sequence[Story]) -> list[str | None]:
    """Each interval's reason: its own, else the last one named before it in the same standstill, else the next one.

    A machine that goes from holding to held to stopped stands still once: people explain it once.
    """
    reasons = [one.reason_code for one in found]
    for group in standstill_groups(found):
        _fill(reasons, group)
        _fill(reasons, list(reversed(group)))
    return reasons


def standstill_groups(found: Sequence[Story]) -> list[list[int]]:
    """The places of stops that follow one another without a gap."""
    groups: list[list[int]] = []
    for place, one in enumerate(found):
        if one.state not in STOP_STATES:
            continue
        joins = groups and groups[-1][-1] == place - 1 and found[place - 1].ended_at == one.started_at
        if joins:
            groups[-1].append(place)
        else:
            groups.append([place])
    return groups


def _fill(reasons: list[str | None], places: Sequence[int]) -> None:
    last: str | None = None
    for place in places:
        last = reasons[place] or last
        reasons[place] = last
