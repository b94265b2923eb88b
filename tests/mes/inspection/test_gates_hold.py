"""Whatever people, programs and machines try in whatever order: no element is cast past a required gate."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from mes.core.clock import SetClock
from mes.core.commands import perform
from mes.core.database import Database
from mes.core.errors import MesError
from mes.core.files import FileStore
from mes.inspection.documents.press import CertificatePress
from mes.inspection.models import Inspection
from mes.inspection.schemas import WitnessInspection
from mes.inspection.service import inspect_thing, witness_inspection
from mes.inspection.things import InspectThing, standing_of, subject_of, thing_plan
from mes.orders.models import Element
from mes.planning.models import Operation, Station
from mes.shopfloor import service
from mes.shopfloor.loads import castings_of
from mes.shopfloor.models import CastingBatch
from tests.conftest import NOW, actor
from tests.mes.inspection.stage import FONTS, Stage
from tests.mes.inspection.ways import good, set_policy
from tests.mes.shopfloor.plant import KINDS, Floor, create_floor

REQUIRED = {"witness": "required", "rebar": "required", "process": "required", "first_article": "required"}
BEFORE_INSPECTION = KINDS[: KINDS.index("hidden-works")]
PAST_CASTING = ("curing", "demoulded", "finished")


class Tries:
    """A load at the hidden-works station, and everything somebody may try with it."""

    def __init__(self, folder: Path, template: Path) -> None:
        file = folder / "mes.sqlite"
        shutil.copy(template, file)
        self.database, self.clock = Database(f"sqlite:///{file}"), SetClock(NOW)
        self.floor: Floor = create_floor(self.database, self.clock)
        set_policy(self.database, **REQUIRED)
        self.floor.do(service.enter_next_load, service.EnterNextLoad(line_id=self.floor.load().line_id))
        for kind in BEFORE_INSPECTION:
            self.floor.signal(kind, "execute", 1)
            self.floor.signal(kind, "complete", 1)
            self.floor.signal(kind, "idle", 0)
        self.floor.signal("hidden-works", "suspended", 1)
        press = CertificatePress(FileStore(folder / "files"), FONTS, "http://mes.example")
        ids = list(self.floor.element_ids[0])
        self.stage = Stage(self.database, self.clock, press, self.floor.load_ids[0], ids)

    def try_all(self, steps: list[str]) -> None:
        """Each step as far as it is allowed; what must hold is looked at after each."""
        for step in steps:
            self.clock.advance(seconds=20)
            with suppress(MesError):
                getattr(self, step)()
            self.look()

    def inspect(self) -> None:
        for index in range(len(self.stage.element_ids)):
            with suppress(MesError):
                self.stage.record(self.stage.hidden_works(index))

    def accept(self) -> None:
        self._witness("accepted")

    def refuse(self) -> None:
        self._witness("refused")

    def rebar(self) -> None:
        self._inspect_thing("pallet_load", self.stage.load_id)

    def refuse_rebar(self) -> None:
        command = {"subject_kind": "pallet_load", "subject_id": self.stage.load_id, "answers": {"spacers": "no"}}
        perform(self.database, actor("inspector"), self.clock, inspect_thing, InspectThing.model_validate(command))

    def batch(self) -> None:
        self.floor.assign_batch(f"B-{self.clock.now():%H%M%S}")

    def process(self) -> None:
        with self.database.reading() as session:
            batches = list(session.scalars(select(CastingBatch)))
        for batch in batches:
            self._inspect_thing("casting_batch", batch.id)

    def start(self) -> None:
        self.floor.start("casting")

    def finish(self) -> None:
        self.floor.finish("casting")

    def machine_works(self) -> None:
        self.floor.signal("hidden-works", "idle", 0)
        self.floor.signal("casting", "execute", 1)

    def machine_is_done(self) -> None:
        self.floor.signal("casting", "complete", 1)
        self.floor.signal("casting", "idle", 0)

    def machine_further_on(self) -> None:
        self.floor.signal("compaction", "execute", 1)
        self.floor.signal("curing", "execute", 1, slot_01_pallet=1)

    def look(self) -> None:
        """Every element that is cast has its accepted and witnessed hidden works, rebar and concrete."""
        with self.database.reading() as session:
            for element in session.scalars(select(Element).where(Element.state.in_(PAST_CASTING))):
                query = select(Inspection).where(Inspection.element_id == element.id).order_by(Inspection.inspected_at)
                latest = session.scalars(query).all()[-1]
                assert latest.verdict == "accepted"
                assert latest.witnessed_at is not None
                assert standing_of(session, "pallet_load", self.stage.load_id).latest is not None
                for casting in castings_of(session, self.floor.load()):
                    assert standing_of(session, "casting_batch", casting.batch_id).latest is not None

    def _witness(self, verdict: str) -> None:
        with self.database.reading() as session:
            ids = list(session.scalars(select(Inspection.id).where(Inspection.witnessed_at.is_(None))))
        for inspection_id in ids:
            command = {"inspection_id": inspection_id, "verdict": verdict, "remark": "见附图"}
            with suppress(MesError):
                made = WitnessInspection.model_validate(command)
                perform(self.database, actor("supervisor"), self.clock, witness_inspection, made)

    def _inspect_thing(self, kind: str, subject_id: object) -> None:
        with self.database.reading() as session:
            plan = thing_plan(subject_of(session, kind, subject_id))  # type: ignore[arg-type]
        command = {"subject_kind": kind, "subject_id": subject_id, **good(self.stage, plan)}
        perform(self.database, actor("inspector"), self.clock, inspect_thing, InspectThing.model_validate(command))


PEOPLE = ("inspect", "accept", "refuse", "rebar", "refuse_rebar", "batch", "process", "start", "finish")
STEPS = (*PEOPLE, "machine_works", "machine_is_done", "machine_further_on")
RIGHT_ORDER = ("inspect", "accept", "rebar", "batch", "process", "machine_works", "machine_is_done")


@settings(max_examples=4, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from(STEPS), min_size=8, max_size=14))
def test_no_order_of_steps_brings_an_element_past_a_required_gate(sqlite_template: Path, steps: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        tries = Tries(Path(folder), sqlite_template)
        tries.try_all(steps)
        tries.database.dispose()


def test_the_right_order_brings_it_past(sqlite_template: Path, tmp_path: Path) -> None:
    tries = Tries(tmp_path, sqlite_template)
    tries.try_all([*RIGHT_ORDER])
    assert tries.floor.states() == {"curing"}
    tries.database.dispose()


def test_each_missing_step_keeps_it_back(sqlite_template: Path, tmp_path: Path) -> None:
    for left_out in ("accept", "process"):
        folder = tmp_path / left_out
        folder.mkdir()
        tries = Tries(folder, sqlite_template)
        tries.try_all([step for step in RIGHT_ORDER if step != left_out])
        assert "curing" not in tries.floor.states(), left_out
        tries.database.dispose()


def test_neither_the_api_nor_a_page_goes_past(stage: Stage, client_as: Callable[..., FlaskClient]) -> None:
    set_policy(stage.database, **REQUIRED)
    stage.to("in_setup")
    for index in (0, 1):
        stage.record(stage.hidden_works(index))
    stage.cast()
    with stage.database.reading() as session:
        query = select(Operation).join(Station).where(Operation.load_id == stage.load_id, Station.kind == "casting")
        operation_id = session.scalars(query).one().id
    client = client_as("operator")
    answer = client.post(f"/api/v1/operations/{operation_id}/start", json={"operation_id": str(operation_id)})
    assert answer.status_code == 409, answer.get_data(as_text=True)
    tapped = {"operation_id": str(operation_id), "command_id": str(uuid4())}
    page = client.post("/shopfloor/stations/SL-casting/start", data=tapped)
    assert page.status_code in (409, 422)
    assert stage.element().state == "ready_to_cast"
