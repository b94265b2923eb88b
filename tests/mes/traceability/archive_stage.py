"""Elements with their papers and photos, and a house that makes packages of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

from mes.core.actor import Actor
from mes.core.clock import SetClock
from mes.core.commands import perform
from mes.core.database import Database
from mes.core.files import FileStore, keep_file, keep_photo
from mes.core.ids import new_id
from mes.core.jobs import Job, run_job
from mes.inspection.models import Certificate
from mes.ledger.keys import LedgerKeys
from mes.orders.models import Element
from mes.traceability.archive.house import ArchiveHouse, use_house
from mes.traceability.archive.service import AskForPackage, PackageAsked, ask_for_package
from tests.conftest import NOW, actor
from tests.factories import SLAB, create_order, elements_of
from tests.mes.inspection.stage import picture
from tests.mes.traceability import plant_life

PDF = b"%PDF-1.7\n% a certificate\n%%EOF\n"


class ArchiveStage:
    """Two installed elements of one project, each with a certificate; a photo of their hidden works is kept."""

    def __init__(self, database: Database, clock: SetClock, data: Path, elements: int = 2) -> None:
        self.database, self.clock, self.data = database, clock, data
        self.house = ArchiveHouse(data / "archive", FileStore(data / "files"), LedgerKeys(data))
        use_house(self.house)
        self.by = actor("quality_manager", "陈质量")
        imported = create_order(database, clock, [(SLAB, elements)])
        self.elements: list[Element] = elements_of(database, imported)
        self.project_id = self.elements[0].project_id
        with database.writing() as session:
            self.photo = keep_photo(session, self.house.store, picture(), NOW)
            paper = keep_file(session, self.house.store, PDF, "application/pdf", NOW)
            for element in self.elements:
                session.add(_certificate(element, paper))
        before = plant_life.MADE
        try:
            plant_life.MADE = tuple((step, where, _shown(how, self.photo), data) for step, where, how, data in before)
            plant_life.live(database, clock, [element.id for element in self.elements])
        finally:
            plant_life.MADE = before

    def ask(self, scope: str = "project", key: str = "XM-01", by: Actor | None = None) -> PackageAsked:
        """Ask for a package."""
        command = AskForPackage.model_validate({"scope": scope, "key": key})
        return perform(self.database, by or self.by, self.clock, ask_for_package, command)

    def run(self, job_id: UUID) -> Job:
        """Do the job as the worker does."""
        run_job(self.database, self.clock, job_id)
        with self.database.reading() as session:
            return session.get_one(Job, job_id)

    def make(self, scope: str = "project", key: str = "XM-01") -> Path:
        """A package's file."""
        asked = self.ask(scope, key)
        job = self.run(asked.job_id)
        assert job.state == "done", job.message
        return self.house.file(asked.number)


def _shown(how: dict[str, Any], photo: str) -> dict[str, Any]:
    return {**how, "photos": [photo]} if "photos" in how else how


def _certificate(element: Element, paper: str) -> Certificate:
    return Certificate(
        id=new_id(),
        number=f"HGZ-P1-2026-{element.serial:06d}",
        element_id=element.id,
        issued_at=NOW,
        issued_by="inspector",
        content={},
        pdf_sha256=paper,
    )
