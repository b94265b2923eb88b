"""Papers are printed between two transactions: others write meanwhile, no number is lost, no paper is out of date."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from mes.accounts.models import SerialCounter
from mes.core.clock import SetClock
from mes.core.database import Database
from mes.inspection.documents.ahead import MOST_PRINTINGS, issue_ahead
from mes.inspection.documents.press import CertificatePress
from mes.inspection.documents.service import IssueHiddenWorks, PaperIssued, hidden_works, issue_hidden_works
from mes.inspection.models import Inspection, QualityDocument
from mes.ledger.models import LedgerEvent
from tests.conftest import actor, create_plant
from tests.mes.inspection.papers import document, hidden_works_record, pages_of, pdf_of
from tests.mes.inspection.stage import Stage, needs_fonts, set_stage

pytestmark = needs_fonts
FIRST, SECOND = "YBJL-P1-2026-000001", "YBJL-P1-2026-000002"


@dataclass(frozen=True)
class BusyPress(CertificatePress):
    """A press beside which something else happens whenever it prints."""

    meanwhile: Callable[[], object] = print

    def render(self, kind: str, content: object) -> bytes:
        """Print, after what happens meanwhile."""
        self.meanwhile()
        return super().render(kind, content)  # type: ignore[arg-type]


@pytest.fixture
def any_stage(any_database: Database, clock: SetClock, tmp_path: Path) -> Stage:
    return inspected(any_database, clock, tmp_path)


@pytest.fixture
def stage(database: Database, clock: SetClock, tmp_path: Path) -> Stage:
    return inspected(database, clock, tmp_path)


def inspected(database: Database, clock: SetClock, folder: Path) -> Stage:
    """Two elements with accepted hidden works."""
    create_plant(database, clock)
    made = set_stage(database, clock, folder)
    made.to("in_setup")
    for index in range(2):
        made.record(made.hidden_works(index), "王质检")
    return made


def issued_while(stage: Stage, meanwhile: Callable[[], object]) -> PaperIssued:
    """The record of the first element's hidden works, with something else going on while it is printed."""
    press = BusyPress(stage.press.store, stage.press.font_dir, stage.press.public_url, meanwhile)
    command = IssueHiddenWorks(element_id=stage.element_ids[0], press=press)
    return issue_ahead(stage.database, actor("inspector"), stage.clock, issue_hidden_works, hidden_works, command)


def remark(stage: Stage, text: str) -> None:
    """Change what the record says."""
    with stage.database.writing() as session:
        of_first = select(Inspection).where(Inspection.element_id == stage.element_ids[0])
        session.scalars(of_first).one().remark = text


def test_what_changes_while_a_paper_is_printed_stands_on_it(stage: Stage) -> None:
    printings: list[int] = []

    def once() -> None:
        printings.append(1)
        if len(printings) == 1:
            remark(stage, "当场复核")

    paper = document(stage, issued_while(stage, once).document_id)
    assert (paper.number, len(printings)) == (FIRST, 2)
    assert "当场复核" in "\n".join(pages_of(pdf_of(stage, paper)))
    assert stage.press.render("hidden_works", paper.content) == pdf_of(stage, paper)


def test_a_number_that_somebody_else_takes_meanwhile_is_not_printed_twice(any_stage: Stage) -> None:
    stage = any_stage
    others: list[str] = []

    def once() -> None:
        if not others:
            others.append(hidden_works_record(stage, 1).number)

    paper = document(stage, issued_while(stage, once).document_id)
    assert (others, paper.number) == ([FIRST], SECOND)
    assert SECOND in pages_of(pdf_of(stage, paper))[0]


def test_what_never_comes_to_rest_is_issued_in_the_end(stage: Stage) -> None:
    printings: list[int] = []

    def restless() -> None:
        printings.append(1)
        if len(printings) <= MOST_PRINTINGS:
            remark(stage, f"第 {len(printings)} 次")

    paper = document(stage, issued_while(stage, restless).document_id)
    assert (paper.number, len(printings)) == (FIRST, MOST_PRINTINGS + 1)
    assert paper.content["inspection"]["remark"] == f"第 {MOST_PRINTINGS} 次"


def test_a_process_that_dies_at_the_press_leaves_neither_number_nor_paper(stage: Stage) -> None:
    def die() -> None:
        raise SystemExit

    with pytest.raises(SystemExit):
        issued_while(stage, die)
    with stage.database.reading() as session:
        told = session.scalar(select(func.count()).where(LedgerEvent.kind == "document.issued"))
        papers = session.scalar(select(func.count()).select_from(QualityDocument))
        numbers = session.scalars(select(SerialCounter).where(SerialCounter.name.like("document-%"))).all()
    assert (told, papers, numbers) == (0, 0, [])
    assert issued_while(stage, list).number == FIRST


def test_a_repeated_command_is_answered_without_printing_even_when_nothing_could_be_issued_now(stage: Stage) -> None:
    command = IssueHiddenWorks(element_id=stage.element_ids[0], press=stage.press)
    asked = (stage.database, actor("inspector"), stage.clock, issue_hidden_works, hidden_works)
    first = issue_ahead(*asked, command)
    with stage.database.writing() as session:
        for inspection in session.scalars(select(Inspection)):
            inspection.verdict = "refused"
    broken = replace(stage.press, font_dir=Path("nowhere"))
    assert issue_ahead(*asked, command.model_copy(update={"press": broken})) == first
