"""The list of a recall on paper: its whole answer, numbered, verified, not for those who see some projects only."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from mes.core.clock import SetClock
from mes.core.commands import perform
from mes.core.database import Database
from mes.core.errors import Forbidden
from mes.core.files import FileStore
from mes.core.ids import new_id
from mes.inspection.documents.ahead import issue_ahead
from mes.inspection.documents.press import CertificatePress
from mes.inspection.documents.queries import verification_of
from mes.inspection.models import QualityDocument
from mes.recall.criteria import Criteria
from mes.recall.paper import content
from mes.recall.paper.service import IssueRecallList, issue_recall_list, recall_list
from mes.recall.service import MakeRecall, make_recall
from tests.conftest import actor
from tests.mes.inspection.papers import codes_of, pages_of
from tests.mes.inspection.stage import FONTS, needs_fonts
from tests.mes.recall.stage import Stage, add_slot, build_stage

pytestmark = needs_fonts
ASKED = Criteria(lot=("cement/SN-1",), mould=("M-1",))


def recorded(stage: Stage, criteria: Criteria = ASKED) -> str:
    command = MakeRecall(criteria=criteria, reason="水泥安定性不合格")
    return perform(stage.database, actor("planner"), stage.clock, make_recall, command).number


def issued(stage: Stage, folder: Path, number: str, **by: object) -> tuple[QualityDocument, bytes]:
    """The list as it is issued, and its PDF."""
    press = CertificatePress(FileStore(folder / "files"), FONTS, "http://mes.example")
    command = IssueRecallList(number=number, press=press)
    who = actor("quality_manager", **by)
    answer = issue_ahead(stage.database, who, stage.clock, issue_recall_list, recall_list, command)
    with stage.database.reading() as session:
        paper = session.get_one(QualityDocument, answer.document_id)
    pdf = press.store.read(paper.pdf_sha256)
    assert press.render("recall", paper.content) == pdf
    return paper, pdf


def test_the_list_tells_question_places_elements_and_gaps(database: Database, clock: SetClock, tmp_path: Path) -> None:
    stage = build_stage(database, clock)
    stage.to("stored", 1)
    add_slot(database, stage.floor.element_ids[0])
    number = recorded(stage)
    paper, pdf = issued(stage, tmp_path, number)
    pages = pages_of(pdf)
    answer = paper.content["recall"]
    assert (answer["elements"], answer["loads"], answer["elements_in_house"]) == (4, 2, 8)
    assert {one["name"]: one["count"] for one in answer["places"] if one["count"]} == {"已入库": 2, "在线或修整中": 2}
    expected = [number, "水泥安定性不合格", "水泥 SN-1", "M-1", "堆场货位", "查不到的部分", answer["serials_sha256"]]
    expected += ["该时段有 1 个模台批所用混凝土未登记水泥批号", "构件相同"]
    assert [words for words in expected if words not in pages[0]] == []
    listed = [int(found) for found in re.findall(r"^(\d+)\nDBS", "\n".join(pages[1:]), re.MULTILINE)]
    assert listed == stage.serials(1, 2)
    assert all(f"第 {n} 页 共 {len(pages)} 页" in page for n, page in enumerate(pages, start=1))
    assert codes_of(pdf, tmp_path) == ["http://mes.example/verify/ZHQD-P1-2026-000001"]


def test_a_later_list_tells_what_moved_and_replaces_the_one_before(
    database: Database, clock: SetClock, tmp_path: Path
) -> None:
    stage = build_stage(database, clock)
    number = recorded(stage)
    first, _ = issued(stage, tmp_path, number)
    stage.to("stored", 1)
    clock.advance(minutes=5)
    second, pdf = issued(stage, tmp_path, number)
    with database.reading() as session:
        before, after = (verification_of(session, one.number) for one in (first, second))
    assert before is not None
    assert after is not None
    assert (before.is_valid, before.replaced_by, after.subject) == (False, "ZHQD-P1-2026-000002", number)
    assert "已入库" in pages_of(pdf)[1]


def test_elements_beyond_what_paper_holds_are_counted_and_said_to_be_missing(
    database: Database, clock: SetClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(content, "MOST_LISTED", 3)
    stage = build_stage(database, clock)
    paper, pdf = issued(stage, tmp_path, recorded(stage))
    assert len(paper.content["recall"]["rows"]) == 3
    assert "本清单列出前 3 件，共 4 件" in pages_of(pdf)[-1]


def test_who_sees_some_projects_only_issues_none(database: Database, clock: SetClock, tmp_path: Path) -> None:
    stage = build_stage(database, clock)
    number = recorded(stage)
    with pytest.raises(Forbidden):
        issued(stage, tmp_path, number, project_ids=frozenset({new_id()}))


def test_the_page_and_the_api_issue_it_and_only_the_whole_houses_people_open_it(
    app: Flask, database: Database, clock: SetClock, client_as: Callable[..., FlaskClient]
) -> None:
    stage = build_stage(database, clock, with_plant=False)
    number, client = recorded(stage), client_as("planner")
    page = f"/recalls/{number}"
    assert client.get(f"{page}/list.pdf").status_code == 404
    assert client.post(f"{page}/list", data={"command_id": str(new_id())}).status_code == 303
    assert "ZHQD-P1-2026-000001" in client.get(page).text
    assert client.get(f"{page}/list.pdf").data[:5] == b"%PDF-"
    clock.advance(minutes=1)
    answer = client.post(f"/api/v1{page}/list", json={"command_id": str(new_id())})
    assert (answer.status_code, answer.json["number"]) == (201, "ZHQD-P1-2026-000002")  # type: ignore[index]
    paper = "/api/v1/papers/ZHQD-P1-2026-000002/pdf"
    limited = client_as("inspector", (new_id(),))
    tried = [client_as("supervisor"), client_as("receiver", (new_id(),)), limited]
    assert [one.get(paper).status_code for one in tried] == [200, 404, 404]
    wish = {"command_id": str(new_id())}
    assert limited.get(f"{page}/list.pdf").status_code == 404
    assert limited.post(f"{page}/list", data=wish).status_code == 403
