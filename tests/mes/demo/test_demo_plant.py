"""The demo plant: complete, sound, and usable by everybody who is named in its sign-ins."""

from __future__ import annotations

import json
import re
import shutil
import stat
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from lines import packaged_line
from lines.simulator import line_model
from mes.app import create_app
from mes.config import Settings
from mes.core.assets import STATIC_DIR
from mes.core.clock import SetClock
from mes.core.database import Database
from mes.core.translations import catalogue
from mes.demo import PlantThere, load_demo_plant
from mes.inspection.models import (
    Certificate,
    CubeTest,
    CuringRecord,
    Inspection,
    Nonconformity,
    StrengthEvaluation,
)
from mes.ledger.models import LedgerEvent
from mes.ledger.verification import verify
from mes.library.models import ComponentType
from mes.logistics.models import Delivery
from mes.machines.models import MachineCommand, MachineMeasurement
from mes.orders.lifecycle import STATES
from mes.orders.models import Element, Project
from mes.planning.models import Operation, PalletLoad, PlanVersion, Station
from mes.shopfloor.hints import hints_for
from mes.shopfloor.models import Discrepancy
from mes.traceability.epcis import epcis_document
from mes.traceability.export import export_settings
from mes.traceability.mapping import epcis_events
from tests import json_schemas
from tests.conftest import create_plant
from tests.mes.traceability.epcis.test_hashing import reference_ids
from tests.mes.traceability.life import reference_folder

LOADED_AT = datetime(2026, 11, 22, 22, 30, tzinfo=UTC)
"""Monday, 06:30 in Shanghai, the hardest moment for the story: work has not begun, yesterday was Sunday, and the last
castings are from Saturday."""
FONTS_THERE = (STATIC_DIR / "vendor" / "fonts" / "NotoSansSC-Regular.ttf").exists()
ROLES = ("planner", "operator", "inspector", "quality_manager", "receiver", "receiver-2", "supervisor", "admin")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not FONTS_THERE, reason="fonts for certificates are not fetched; run: mes assets"),
]


@dataclass(frozen=True)
class Demo:
    """A loaded demo: database, settings, sign-ins, and the application on it."""

    database: Database
    settings: Settings
    sign_ins: list[dict[str, str]]
    app: Flask
    signed_in: dict[str, FlaskClient] = field(default_factory=dict)

    def client(self, name: str, locale: str = "zh_CN") -> FlaskClient:
        """A web client that has signed in with the password of the file: once, since too many sign-ins are refused."""
        if name not in self.signed_in:
            self.signed_in[name] = self._sign_in(name)
        client = self.signed_in[name]
        client.set_cookie("mes_locale", locale)
        return client

    def _sign_in(self, name: str) -> FlaskClient:
        secret = next(row["password"] for row in self.sign_ins if row["name"] == name)
        client = self.app.test_client()
        answer = client.post("/sign-in", data={"username": name, "password": secret})
        assert answer.status_code == 302, answer.get_data(as_text=True)[:400]
        return client


@pytest.fixture(scope="module")
def demo(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo plant in a SQLite database, loaded once."""
    folder = tmp_path_factory.mktemp("demo")
    settings = Settings(data=folder / "data")
    settings.data.mkdir()
    shutil.copy(sqlite_template, settings.data / "mes.sqlite")
    database = Database(settings.effective_database_url)
    load_demo_plant(database, settings, lambda _message: None, now=LOADED_AT)
    app = create_app(settings, database=database, clock=SetClock(LOADED_AT))
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    sign_ins = json.loads((settings.data / "demo-sign-ins.json").read_text(encoding="utf-8"))
    yield Demo(database, settings, sign_ins, app)
    database.dispose()


def test_it_has_three_projects_and_eight_families(demo: Demo) -> None:
    with demo.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Element)) >= 380  # type: ignore[operator]
        families = select(ComponentType.family).join(Element, Element.component_type_id == ComponentType.id).distinct()
        assert len(session.scalars(families).all()) == 8
        projects = session.scalars(select(Project)).all()
        assert len(projects) == 3
        roles = {"owner", "designer", "contractor", "supervisor", "producer"}
        assert all({party.role for party in project.parties} == roles for project in projects)


def test_elements_stand_in_every_state(demo: Demo) -> None:
    with demo.database.reading() as session:
        counts = dict(session.execute(select(Element.state, func.count()).group_by(Element.state)).all())
    assert {state for state in STATES if not counts.get(state)} == set()


def test_the_ledger_verifies_and_tells_the_past_only(demo: Demo) -> None:
    with demo.database.reading() as session:
        found = verify(session)
    assert found.intact
    assert found.events > 2000


def test_two_lines_with_pallets_and_stations(demo: Demo) -> None:
    with demo.database.reading() as session:
        stations = Counter(code.split("-")[0] for code in session.scalars(select(Station.code)))
    assert stations == {"SL": 12, "WL": 12}


def test_nothing_stands_at_a_machine_halfway(demo: Demo) -> None:
    """Loads are before the line, in a curing chamber, between two stations, or done."""
    with demo.database.reading() as session:
        query = select(Station.kind).join(Operation, Operation.station_id == Station.id)
        running = set(session.scalars(query.where(Operation.state.in_(("running", "held")))))
        unwritten = select(func.count()).select_from(MachineCommand).where(MachineCommand.done_at.is_(None))
        assert running <= {"curing"}
        assert session.scalar(unwritten) == 0
        assert session.scalar(select(func.count()).select_from(Discrepancy)) == 0


def test_a_published_plan_waits_to_be_made(demo: Demo) -> None:
    with demo.database.reading() as session:
        published = session.scalars(select(PlanVersion).where(PlanVersion.state == "published")).one()
        waiting = select(func.count()).where(PalletLoad.plan_version_id == published.id, PalletLoad.state == "waiting")
        assert session.scalar(waiting) > 10  # type: ignore[operator]
        late_past = select(func.count()).where(PalletLoad.state == "waiting", PalletLoad.planned_enter < LOADED_AT)
        assert session.scalar(late_past) == 0


def test_deliveries_stand_in_every_state(demo: Demo) -> None:
    with demo.database.reading() as session:
        states = set(session.scalars(select(Delivery.state)))
    assert states == {"loading", "departed", "arrived", "completed", "cancelled"}


def test_inspections_were_refused_as_well_as_accepted(demo: Demo) -> None:
    with demo.database.reading() as session:
        verdicts = {tuple(row) for row in session.execute(select(Inspection.kind, Inspection.verdict).distinct())}
        decisions = set(session.scalars(select(Nonconformity.disposition)))
        rules = select(func.count()).select_from(CubeTest).where(CubeTest.set_value_mpa < 15)
        weak_sets = session.scalar(rules)
        certificates = session.scalar(select(func.count()).select_from(Certificate))
    assert {("hidden_works", "accepted"), ("final", "accepted"), ("final", "refused")} <= verdicts
    assert {None, "repair", "scrap"} <= decisions
    assert weak_sets
    assert certificates > 100  # type: ignore[operator]


def test_cured_loads_have_the_curve_of_their_chamber_and_what_it_broke(demo: Demo) -> None:
    """One day's chamber was heated too fast, which an inspector answered; another was too hot, which waits."""
    with demo.database.reading() as session:
        records = session.scalars(select(CuringRecord)).all()
        readings = session.scalar(select(func.count()).select_from(MachineMeasurement))
    assert {record.chamber for record in records} == {"SL/curing", "WL/curing"}
    assert sum(record.final for record in records) > 60
    assert all(50 < max(celsius for _, celsius in record.curve) < 65 for record in records)
    assert all(record.basis["hall_c"] is not None and record.basis["not_judged"] == [] for record in records)
    findings = [finding for record in records for finding in record.findings]
    assert ("heating_k_per_hour", True) in {(one["rule"], one["answer"] is not None) for one in findings}
    assert ("highest_celsius", False) in {(one["rule"], one["answer"] is not None) for one in findings}
    assert sum(not record.findings for record in records) > 0.8 * len(records)
    assert 2000 < readings < 10_000  # type: ignore[operator] # what a gateway's dead-band leaves of two weeks


def test_what_still_cures_has_a_prediction_that_rests_on_own_cubes(demo: Demo) -> None:
    with demo.database.reading() as session:
        cures = session.scalars(select(CuringRecord).where(CuringRecord.final.is_(False))).all()
        safe = {cure.load_id: cure.safe_at for cure in cures}
        assert all(cure.basis["own_sets"] >= 5 for cure in cures)
        assert all(5 < cure.predicted_lower_mpa < cure.predicted_mpa - 0.5 for cure in cures)  # type: ignore[operator]
        query = select(Operation).join(Station).where(Operation.load_id.in_(safe), Station.kind == "demoulding")
        told = [hint.at for operation in session.scalars(query) for hint in hints_for(session, operation)]
    assert safe
    assert None not in safe.values()
    assert told
    assert set(told) <= set(safe.values())
    assert "95 %" in demo.client("planner").get("/inspection/concrete").get_data(as_text=True)


def test_strength_is_evaluated_by_each_method(demo: Demo) -> None:
    with demo.database.reading() as session:
        rows = session.scalars(select(StrengthEvaluation)).all()
        found = {row.method: (row.concrete_grade, row.result, row.content["n"] >= 3) for row in rows}
    assert found == {
        "unknown_sigma": ("C30", "pass", True),
        "known_sigma": ("C30", "pass", True),
        "non_statistical": ("C35", "pass", True),
    }


def test_a_scrapped_element_has_a_replacement(demo: Demo) -> None:
    with demo.database.reading() as session:
        replaced = select(Element).join(Nonconformity, Nonconformity.replacement_id == Element.id)
        assert session.scalars(replaced).first() is not None


def test_the_sign_ins_are_the_owners_secret(demo: Demo) -> None:
    mode = (demo.settings.data / "demo-sign-ins.json").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600
    assert [row["name"] for row in sorted(demo.sign_ins, key=lambda row: ROLES.index(row["name"]))] == list(ROLES)
    assert len({row["password"] for row in demo.sign_ins}) == len(demo.sign_ins)


@pytest.mark.parametrize("name", ROLES)
def test_everybody_can_sign_in_by_password_pin_and_badge(demo: Demo, name: str) -> None:
    row = next(row for row in demo.sign_ins if row["name"] == name)
    demo.client(name)
    by_pin = demo.app.test_client().post("/sign-in", data={"username": name, "password": row["pin"]})
    by_badge = demo.app.test_client().post("/sign-in/badge", data={"badge": row["badge"], "pin": row["pin"]})
    assert (by_pin.status_code, by_badge.status_code) == (302, 302)


def test_a_receiver_sees_their_project_only(demo: Demo) -> None:
    rows = demo.client("receiver").get("/api/v1/elements?limit=500").get_json()["items"]
    assert {row["project_code"] for row in rows} == {"SF-2601"}


def test_a_database_with_a_plant_is_left_alone(database: Database, clock: SetClock, tmp_path: Path) -> None:
    create_plant(database, clock)
    with pytest.raises(PlantThere):
        load_demo_plant(database, Settings(data=tmp_path / "data"), lambda _message: None)
    assert not (tmp_path / "data").exists()


# ── every page of every role ──

LINK = re.compile(r'(?:href|hx-get|data-url)="(/[^"#]*)')
NOT_PAGES = ("/static/", "/sign-out", "/files/", "/api/docs")
LINKS_A_PAGE = 6


@pytest.mark.parametrize("name", ROLES)
def test_every_page_of_a_role_answers(demo: Demo, name: str) -> None:
    client = demo.client(name)
    start = client.get("/", follow_redirects=True)
    assert start.status_code == 200
    navigation = _links(start.get_data(as_text=True), "nav")
    assert navigation
    seen: dict[str, Any] = {}
    for target in navigation:
        for second in [target, *_links(_get(client, target, seen), "main")[:LINKS_A_PAGE]]:
            for third in _links(_get(client, second, seen), "main")[:3]:
                _get(client, third, seen)
    assert len(seen) >= len(navigation)
    assert {target: status for target, status in seen.items() if status >= 400} == {}


@pytest.mark.parametrize("name", ROLES)
def test_chinese_pages_show_no_english_where_there_is_chinese(demo: Demo, name: str) -> None:
    client = demo.client(name)
    start = client.get("/", follow_redirects=True).get_data(as_text=True)
    known = {english for english, chinese in catalogue("zh_CN").items() if english != chinese and " " in english}
    known = {english for english in known if "%" not in english and len(english) > 6}
    for target in _links(start, "nav"):
        words = _visible_text(_get(client, target, {}))
        assert sorted(english for english in known if f">{english}<" in words) == [], target


def _get(client: FlaskClient, target: str, seen: dict[str, Any]) -> str:
    if seen.get(target) is not None:
        return ""
    answer = client.get(target, follow_redirects=True)
    seen[target] = answer.status_code
    return answer.get_data(as_text=True) if answer.mimetype == "text/html" else ""


def _links(page: str, part: str) -> list[str]:
    found = re.findall(rf"<{part}\b.*?</{part}>", page, re.DOTALL)
    links = [link.replace("&amp;", "&") for text in found for link in LINK.findall(text)]
    return [link for link in dict.fromkeys(links) if not link.startswith(NOT_PAGES)]


def _visible_text(page: str) -> str:
    page = re.sub(r"<(script|style)\b.*?</\1>", "", page, flags=re.DOTALL)
    return re.sub(r">\s+|\s+<", lambda found: ">" if ">" in found[0] else "<", page)


@pytest.mark.parametrize("code", ["SL", "WL"])
def test_the_simulated_line_begins_with_the_pallets_where_the_house_believes_them(demo: Demo, code: str) -> None:
    model = line_model(packaged_line(code))
    model.restore(json.loads((demo.settings.data / "simulator" / f"{code}.json").read_text(encoding="utf-8")))
    shown = {
        pallet: station.id
        for station in packaged_line(code).stations
        for pallet in model.view(station.id).slots
        if pallet
    }
    with demo.database.reading() as session:
        loads = session.scalars(select(PalletLoad).where(PalletLoad.state == "running")).all()
        here = [load for load in loads if load.line.code == code]
        assert here
        assert shown.keys() == {load.pallet.number for load in here if load.pallet}
        for load in here:
            working = [o.station.kind for o in load.operations if o.state in {"running", "held"}]
            assert load.pallet is not None
            assert not working or shown[load.pallet.number] == working[0]


def test_its_events_are_those_of_gs1_and_their_ids_those_of_the_reference_generator(demo: Demo) -> None:
    """The first two events of each kind; all of them take half a minute."""
    files = sorted(reference_folder("schema").glob("*.json"))
    assert len(files) == 2
    with demo.database.reading() as session:
        settings = export_settings(session)
        seen: Counter[str] = Counter()
        events = []
        for row in session.scalars(select(LedgerEvent).order_by(LedgerEvent.sequence)):
            made = epcis_events(row.content, settings)
            if made and seen[row.kind] < 2:
                events += made
                seen[row.kind] += 1
    assert {"element.set_up", "element.cast", "element.curing_recorded", "element.received"} <= seen.keys()
    document = epcis_document(events, LOADED_AT)
    assert reference_ids(document) == [event.event_id for event in events]
    for file in files:
        validator = json_schemas.validator(json.loads(file.read_text(encoding="utf-8")), "7")
        assert [error.message for error in validator.iter_errors(json.loads(json.dumps(document)))] == []
