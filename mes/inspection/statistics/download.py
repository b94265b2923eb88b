"""Tables for a spreadsheet: CSV in UTF-8 with a byte order mark, so that Excel reads the Chinese."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from mes.core.commands import Work
from mes.core.errors import NotFound
from mes.core.text import N_, Text
from mes.inspection.statistics import defects, listing, yields
from mes.inspection.statistics.choosing import Chosen
from mes.inspection.statistics.readings import readings_of

IDS_AT_ONCE = 2000
MARK = "\ufeff"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

Row = Sequence[object]


def table(work: Work, what: str, chosen: Chosen, item: str) -> str:
    """A table as CSV.

    Raises:
        NotFound: there is no such table, or nothing of this name is measured.
    """
    if what not in TABLES:
        raise NotFound(Text(N_("There is no such table")))
    target = io.StringIO()
    writer = csv.writer(target)
    for row in TABLES[what](work, chosen, item):
        writer.writerow([_cell(value) for value in row])
    return MARK + target.getvalue()


def _cell(value: object) -> object:
    """A cell that no spreadsheet takes for a formula."""
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return "'" + value
    return "" if value is None else value


def _local(work: Work, at: datetime) -> str:
    return at.astimezone(work.clock.zone).isoformat(sep=" ", timespec="minutes")


def _parts(ids: Sequence[UUID]) -> Iterable[Sequence[UUID]]:
    """A few at a time: a database takes only so many in one question."""
    return (ids[start : start + IDS_AT_ONCE] for start in range(0, len(ids), IDS_AT_ONCE))


def _yield(work: Work, chosen: Chosen, _item: str) -> Iterable[Row]:
    yield ("first_day", "last_day", "right_at_first_try", "inspected", "share")
    tries = yields.first_tries(work.session, work.actor, work.clock.zone, chosen)
    for one in yields.by_stretch(tries, work.clock.zone):
        yield (one.first, one.last, one.found.good, one.found.total, round(one.found.share or 0.0, 4))


def _defects(work: Work, chosen: Chosen, _item: str) -> Iterable[Row]:
    yield ("number", "reported_at", "kind", "severity", "cause", "cost_cny", "serial", "type", "line", "load", "crew")
    found = defects.defects(work.session, work.actor, work.clock.zone, chosen)
    rows = {
        row.nonconformity_id: row
        for part in _parts([one.nonconformity_id for one in found])
        for row in listing.nonconformities_listed(work.session, work.actor, part)
    }
    for one in found:
        row, at = rows[one.nonconformity_id], _local(work, one.at)
        made = (row.serial, row.type_code, row.line, row.load, row.crew)
        yield (one.number, at, one.kind, one.severity, one.cause, one.cost_cny, *made)


def _readings(work: Work, chosen: Chosen, item: str) -> Iterable[Row]:
    yield ("inspected_at", "item", "deviation_mm", "lower_mm", "upper_mm", "serial", "type", "line", "load", "crew")
    found = readings_of(work.session, work.actor, work.clock.zone, chosen, item)
    rows = {
        row.inspection_id: row
        for part in _parts(list(dict.fromkeys(one.inspection_id for one in found)))
        for row in listing.inspections_listed(work.session, work.actor, part)
    }
    for one in found:
        row, limits = rows[one.inspection_id], one.judged.limits
        made = (row.serial, row.type_code, row.line, row.load, row.crew)
        yield (_local(work, one.at), item, one.judged.deviation, limits.lower, limits.upper, *made)


TABLES: dict[str, Callable[[Work, Chosen, str], Iterable[Row]]] = {
    "yield": _yield,
    "defects": _defects,
    "readings": _readings,
}
