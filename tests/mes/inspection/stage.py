"""A line with a load of elements, concrete and cubes, for tests of inspections."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from PIL import Image
from sqlalchemy import select

from mes.accounts.service import the_plant
from mes.core.assets import STATIC_DIR
from mes.core.clock import SetClock
from mes.core.commands import perform
from mes.core.database import Database
from mes.core.files import FileStore, keep_photo
from mes.core.ids import new_id
from mes.inspection.documents.press import CertificatePress
from mes.inspection.schemas import InspectionRecorded, Reading, RecordCubeTest, RecordInspection, TakenPhoto
from mes.inspection.service import record_cube_test, record_inspection
from mes.orders.models import Element
from mes.planning.models import Line, Operation, Pallet, PalletLoad, PalletLoadItem, PlanVersion, Station
from mes.shopfloor.models import Casting, CastingBatch
from quality import Dimensions, inspection_plan
from tests.conftest import NOW, actor
from tests.factories import SLAB, advance, create_order, elements_of

FONTS = STATIC_DIR / "vendor" / "fonts"
needs_fonts = pytest.mark.skipif(
    not (FONTS / "NotoSansSC-Regular.ttf").exists(), reason="no fonts here; fetch them with: mes assets"
)
STATIONS = ("rebar", "hidden-works", "casting", "curing", "demoulding")
SIZES = [("length", 3420), ("width", 1760), ("thickness", 60)]  # of DBS1-67-3620-31


@dataclass
class Stage:
    """A database with one load of elements on a running pallet, and the press for certificates."""

    database: Database
    clock: SetClock
    press: CertificatePress
    load_id: UUID
    element_ids: list[UUID]

    def element(self, index: int = 0) -> Element:
        """An element as it is now."""
        with self.database.reading() as session:
            return session.get_one(Element, self.element_ids[index])

    def to(self, state: str, *indexes: int) -> None:
        """Take elements (all, or those named) along the normal life."""
        advance(self.database, self.clock, [self.element_ids[i] for i in indexes] or self.element_ids, state)

    def cast(self, number: str = "B-1") -> UUID:
        """A batch of C30 poured into the load two days ago."""
        with self.database.writing() as session:
            batch = CastingBatch(
                id=new_id(),
                batch_number=number,
                concrete_grade="C30",
                volume_m3=2.0,
                mixed_at=NOW - timedelta(days=2),
            )
            session.add(batch)
            session.flush()
            poured = Casting(
                id=new_id(), batch_id=batch.id, load_id=self.load_id, poured_m3=1.4, at=batch.mixed_at, by="operator"
            )
            session.add(poured)
            return batch.id

    def cubes(self, batch_id: UUID, *strengths: float) -> list[int]:
        """A cube test now; returns the loads that it released."""
        command = RecordCubeTest(batch_id=batch_id, condition="same_condition", strengths_mpa=list(strengths))
        return perform(self.database, actor("inspector"), self.clock, record_cube_test, command).released_loads

    def photo(self, shade: int = 90) -> str:
        """A kept photo; returns its digest."""
        with self.database.writing() as session:
            return keep_photo(session, self.press.store, picture(shade), self.clock.now())

    def hidden_works(self, index: int = 0, **changes: object) -> RecordInspection:
        """A complete and faultless report about the hidden works."""
        plan = inspection_plan("hidden_works", "composite_slab")
        photo = self.photo()
        content = {
            "element_id": self.element_ids[index],
            "kind": "hidden_works",
            "answers": {item.id: "yes" for item in plan.items},
            "photos": [TakenPhoto(sha256=photo, item=item.id) for item in plan.items if item.photo_required],
            "press": self.press,
        }
        return RecordInspection.model_validate(content | changes)

    def final(self, index: int = 0, **changes: object) -> RecordInspection:
        """A complete and faultless report about the finished element."""
        content = {
            "element_id": self.element_ids[index],
            "kind": "final",
            "measurements": good_readings(),
            "press": self.press,
        }
        return RecordInspection.model_validate(content | changes)

    def record(self, command: RecordInspection, name: str = "inspector") -> InspectionRecorded:
        """Record an inspection as an inspector."""
        return perform(self.database, actor("inspector", name), self.clock, record_inspection, command)


def picture(shade: int = 90, kind: str = "JPEG") -> bytes:
    """A small grey photo."""
    target = io.BytesIO()
    Image.new("RGB", (64, 48), (shade, shade, shade)).save(target, kind)
    return target.getvalue()


def good_readings() -> list[Reading]:
    """Readings of every required item of a slab, all within tolerance."""
    plan = inspection_plan("final", "composite_slab", Dimensions(3420, 1760, 60))
    own = dict(SIZES)
    readings = []
    for item in (item for item in plan.items if item.required):
        values = [own[item.id] + 2.0] * item.readings if item.id in own else [3846.0, 3850.0][: item.readings]
        readings.append(Reading(item=item.id, values=values if item.id != "flatness" else [2.0, 3.0]))
    return readings


def set_stage(database: Database, clock: SetClock, folder: Path, count: int = 2, type_code: str = SLAB) -> Stage:
    """An order of one type (slabs), all on one load of a line; the plant exists already."""
    elements = elements_of(database, create_order(database, clock, [(type_code, count)]))
    load_id = _make_load(database, elements)
    press = CertificatePress(FileStore(folder / "files"), FONTS, "http://mes.example")
    return Stage(database, clock, press, load_id, [element.id for element in elements])


def _make_load(database: Database, elements: Sequence[Element]) -> UUID:
    with database.writing() as session:
        line = Line(
            id=new_id(),
            plant_id=the_plant(session).id,
            code="SL",
            name="叠合板线",
            families=["composite_slab"],
            pallet_length_mm=9000,
            pallet_width_mm=4000,
            pallet_max_load_kg=20000,
            max_waits=[],
        )
        session.add(line)
        session.flush()
        stations = [
            Station(id=new_id(), line_id=line.id, ordinal=n, code=f"SL-{kind}", kind=kind, name=kind, work="pausable")
            for n, kind in enumerate(STATIONS)
        ]
        pallet = Pallet(id=new_id(), line_id=line.id, number=7)
        plan = PlanVersion(
            id=new_id(), number=1, state="published", created_at=NOW, created_by="planner", epoch=NOW, note=""
        )
        session.add_all([*stations, pallet, plan])
        session.flush()
        load = PalletLoad(
            id=new_id(),
            plan_version_id=plan.id,
            number=1,
            line_id=line.id,
            sequence=1,
            pallet_id=pallet.id,
            state="running",
            concrete_grade="C30",
            planned_enter=NOW,
            planned_leave=NOW,
        )
        session.add(load)
        session.flush()
        for n, element in enumerate(elements):
            session.add(PalletLoadItem(load_id=load.id, element_id=element.id, x_mm=n * 3500, y_mm=0))
        for station in stations:
            session.add(_operation(load, station))
        return load.id


def _operation(load: PalletLoad, station: Station) -> Operation:
    return Operation(
        id=new_id(),
        load_id=load.id,
        station_id=station.id,
        ordinal=station.ordinal,
        state="running" if station.kind == "hidden-works" else "done" if station.kind == "rebar" else "waiting",
        planned_start=NOW,
        planned_end=NOW,
    )


def operation_state(database: Database, load_id: UUID, kind: str) -> str:
    """The state of a load's operation at a kind of station."""
    with database.reading() as session:
        query = select(Operation.state).join(Station).where(Operation.load_id == load_id, Station.kind == kind)
        return session.scalars(query).one()
