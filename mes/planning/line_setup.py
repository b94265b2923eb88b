"""Setting up calendars, lines, stations, pallets and routes as a description says; safe to repeat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, select

from mes.accounts.models import Plant
from mes.core.commands import Work
from mes.core.errors import Conflict, InvalidInput
from mes.core.ids import new_id
from mes.core.text import N_, Text
from mes.library.models import RouteStep
from mes.planning.line_description import CalendarDescription, LineDescription, StationDescription
from mes.planning.models import Line, Pallet, PalletLoad, Station, WorkCalendar
from mes.planning.pallets import add_pallet, put_back, take_out


def ensure_calendars(work: Work, calendars: Sequence[CalendarDescription]) -> dict[str, WorkCalendar]:
    """Every calendar of the plant by code, the described ones as described."""
    known = {row.code: row for row in work.session.scalars(select(WorkCalendar))}
    for description in calendars:
        row = known.get(description.code)
        if row is None:
            row = known[description.code] = WorkCalendar(id=new_id(), code=description.code)
            work.session.add(row)
        row.name = description.name
        row.windows = [list(window) for window in description.windows]
        row.closed_days = list(description.closed_days)
    work.session.flush()
    return known


def ensure_line(
    work: Work, plant: Plant, description: LineDescription, calendars: Mapping[str, WorkCalendar], at: datetime
) -> Line:
    """The line as described, with stations and pallets; pallets that come, leave or come back do so at a moment.

    Raises:
        Conflict: its stations would change although it has loads, a pallet's number is another line's, or a pallet
            that would leave carries a load.
        InvalidInput: a station names a calendar that is not there.
    """
    line = work.session.scalars(select(Line).where(Line.code == description.code)).first()
    if line is None:
        line = Line(id=new_id(), plant_id=plant.id, code=description.code)
        work.session.add(line)
    line.name = description.name
    line.families = [family.value for family in description.families]
    line.pallet_length_mm, line.pallet_width_mm = description.pallet.length_mm, description.pallet.width_mm
    line.pallet_max_load_kg = description.pallet.max_load_kg
    line.max_waits = [wait.model_dump(by_alias=True) for wait in description.max_waits]
    work.session.flush()
    _set_stations(work, line, description, calendars)
    _set_pallets(work, line, range(description.pallets.first, description.pallets.last + 1), at)
    return line


def _set_stations(work: Work, line: Line, description: LineDescription, calendars: Mapping[str, WorkCalendar]) -> None:
    wanted = [station.kind for station in description.stations]
    if [station.kind for station in line.stations] != wanted:
        _remove_stations(work, line)
        for ordinal, station in enumerate(description.stations, start=1):
            line.stations.append(
                Station(
                    id=new_id(),
                    ordinal=ordinal,
                    code=f"{line.code}-{station.kind}",
                    kind=station.kind,
                    device=f"{line.code}/{station.kind}",
                )
            )
    for row, station in zip(line.stations, description.stations, strict=True):
        _describe_station(row, station, calendars)
    work.session.flush()


def _remove_stations(work: Work, line: Line) -> None:
    if not line.stations:
        return
    if work.session.scalars(select(PalletLoad.id).where(PalletLoad.line_id == line.id).limit(1)).first():
        raise Conflict(
            Text(N_("Line %(line)s has pallet loads; its stations cannot change any more"), {"line": line.code})
        )
    work.session.execute(delete(Station).where(Station.line_id == line.id))
    work.session.expire(line, ["stations"])


def _describe_station(row: Station, description: StationDescription, calendars: Mapping[str, WorkCalendar]) -> None:
    if description.calendar is not None and description.calendar not in calendars:
        raise InvalidInput(
            Text(
                N_("Station %(station)s needs calendar %(calendar)s, which is not there"),
                {"station": row.code, "calendar": description.calendar},
            )
        )
    row.name, row.work = description.name, description.work
    row.calendar = calendars[description.calendar] if description.calendar is not None else None
    row.capacity, row.buffer_after = description.capacity, description.buffer_after
    row.pallet_order = description.order


def _set_pallets(work: Work, line: Line, numbers: range, at: datetime) -> None:
    """The line's pallets as described; what a person said of a pallet since stays (`by_hand`)."""
    known = {pallet.number: pallet for pallet in work.session.scalars(select(Pallet).order_by(Pallet.number))}
    for number in numbers:
        pallet = known.get(number)
        if pallet is None:
            add_pallet(work, line, number, at)
        elif pallet.line_id != line.id:
            raise Conflict(Text(N_("Pallet %(number)s belongs to another line"), {"number": number}))
        elif not (pallet.in_service or pallet.by_hand):
            put_back(work, pallet, at)
    for number, pallet in known.items():
        leaves = pallet.line_id == line.id and number not in numbers
        if leaves and pallet.in_service and not pallet.by_hand:
            take_out(work, pallet, at, "")
    work.session.flush()


def ensure_routes(work: Work, routes: Mapping[str, Mapping[str, tuple[int, float]]]) -> None:
    """The routes of the described families, exactly as described; other families keep theirs."""
    work.session.execute(delete(RouteStep).where(RouteStep.family.in_(routes)))
    for family, steps in routes.items():
        for kind, (base_minutes, minutes_per_m2) in steps.items():
            work.session.add(
                RouteStep(
                    id=new_id(),
                    family=family,
                    station_kind=kind,
                    base_minutes=base_minutes,
                    minutes_per_m2=minutes_per_m2,
                )
            )
    work.session.flush()
