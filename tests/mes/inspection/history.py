"""A plant's past for statistics: elements cast and inspected, written straight into the tables by the dozen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, inspect, select
from sqlalchemy.orm import Session

from mes.accounts.service import the_plant
from mes.core.clock import Clock
from mes.core.database import Database
from mes.core.ids import new_id
from mes.inspection.models import Inspection, Nonconformity
from mes.library.models import Mould
from mes.orders.models import Element, Project
from mes.planning.models import Line, Operation, Pallet, PalletLoad, PalletLoadItem, PlanVersion, Station, WorkCalendar
from mes.shopfloor.models import MouldUse
from tests.conftest import NOW
from tests.factories import SLAB, create_order

TOLERANCES: dict[str, list[float]] = {"length": [-5.0, 5.0], "width": [-5.0, 5.0], "flatness": [0.0, 5.0]}
WINDOWS = [[day, start, end] for day in range(6) for start, end in ((450, 690), (780, 1050), (1200, 1440))]
"""07:30–11:30 and 13:00–17:30 are a shift with a meal in it, 20:00–24:00 is another."""


@dataclass(frozen=True)
class Piece:
    """An element and its first final inspection: `off` is the judged deviation of each item in mm."""

    inspected_at: datetime
    off: dict[str, float] = field(default_factory=dict)
    allowed: dict[str, list[float]] = field(default_factory=dict)
    accepted: bool = True
    line: str = "SL"
    crew: str = "甲班"
    mould: str = ""
    project: str = "XM-01"
    cast_at: datetime | None = None
    defect: str = ""
    cause: str | None = None
    cost_cny: float | None = None

    @property
    def evaluation(self) -> dict[str, Any]:
        """As the judge keeps it."""
        items = []
        for item, off in self.off.items():
            lower, upper = self.allowed.get(item, TOLERANCES.get(item, [-5.0, 5.0]))
            result = "pass" if lower <= off <= upper else "fail"
            judged = {"deviation": off, "allowed": [lower, upper], "margin": min(upper - off, off - lower)}
            items.append({"item": item, **judged, "result": result, "clause": "GB 50204-2015 table 9.2.7"})
        return {"result": "pass" if self.accepted else "fail", "items": items, "missing": [], "defects": []}


class History:
    """Writes pieces; `projects` are made beforehand, each with one element of its own that nobody inspects."""

    def __init__(self, database: Database, clock: Clock, projects: Sequence[str] = ("XM-01",)) -> None:
        self.database = database
        for project in projects:
            create_order(database, clock, [(SLAB, 1)], project)
        with database.writing() as session:
            owned = select(Project.code, Element).join(Element, Element.project_id == Project.id)
            self._patterns: dict[str, Element] = dict(session.execute(owned).all())
            self._stations, self._lines = _lines(session)
            self._plan = PlanVersion(
                id=new_id(), number=1, state="published", created_at=NOW, created_by="planner", epoch=NOW, note=""
            )
            session.add(self._plan)
            self._moulds: dict[str, UUID] = {}
        self._number = 0

    def write(self, pieces: Iterable[Piece]) -> list[UUID]:
        """Their inspections' ids, in the order of the pieces."""
        rows: dict[Any, list[dict[str, Any]]] = {
            table: [] for table in (Element, PalletLoad, PalletLoadItem, Operation, MouldUse, Inspection, Nonconformity)
        }
        ids = []
        with self.database.writing() as session:
            base = session.scalar(select(func.max(Element.serial))) or 0
            for piece in pieces:
                self._number += 1
                ids.append(self._piece(session, rows, piece, base + 1 + len(ids)))
            for table, values in rows.items():
                if values:
                    session.execute(insert(table), values)
        return ids

    def _piece(self, session: Session, rows: dict[Any, list[dict[str, Any]]], piece: Piece, serial: int) -> UUID:
        element_id, load_id, inspection_id = new_id(), new_id(), new_id()
        pattern = self._patterns[piece.project]
        same = {column.key: getattr(pattern, column.key) for column in inspect(Element).column_attrs}
        own = {"id": element_id, "serial": serial, "epc_hex": f"{serial:024x}", "digital_link": f"/{serial}"}
        rows[Element].append({**same, **own, "state": "accepted" if piece.accepted else "nonconforming"})
        cast_at = piece.cast_at or piece.inspected_at - timedelta(days=1)
        rows[PalletLoad].append(
            {
                "id": load_id,
                "plan_version_id": self._plan.id,
                "number": self._number,
                "line_id": self._lines[piece.line],
                "sequence": self._number,
                "state": "done",
                "concrete_grade": "C30",
                "planned_enter": cast_at,
                "planned_leave": cast_at,
                "version": 1,
            }
        )
        rows[PalletLoadItem].append({"load_id": load_id, "element_id": element_id, "x_mm": 0, "y_mm": 0})
        rows[Operation].append(
            {
                "id": new_id(),
                "load_id": load_id,
                "station_id": self._stations[piece.line],
                "ordinal": 1,
                "state": "done",
                "planned_start": cast_at,
                "planned_end": cast_at,
                "finished_at": cast_at,
                "crew": piece.crew,
                "version": 1,
            }
        )
        if piece.mould:
            mould_id = self._mould(session, piece.mould)
            use = {"id": new_id(), "mould_id": mould_id, "load_id": load_id, "used_at": cast_at, "used_by": "operator"}
            rows[MouldUse].append(use)
        rows[Inspection].append(_inspection(piece, element_id, inspection_id))
        if piece.defect:
            rows[Nonconformity].append(_nonconformity(piece, element_id, inspection_id, self._number))
        return inspection_id

    def _mould(self, session: Session, code: str) -> UUID:
        if code not in self._moulds:
            row = Mould(id=new_id(), code=code, family="composite_slab")
            session.add(row)
            session.flush()
            self._moulds[code] = row.id
        return self._moulds[code]


def _inspection(piece: Piece, element_id: UUID, inspection_id: UUID) -> dict[str, Any]:
    return {
        "id": inspection_id,
        "element_id": element_id,
        "kind": "final",
        "rule_set": "gb50204-2015",
        "verdict": "accepted" if piece.accepted else "refused",
        "answers": {"measurements": [], "defects": []},
        "evaluation": piece.evaluation,
        "inspected_at": piece.inspected_at,
        "inspector_id": "x",
        "inspector_name": "王检",
    }


def _nonconformity(piece: Piece, element_id: UUID, inspection_id: UUID, number: int) -> dict[str, Any]:
    return {
        "id": new_id(),
        "number": f"NC-{number:06d}",
        "element_id": element_id,
        "inspection_id": inspection_id,
        "kind": piece.defect,
        "severity": "general",
        "description": "",
        "photos": [],
        "reported_at": piece.inspected_at,
        "reported_by": "王检",
        "cause": piece.cause,
        "cost_cny": piece.cost_cny,
    }


def _lines(session: Session) -> tuple[dict[str, UUID], dict[str, UUID]]:
    calendar = WorkCalendar(id=new_id(), code="two", name="两班", windows=WINDOWS, closed_days=[])
    session.add(calendar)
    stations, lines = {}, {}
    for number, code in enumerate(("SL", "WL")):
        line = Line(
            id=new_id(),
            plant_id=the_plant(session).id,
            code=code,
            name={"SL": "叠合板线", "WL": "墙板线"}[code],
            families=["composite_slab"],
            pallet_length_mm=9000,
            pallet_width_mm=4000,
            pallet_max_load_kg=20000,
            max_waits=[],
        )
        session.add(line)
        session.flush()
        station = Station(
            id=new_id(),
            line_id=line.id,
            ordinal=1,
            code=f"{code}-casting",
            kind="casting",
            name="浇筑",
            work="pausable",
        )
        station.calendar_id = calendar.id if code == "SL" else None
        session.add_all([station, Pallet(id=new_id(), line_id=line.id, number=number + 1)])
        session.flush()
        stations[code], lines[code] = station.id, line.id
    return stations, lines
