"""The pages of the floor: what an operator sees and taps, and what each role may."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from mes.core.clock import SetClock
from mes.core.database import Database
from mes.core.ids import new_id
from mes.shopfloor.models import CastingBatch, Discrepancy, MaterialLot, MaterialUse
from tests.mes.shopfloor.plant import KINDS, Floor, add_floor

SignIn = Callable[..., FlaskClient]


@pytest.fixture
def floor(app: object, database: Database, clock: SetClock) -> Floor:
    """A line with two loads, in the application's database."""
    return add_floor(database, clock, loads=2)


def post(client: FlaskClient, url: str, **form: object) -> tuple[int, str]:
    answer = client.post(url, data={"command_id": str(new_id()), **form}, follow_redirects=True)
    return answer.status_code, answer.text


def test_an_operator_starts_on_the_shop_floor(floor: Floor, client_as: SignIn) -> None:
    client = client_as("operator")
    page = client.get("/", follow_redirects=True)
    assert page.request.path == "/shopfloor"
    assert "布料" in page.text
    assert "Let load 1 enter" in page.text


def test_the_live_part_is_sent_only_when_it_changed(floor: Floor, client_as: SignIn) -> None:
    client = client_as("operator")
    for url in ("/shopfloor", "/shopfloor/stations/SL-cleaning"):
        text = client.get(url).text
        again = text.split('hx-get="')[1].split('"')[0].replace("&amp;", "&")
        assert client.get(again).status_code == 204
    floor.start("cleaning")
    assert "shopfloor/stations/SL-cleaning" in client.get(again).headers["HX-Redirect"]


def test_a_page_is_loaded_again_when_another_load_has_come(floor: Floor, client_as: SignIn) -> None:
    client = client_as("operator")
    floor.start("cleaning")
    text = client.get("/shopfloor/stations/SL-cleaning").text
    live = text.split('hx-get="')[1].split('"')[0].replace("&amp;", "&")
    assert client.get(live).status_code == 204
    floor.put_aside(floor.element_ids[0][0])
    changed = client.get(live)
    assert (changed.status_code, "HX-Redirect" in changed.headers) == (200, False)
    floor.finish("cleaning")
    assert client.get(live).headers["HX-Redirect"] == "/shopfloor/stations/SL-cleaning"


def test_a_tablet_remembers_its_station(floor: Floor, client_as: SignIn) -> None:
    client = client_as("operator")
    assert "My station" not in client.get("/shopfloor").text
    client.get("/shopfloor/stations/SL-casting")
    assert "My station: SL 布料" in client.get("/shopfloor").text


def test_buttons_stand_only_where_they_make_sense(floor: Floor, client_as: SignIn) -> None:
    client = client_as("operator")
    url = "/shopfloor/stations/SL-cleaning"
    assert "operator-start" in client.get(url).text
    operation = floor.operation("cleaning")
    status, page = post(client, url + "/start", operation_id=operation.id, expected_version=operation.version)
    assert status == 200
    assert "operator-finish" in page
    assert "operator-start" not in page
    status, page = post(client, url + "/hold", operation_id=operation.id, reason="Machine fault")
    assert "On hold: Machine fault" in page
    assert "operator-finish" not in page
    waiting = client.get("/shopfloor/stations/SL-plotting").text
    assert "is on hold at 清理 (Machine fault)" in waiting
    assert "operator-start" not in waiting


def test_the_casting_page_says_what_is_missing_and_takes_the_mix_ticket(floor: Floor, client_as: SignIn) -> None:
    floor.run_up_to("hidden-works")
    floor.start("hidden-works")
    floor.accept_hidden_works()
    client = client_as("operator")
    url = "/shopfloor/stations/SL-casting"
    assert "no concrete batch is assigned" in client.get(url).text
    load_id = floor.load_ids[0]
    status, page = post(client, url + "/batch", load_id=load_id, code="HNT-7")
    assert status == 404
    assert "Record the mix ticket" in page
    assert 'value="HNT-7"' in page
    ticket = {"code": "HNT-7", "register": "1", "concrete_grade": "C30", "volume_m3": "2.5"}
    mixed_at = floor.clock.now().astimezone(floor.clock.zone).strftime("%Y-%m-%dT%H:%M")
    status, page = post(client, url + "/batch", load_id=load_id, mixed_at=mixed_at, **{**ticket, "volume_m3": "-1"})
    assert status == 422
    assert "Volume: " in page
    status, page = post(client, url + "/batch", load_id=load_id, mixed_at=mixed_at, **{**ticket, "volume_m3": "abc"})
    assert (status, "Volume: A number, please" in page) == (422, True)
    assert floor.rows(CastingBatch) == []
    status, page = post(client, url + "/batch", load_id=load_id, mixed_at=mixed_at, **ticket)
    assert status == 200
    assert "no concrete batch" not in page
    assert [batch.batch_number for batch in floor.rows(CastingBatch)] == ["HNT-7"]


def test_an_unknown_lot_is_registered_and_noted_in_one_go(floor: Floor, client_as: SignIn) -> None:
    floor.start("cleaning")
    client = client_as("operator")
    url = "/shopfloor/stations/SL-cleaning/scan"
    status, page = post(client, url, load_id=floor.load_ids[0], code="WP-1")
    assert status == 404
    assert "Register the lot" in page
    status, _ = post(
        client, url, load_id=floor.load_ids[0], code="WP-1", register="1", kind="mesh", supplier="厦门钢网"
    )
    assert status == 200
    assert [lot.supplier for lot in floor.rows(MaterialLot)] == ["厦门钢网"]
    assert len(floor.rows(MaterialUse)) == 1


def test_a_load_enters_and_its_elements_are_finished_by_taps(floor: Floor, client_as: SignIn) -> None:
    client = client_as("operator")
    status, page = post(client, "/shopfloor/lines/SL/enter")
    assert (status, "Load 1 enters on pallet 1" in page) == (200, True)
    floor.run_up_to("hidden-works")
    floor.start("hidden-works")
    floor.accept_hidden_works()
    floor.assign_batch()
    floor.run(KINDS[KINDS.index("casting") : KINDS.index("demoulding")])
    floor.release_for_demoulding()
    floor.run(["demoulding"])
    assert "№ 1" in client.get("/shopfloor/finishing").text
    first, second = floor.element_ids[0]
    status, page = post(client, "/shopfloor/finishing", element_id=first)
    assert (status, floor.states()) == (200, {"finished", "demoulded"})
    post(client, "/shopfloor/finishing", element_id=second)
    assert floor.states() == {"finished"}


def test_a_discrepancy_is_shown_with_both_stories_and_closed(floor: Floor, client_as: SignIn) -> None:
    floor.signal("plotting", "execute", 3)
    client = client_as("operator")
    page = client.get("/shopfloor/discrepancies").text
    assert "The house knows no load on this pallet" in page
    (found,) = floor.rows(Discrepancy)
    status, _ = post(client, f"/shopfloor/discrepancies/{found.id}/resolve", resolution="trial run")
    assert status == 200
    (found,) = floor.rows(Discrepancy)
    assert (found.resolution, found.resolved_by) == ("trial run", "Operator")


def test_an_inspector_looks_but_does_not_touch(floor: Floor, client_as: SignIn) -> None:
    client = client_as("inspector")
    assert "operator-start" not in client.get("/shopfloor/stations/SL-cleaning").text
    operation_id = floor.operation("cleaning").id
    status, _ = post(client, "/shopfloor/stations/SL-cleaning/start", operation_id=operation_id)
    assert status == 403
    assert floor.operation("cleaning").state == "waiting"
    assert client_as("receiver").get("/shopfloor").status_code == 403


def test_operations_lots_and_batches_by_the_api(floor: Floor, client_as: SignIn) -> None:
    client = client_as("operator")
    listed = client.get("/api/v1/operations?line=SL&station=SL-cleaning&limit=1").json
    assert listed is not None
    (first,) = listed["items"]
    assert (first["station"], first["state"], first["load_number"]) == ("SL-cleaning", "waiting", 1)
    assert listed["next"]
    url = f"/api/v1/operations/{first['id']}"
    body = {"operation_id": first["id"], "command_id": str(new_id())}
    assert client.post(url + "/start", json=body).json["state"] == "running"
    assert client.post(url + "/start", json=body).json["state"] == "running"  # the same command again
    refused = client.post(url + "/start", json={"operation_id": first["id"]})
    assert (refused.status_code, refused.mimetype) == (409, "application/problem+json")
    assert "running at 清理 already" in refused.json["detail"]
    assert client.post(url + "/hold", json={**body, "command_id": str(new_id()), "reason": "x"}).status_code == 422
    lot = {"kind": "mesh", "lot_number": "WP-2"}
    assert client.post("/api/v1/lots", json=lot).status_code == 201
    assert [item["lot_number"] for item in client.get("/api/v1/lots").json["items"]] == ["WP-2"]
    mixed_at = floor.clock.now().isoformat()
    batch = {"batch_number": "B-1", "concrete_grade": "C30", "volume_m3": 2, "mixed_at": mixed_at}
    assert client.post("/api/v1/batches", json=batch).status_code == 201
    assign = {"load_id": str(floor.load_ids[0]), "batch_number": "B-1"}
    assert client.post("/api/v1/batches/assign", json=assign).json["load_number"] == 1
    assert client.post("/api/v1/signals", json={"readings": []}).status_code == 403
