"""Alarms as intervals: raised when a machine's point shows the alarm's value, cleared when it shows another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from mes.core.ids import new_id
from mes.machines.announced import AnnouncedAlarm
from mes.machines.models import AlarmInterval


@dataclass(frozen=True)
class AlarmTold:
    """A machine's point showed whether an alarm stands."""

    device: str
    at: datetime
    alarm: AnnouncedAlarm
    stands: bool


def keep_alarms(session: Session, told: Iterable[AlarmTold]) -> None:
    """Raise and clear alarms in the order in which they were told."""
    found = list(told)
    standing = _standing(session, {(one.device, one.alarm.code) for one in found})
    for one in found:
        key = (one.device, one.alarm.code)
        known = standing.get(key)
        if one.stands and known is None:
            standing[key] = raise_alarm(session, one.device, one.alarm, one.at)
        elif not one.stands and known is not None:
            known.cleared_at = max(one.at, known.raised_at)
            del standing[key]


def raise_alarm(session: Session, device: str, alarm: AnnouncedAlarm, at: datetime) -> AlarmInterval:
    """An alarm that stands from now on."""
    made = AlarmInterval(
        id=new_id(),
        device=device,
        code=alarm.code,
        severity=alarm.severity,
        text=alarm.text,
        raised_at=at,
    )
    session.add(made)
    return made


def clear_untold_alarms(session: Session, told: Mapping[str, frozenset[str]], at: datetime) -> None:
    """Clear what stands at devices but is not among the codes that they tell from now on."""
    query = select(AlarmInterval).where(AlarmInterval.device.in_(list(told)), AlarmInterval.cleared_at.is_(None))
    for alarm in session.scalars(query):
        if alarm.code not in told[alarm.device]:
            alarm.cleared_at = max(at, alarm.raised_at)


def _standing(session: Session, keys: set[tuple[str, str]]) -> dict[tuple[str, str], AlarmInterval]:
    if not keys:
        return {}
    query = select(AlarmInterval).where(
        AlarmInterval.cleared_at.is_(None), tuple_(AlarmInterval.device, AlarmInterval.code).in_(sorted(keys))
    )
    return {(alarm.device, alarm.code): alarm for alarm in session.scalars(query)}
