"""The room's pages, as a browser asks for them."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

import mes.logistics
from mes.core.assets import STATIC_DIR
from mes.core.clock import SetClock
from mes.core.database import Database
from mes.core.ids import new_id
from mes.core.translations import catalogue
from mes.logistics.models import Delivery
from tests.mes.logistics.stage import PHOTO, Stage, add_project, photo_bytes

SignIn = Callable[..., FlaskClient]
needs_fonts = pytest.mark.skipif(
    not (STATIC_DIR / "vendor" / "fonts" / "NotoSansSC-Regular.ttf").exists(),
    reason="no fonts here; fetch them with: mes assets",
)


@pytest.fixture
def stage(database: Database, clock: SetClock, plant: None) -> Stage:
    """Four certified slabs in slot A-01, in the application's database."""
    stage = add_project(database, clock, "XM-01", 4)
    stage.slot()
    stage.store(0, 1, 2, 3)
    return stage


def command(**fields: object) -> dict[str, object]:
    return {"command_id": str(new_id()), **fields}


def number_of(stage: Stage, delivery_id: UUID) -> str:
    return stage.delivery(delivery_id).number


def test_a_planner_opens_loads_and_sends_a_lorry(client_as: SignIn, stage: Stage) -> None:
    planner = client_as("planner")
    opened = planner.post(
        "/deliveries",
        data=command(
            project_id=str(stage.project_id), planned_on="2026-11-24", vehicle_plate="闽D·12345", driver_name="陈师傅"
        ),
        follow_redirects=True,
    )
    assert "DN-261123-001" in opened.text
    assert "Ready in the yard" in opened.text
    loaded = planner.post(
        "/deliveries/DN-261123-001/load", data=command(code=stage.elements[0].digital_link), follow_redirects=True
    )
    assert "is on the lorry, place 1" in loaded.text
    left = planner.post("/deliveries/DN-261123-001/depart", data=command(), follow_redirects=True)
    assert "on its way with 1 elements" in left.text
    assert stage.element(0).state == "shipped"


def test_a_form_with_faults_keeps_what_was_typed(client_as: SignIn, stage: Stage) -> None:
    answer = client_as("planner").post(
        "/deliveries", data=command(project_id="", planned_on="soon", vehicle_plate="", driver_name="陈师傅")
    )
    assert answer.status_code == 422
    assert "陈师傅" in answer.text


def test_the_list_ready_in_the_yard_ends_with_what_is_erected_first(client_as: SignIn, stage: Stage) -> None:
    page = client_as("operator").get(f"/deliveries/{number_of(stage, stage.open())}").text
    ready = page[page.index("Ready in the yard") :]
    places = [ready.index(f'class="number">{element.serial}<') for element in stage.elements]
    assert places == sorted(places, reverse=True)


def test_a_refused_scan_says_why_and_stays(client_as: SignIn, stage: Stage) -> None:
    number = number_of(stage, stage.open())
    answer = client_as("operator").post(f"/deliveries/{number}/load", data=command(code="999"))
    assert answer.status_code == 404
    assert "No element is known by" in answer.text


def test_an_operator_stores_and_moves_by_scan(
    client_as: SignIn, database: Database, clock: SetClock, plant: None
) -> None:
    stage = add_project(database, clock, "XM-01", 1)
    stage.slot("A-01")
    stage.slot("B-02")
    operator = client_as("operator")
    link = stage.elements[0].digital_link
    stored = operator.post("/yard/place", data=command(element=link, slot="S:A-01"), follow_redirects=True)
    assert "is in A-01 now (1 of 20)" in stored.text
    moved = operator.post("/yard/place", data=command(element=link, slot="b-02"), follow_redirects=True)
    assert "is in B-02 now" in moved.text
    refused = operator.post("/yard/place", data=command(element=link, slot="Q-1"))
    assert refused.status_code == 404
    assert link in refused.text


def test_a_receiver_starts_at_the_deliveries_of_their_projects(
    client_as: SignIn, stage: Stage, database: Database, clock: SetClock
) -> None:
    other = add_project(database, clock, "XM-02", 1)
    other.store(0)
    foreign = other.open()
    other.load(foreign, 0)
    other.depart(foreign)
    own = stage.on_the_road()
    receiver = client_as("receiver", (stage.project_id,))
    home = receiver.get("/", follow_redirects=True)
    assert home.request.path == "/deliveries"
    assert number_of(stage, own) in home.text
    assert number_of(stage, foreign) not in home.text
    assert receiver.get(f"/deliveries/{number_of(stage, foreign)}").status_code == 404
    assert receiver.get(f"/receive/{number_of(stage, foreign)}").status_code == 404
    assert receiver.get("/deliveries/new").status_code == 403


def test_a_receiver_scans_accepts_and_rejects_until_it_is_complete(client_as: SignIn, stage: Stage) -> None:
    delivery_id = stage.on_the_road(2)
    number = number_of(stage, delivery_id)
    receiver = client_as("receiver", (stage.project_id,))
    page = receiver.get(f"/receive/{number}", query_string={"code": stage.elements[0].digital_link}).text
    assert "Accept" in page
    assert "0 of 2 answered" in page
    accepted = receiver.post(
        f"/receive/{number}/accept", data=command(element_id=str(stage.elements[0].id)), follow_redirects=True
    )
    assert "1 of 2 answered" in accepted.text
    rejected = receiver.post(
        f"/receive/{number}/reject/2",
        data=command(reason_code="crack", words="端部贯通裂缝", photos=(io.BytesIO(photo_bytes()), "a.jpg")),
        content_type="multipart/form-data",
        follow_redirects=True,
    )
    assert "Delivery completed" in rejected.text
    assert "1 accepted, 1 rejected" in rejected.text
    photo = stage.items(delivery_id)[1].photos[0]
    assert receiver.get(f"/files/{photo}").mimetype == "image/jpeg"


def test_a_rejection_without_words_keeps_the_photo(client_as: SignIn, stage: Stage) -> None:
    number = number_of(stage, stage.on_the_road())
    answer = client_as("receiver", (stage.project_id,)).post(
        f"/receive/{number}/reject/1",
        data=command(reason_code="crack", words="", photos=(io.BytesIO(photo_bytes()), "a.jpg")),
        content_type="multipart/form-data",
    )
    assert answer.status_code == 422
    assert "Say in a few words" in answer.text
    assert 'name="photo_sha256"' in answer.text


def test_an_element_of_another_lorry_is_named(client_as: SignIn, stage: Stage) -> None:
    first = number_of(stage, stage.on_the_road(1))
    second = stage.open(vehicle_plate="闽C99999")
    stage.load(second, 1)
    stage.depart(second)
    answer = client_as("receiver", (stage.project_id,)).get(f"/receive/{first}?code=2")
    assert answer.status_code == 404
    assert "is on another lorry: DN-261123-002, 闽C99999" in answer.text


def test_of_another_projects_element_nothing_is_said(
    client_as: SignIn, stage: Stage, database: Database, clock: SetClock
) -> None:
    other = add_project(database, clock, "XM-02", 1)
    number = number_of(stage, stage.on_the_road(1))
    receiver = client_as("receiver", (stage.project_id,))
    foreign = receiver.get(f"/receive/{number}", query_string={"code": other.elements[0].digital_link})
    unknown = receiver.get(f"/receive/{number}", query_string={"code": "987654"})
    said = f"This code is not on delivery {number}"
    assert said in foreign.text
    assert said in unknown.text
    assert str(other.elements[0].component_type_id) not in foreign.text


def test_scans_lead_receivers_to_the_receipt(client_as: SignIn, stage: Stage) -> None:
    delivery_id = stage.on_the_road(1)
    delivery = stage.delivery(delivery_id)
    receiver = client_as("receiver", (stage.project_id,))
    lead = lambda client, code: client.get("/scan", query_string={"code": code}).headers["Location"]  # noqa: E731
    assert lead(receiver, f"00{delivery.sscc}") == f"/receive/{delivery.number}"
    assert lead(receiver, stage.elements[0].digital_link) == f"/receive/{delivery.number}?code=1"
    assert lead(client_as("planner"), f"00{delivery.sscc}") == f"/deliveries/{delivery.number}"
    assert lead(client_as("planner"), stage.elements[0].digital_link) == "/elements/1"
    assert lead(client_as("operator"), "S:A-01") == "/yard?slot=A-01#slot"
    stage.receive(delivery_id, 0)
    assert lead(receiver, stage.elements[0].digital_link) == "/install?code=1"


def test_a_receiver_confirms_the_installation(client_as: SignIn, stage: Stage) -> None:
    stage.receive(stage.on_the_road(1), 0)
    receiver = client_as("receiver", (stage.project_id,))
    assert "Installed here" in receiver.get("/install?code=1").text
    assert receiver.get("/install?code=2").status_code == 409
    done = receiver.post(
        "/install",
        data=command(element_id=str(stage.elements[0].id), position=stage.elements[0].position),
        follow_redirects=True,
    )
    assert "Nothing waits for installation" in done.text
    assert stage.element(0).state == "installed"


def test_a_rejected_element_is_taken_back_in_the_yard(client_as: SignIn, stage: Stage) -> None:
    stage.reject(stage.on_the_road(1), 0)
    operator = client_as("operator")
    assert "Coming back from the site" in operator.get("/yard").text
    operator.post("/yard/returns", data=command(element_id=str(stage.elements[0].id)))
    assert stage.element(0).state == "nonconforming"


@needs_fonts
def test_the_note_is_a_paper_and_the_label_is_printed(client_as: SignIn, stage: Stage) -> None:
    number = number_of(stage, stage.on_the_road(3))
    planner = client_as("planner")
    with stage.database.reading() as session:
        sscc = session.scalars(select(Delivery.sscc).where(Delivery.number == number)).one()
    assert f'value="delivery:{sscc}"' in planner.get(f"/deliveries/{number}").text
    for paper in (f"/deliveries/{number}/note.pdf", f"/labels/download.pdf?subject=delivery:{sscc}"):
        answer = planner.get(paper)
        assert answer.mimetype == "application/pdf"
        assert answer.data.startswith(b"%PDF-")


def test_every_page_opens_in_chinese(client_as: SignIn, stage: Stage) -> None:
    delivery_id = stage.on_the_road(2)
    stage.reject(delivery_id, 1, photos=[PHOTO])
    loading = number_of(stage, stage.open())
    number = number_of(stage, delivery_id)
    planner, receiver = client_as("planner"), client_as("receiver", (stage.project_id,))
    for client, path, words in [
        (planner, "/yard?slot=A-01", "待入库"),
        (planner, "/deliveries", "新建发货单"),
        (planner, "/deliveries/new", "核定载重"),
        (planner, f"/deliveries/{loading}", "堆场可发构件"),
        (planner, f"/deliveries/{loading}/edit", "修改发货单"),
        (planner, f"/deliveries/{number}", "裂缝: 板底贯通裂缝"),
        (receiver, "/deliveries", "在途或已到场"),
        (receiver, f"/receive/{number}?code=1", "已验收 1 / 2"),
        (receiver, f"/receive/{number}/reject/1", "确认拒收"),
        (receiver, "/install", "没有待安装的构件"),
    ]:
        client.set_cookie("mes_locale", "zh_CN")
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert words in answer.text, path


def test_every_message_of_the_room_has_its_chinese() -> None:
    room = Path(mes.logistics.__file__).parent
    said = re.compile(r"(?:N_|\b_)\(\s*\"((?:[^\"\\]|\\.)*)\"")
    files = [*room.rglob("*.py"), *room.rglob("*.html")]
    messages = {found for file in files for found in said.findall(file.read_text(encoding="utf-8"))}
    assert len(messages) > 100
    assert sorted(messages - catalogue("zh_CN").keys()) == []
