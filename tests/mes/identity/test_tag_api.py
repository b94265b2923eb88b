"""What handhelds send: tags that were put on, and reads at the gate; the command line's readers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from labels.llrp.emulated_tag import EmulatedTag
from labels.llrp.emulator import ReaderEmulator
from mes.cli import mes
from mes.core.clock import SetClock
from mes.core.database import Database
from mes.core.ids import new_id
from tests.mes.identity.tagged import OTHER_TID, TID, Tagging, build_tagging

SignIn = Callable[..., FlaskClient]


@pytest.fixture
def tagging(database: Database, clock: SetClock, plant: None) -> Tagging:
    return build_tagging(database, clock)


def body(tagging: Tagging, **further: object) -> dict[str, object]:
    element = tagging.elements[0]
    facts = {"command_id": str(new_id()), "code": element.digital_link, "tid": TID, "epc_hex": element.epc_hex}
    return {**facts, **further}


def test_a_handheld_puts_a_tag_on_what_it_scanned(client_as: SignIn, tagging: Tagging) -> None:
    client, sent = client_as("operator"), body(tagging, verified=True)
    first, again = client.post("/api/v1/tags", json=sent), client.post("/api/v1/tags", json=sent)
    assert (first.status_code, first.json) == (200, again.json)
    assert first.json is not None
    assert (first.json["subject"], first.json["tid"], first.json["verified"]) == (tagging.subject(), TID, True)


def test_a_handheld_replaces_a_tag_and_the_old_one_tells_what_it_was_on(client_as: SignIn, tagging: Tagging) -> None:
    client = client_as("operator")
    client.post("/api/v1/tags", json=body(tagging))
    refused = client.post("/api/v1/tags", json=body(tagging, tid=OTHER_TID))
    assert refused.status_code == 409
    done = client.post("/api/v1/tags", json=body(tagging, tid=OTHER_TID, replace_reason="broken"))
    assert done.status_code == 200
    [old] = client.get(f"/api/v1/tags/{TID}").json["items"]  # type: ignore[index]
    assert (old["number"], old["end_reason"]) == (str(tagging.elements[0].serial), "broken")
    [now] = client.get(f"/api/v1/tags/{OTHER_TID.lower()}").json["items"]  # type: ignore[index]
    assert now["ended_at"] is None


@pytest.mark.parametrize("named", [{"code": "", "subject": ""}, {"subject": "element:1"}])
def test_a_thing_is_named_in_one_way(client_as: SignIn, tagging: Tagging, named: dict[str, str]) -> None:
    assert client_as("operator").post("/api/v1/tags", json=body(tagging, **named)).status_code == 422
    assert not tagging.tags()


def test_tags_of_other_projects_are_on_nothing_for_a_receiver(client_as: SignIn, tagging: Tagging) -> None:
    tagging.bind(0, TID)
    own = client_as("receiver", (tagging.elements[0].project_id,)).get(f"/api/v1/tags/{TID}")
    assert len(own.json["items"]) == 1  # type: ignore[index]
    foreign = client_as("receiver", (tagging.foreign.project_id,)).get(f"/api/v1/tags/{TID}")
    assert foreign.json == {"items": []}


def test_the_command_line_adds_lists_and_tests_readers(tagging: Tagging, tmp_path: Path) -> None:
    def run(*words: str) -> str:
        environment = {"MES_DATABASE_URL": tagging.database.url, "MES_DATA": str(tmp_path / "data")}
        done = CliRunner().invoke(mes, ["readers", *words], env=environment, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    with ReaderEmulator([EmulatedTag(TID, tagging.elements[0].epc_hex)]).serve() as port:
        assert "BENCH-1 is added" in run("add", "bench-1", "--use", "bench", "--host", "127.0.0.1", "--port", str(port))
        told = run("test", "BENCH-1")
    assert "1 tags lie before it" in told
    assert TID in told
    assert f"BENCH-1  bench  127.0.0.1:{port}" in run("list")
