"""First-pass yield: elements whose first inspection of a kind accepted them, with nothing reported wrong before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from mes.core.actor import Actor
from mes.inspection.models import Inspection, Nonconformity
from mes.inspection.statistics.choosing import Chosen
from mes.inspection.statistics.readings import elements_of, in_period
from mes.inspection.statistics.selecting import CAST_COLUMNS, Rows, narrowed
from mes.inspection.statistics.shifts import Shifts
from mes.library.models import ComponentType
from mes.orders.models import Element
from quality.statistics import Sample, Yield


@dataclass(frozen=True)
class FirstTry:
    """The first inspection of an element, and whether it was right at once."""

    inspection_id: UUID
    at: datetime
    good: bool


@dataclass(frozen=True)
class Stretch:
    """A day or a week and the yield of the elements first inspected in it."""

    first: date
    last: date
    found: Yield

    @property
    def sample(self) -> Sample:
        """The same as a sample of those that were not right."""
        return Sample(self.found.total - self.found.good, self.found.total)


def first_tries(session: Session, actor: Actor, zone: ZoneInfo, chosen: Chosen) -> list[FirstTry]:
    """The elements first inspected in the period, in the order of time."""
    earlier = aliased(Inspection)
    inspected_before = exists().where(
        earlier.element_id == Inspection.element_id,
        earlier.kind == Inspection.kind,
        earlier.inspected_at < Inspection.inspected_at,
    )
    reported_before = exists().where(
        Nonconformity.element_id == Inspection.element_id, Nonconformity.reported_at <= Inspection.inspected_at
    )
    shift = Shifts(session, zone) if chosen.shift else None
    query: Rows = (
        select(Inspection.id, Inspection.inspected_at, (Inspection.verdict == "accepted") & ~reported_before)
        .select_from(Inspection)
        .join(Element, Element.id == Inspection.element_id)
        .join(ComponentType, ComponentType.id == Element.component_type_id)
        .where(*in_period(chosen, zone), ~inspected_before)
        .order_by(Inspection.inspected_at, Inspection.id)
    )
    if shift is not None:
        query = query.add_columns(*CAST_COLUMNS)
    rows = session.execute(narrowed(query, chosen, actor, elements_of(chosen, zone)))
    return [
        FirstTry(inspection_id, at, bool(good))
        for inspection_id, at, good, *cast in rows
        if shift is None or shift.of(*cast) == chosen.shift
    ]


def total(tries: Sequence[FirstTry]) -> Yield:
    """The yield of all of them."""
    return Yield(sum(one.good for one in tries), len(tries))


def by_stretch(tries: Sequence[FirstTry], zone: ZoneInfo, stretch: str = "week") -> list[Stretch]:
    """The yield of each day or week (from Monday) in which something was first inspected, in order."""
    counted: dict[date, list[int]] = {}
    for one in tries:
        day = one.at.astimezone(zone).date()
        begins = day if stretch == "day" else day - timedelta(days=day.weekday())
        sums = counted.setdefault(begins, [0, 0])
        sums[0] += one.good
        sums[1] += 1
    length = timedelta(days=0 if stretch == "day" else 6)
    return [Stretch(begins, begins + length, Yield(good, of)) for begins, (good, of) in sorted(counted.items())]
