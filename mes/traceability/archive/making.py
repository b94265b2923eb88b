"""Making a package: element after element into a folder, then all of it into the ZIP.

What is done of an element lies in the folder at once and whole: a worker that was killed goes on from there. What goes
in is what the ledger held at one checkpoint, so that the same package is made however often it is begun.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy.orm import Session

from mes.core.clock import Clock
from mes.core.database import Database
from mes.core.errors import Conflict
from mes.core.files import StoredFile
from mes.core.text import N_, Text
from mes.core.translations import translate
from mes.ledger import offline_verifier
from mes.ledger.checkpoints import MakeCheckpoint, make_all
from mes.ledger.jobs import HOUSE as LEDGER
from mes.ledger.models import Checkpoint
from mes.ledger.proofs import Prover
from mes.ledger.queries import events_of
from mes.ledger.statements import key_id_of
from mes.orders.lifecycle import STATE_NAMES
from mes.orders.models import Element, Project
from mes.traceability.archive.around import events_around
from mes.traceability.archive.bag import BagWriter, Digests, digests_of
from mes.traceability.archive.facts import Story, papers_of, register_row
from mes.traceability.archive.house import ArchiveHouse
from mes.traceability.archive.proofs import checkpoint_covering
from mes.traceability.archive.queries import SCOPES, elements_within
from mes.traceability.archive.register import plain, write_csv, write_xlsx
from mes.traceability.epcis import encode, epcis_document
from mes.traceability.export import export_events, export_settings
from mes.traceability.mapping import MappingSettings
from mes.traceability.models import ArchivePackage

SUFFIXES = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp"}
NONE = "无。"
Tell = Callable[[int, str], None]


class AlteredFile(Conflict):
    """A paper or photo in the store is no longer what its digest says."""


@dataclass(frozen=True)
class Made:
    """The package's file."""

    elements: int
    size_bytes: int
    sha256: str


@dataclass
class Maker:
    """One package in the making. `tell` hears percent and words, and may raise to stop."""

    database: Database
    clock: Clock
    house: ArchiveHouse
    package: ArchivePackage
    job_id: UUID
    tell: Tell

    def make(self) -> Made:
        """Make the package, or finish what was begun.

        Raises:
            LedgerAltered: the ledger does not fit its checkpoint.
            AlteredFile: a paper or photo is no longer what it was.
        """
        self.folder = self.house.making(self.package.number)
        (self.folder / "facts").mkdir(parents=True, exist_ok=True)
        self.checkpoint = self._checkpoint()
        with self.database.reading() as session:
            wanted = session.execute(elements_within(self.package.scope, self.package.scope_key)).all()
        self._elements([(row.id, row.serial) for row in wanted])
        return self._assemble([row.serial for row in wanted])

    def clear(self) -> None:
        """Take away what is no longer needed once the package is there."""
        shutil.rmtree(self.house.making(self.package.number), ignore_errors=True)

    def _checkpoint(self) -> Checkpoint:
        with self.database.reading() as session:
            found = checkpoint_covering(session, self.package.ledger_sequence)
        if found is None:
            command = MakeCheckpoint(command_id=uuid5(self.job_id, "checkpoint"))
            make_all(self.database, LEDGER, self.clock, self.house.keys, command)
            with self.database.reading() as session:
                found = checkpoint_covering(session, self.package.ledger_sequence)
        if found is None:
            raise Conflict(Text(N_("No checkpoint of the ledger could be made; check the whole ledger")))
        return found

    def _elements(self, wanted: list[tuple[UUID, int]]) -> None:
        left = [element_id for element_id, serial in wanted if not self._facts(serial).exists()]
        if not left:
            return
        self.tell(1, N_("Reading the ledger"))
        with self.database.reading() as session:
            prover, settings = Prover(session, self.checkpoint, self.house.keys), export_settings(session)
        for done, element_id in enumerate(left, start=len(wanted) - len(left) + 1):
            with self.database.reading() as session:
                self._element(session, prover, settings, session.get_one(Element, element_id))
            if done % 10 == 0 or done == len(wanted):
                self.tell(5 + 70 * done // len(wanted), N_("Gathering the elements"))

    def _element(self, session: Session, prover: Prover, settings: MappingSettings, element: Element) -> None:
        subject, until = f"element:{element.serial}", self.checkpoint.last_sequence
        own = [event for event in events_of(session, subject) if event.sequence <= until]
        around = events_around(session, own, until)
        story = Story(element.serial, [one.content for one in own], [one.content for one in around])
        papers = papers_of(session, element, self.checkpoint.made_at)
        state = translate(STATE_NAMES.get(str(story.facts().get("state")), ""), "zh_CN")
        told = sorted([*own, *around], key=lambda event: event.sequence)
        events = list(export_events(told, settings))
        folder = self.folder / "elements" / str(element.serial)
        folder.mkdir(parents=True, exist_ok=True)
        document = epcis_document(events, self.checkpoint.made_at)
        (folder / "epcis.json").write_bytes(encode(document) + b"\n")
        (folder / "ledger-proof.json").write_bytes(_json(prover.story(session, subject)))
        digests = [*(paper["sha256"] for paper in papers), *story.photos()]
        facts = {
            "row": register_row(story, papers, self.clock.zone, state),
            "papers": papers,
            "photos": {digest: _suffix(session, digest) for digest in story.photos()},
            "missing": sorted({digest for digest in digests if not self.house.store.path(digest).is_file()}),
        }
        _write_whole(self._facts(element.serial), _json(facts))

    def _assemble(self, serials: list[int]) -> Made:
        self.tell(76, N_("Putting the package together"))
        moment = self.package.asked_at.astimezone(self.clock.zone)
        papers, photos, missing = self._gathered(serials)
        write_csv(self.folder / "register.csv", self._rows(serials))
        write_xlsx(self.folder / "register.xlsx", self._rows(serials), moment)
        key = self.house.keys.signing()
        with self.database.reading() as session:
            words = self._words(session, len(serials), missing, key_id_of(key.public_key()))
        files: dict[str, Path | bytes] = {
            "说明.txt": words["readme"].encode(),
            "register.csv": self.folder / "register.csv",
            "register.xlsx": self.folder / "register.xlsx",
            "papers.csv": _paper_list(papers),
            "ledger/checkpoint.json": self._checkpoint_file(serials),
            "ledger/verify.py": Path(offline_verifier.__file__),
        }
        for number, name in paper_file_names(papers).items():
            files[f"papers/{name}"] = self.house.store.path(papers[number]["sha256"])
        for digest, suffix in photos.items():
            files[f"photos/{digest}{suffix}"] = self.house.store.path(digest)
        for serial in serials:
            for name in ("epcis.json", "ledger-proof.json"):
                files[f"elements/{serial}/{name}"] = self.folder / "elements" / str(serial) / name
        gone = {self.house.store.path(digest) for digest in missing}
        there = {path: files[path] for path in sorted(files) if files[path] not in gone}
        target = self.house.file(self.package.number)
        fresh = target.with_name(f"{target.name}.part")
        with fresh.open("wb") as stream, BagWriter(stream, self.package.number, moment) as writer:
            self._put(writer, there)
            writer.finish(words["info"], key)
        with fresh.open("r+b") as written:
            os.fsync(written.fileno())
            whole = digests_of(written)
        fresh.replace(target)
        return Made(len(serials), whole.size, whole.by_algorithm["sha256"])

    def _put(self, writer: BagWriter, files: Mapping[str, Path | bytes]) -> None:
        for place, (path, source) in enumerate(files.items()):
            self._checked(path, source, writer.add(path, source))
            if place % 50 == 0:
                self.tell(78 + 20 * place // len(files), N_("Putting the package together"))

    def _checked(self, path: str, source: Path | bytes, digests: Digests) -> None:
        """A kept paper or photo is named by its digest: it must still be what it was."""
        is_kept = isinstance(source, Path) and self.house.store.folder in source.parents
        if is_kept and digests.by_algorithm["sha256"] != source.name:  # type: ignore[union-attr]
            words = N_("%(path)s is no longer what it was when it was kept; bring it back from the backup")
            raise AlteredFile(Text(words, {"path": path}))

    def _gathered(self, serials: list[int]) -> tuple[dict[str, Any], dict[str, str], list[str]]:
        papers: dict[str, Any] = {}
        photos: dict[str, str] = {}
        missing: set[str] = set()
        for serial in serials:
            facts = self._read(serial)
            papers |= {paper["number"]: paper for paper in facts["papers"]}
            photos |= facts["photos"]
            missing |= set(facts["missing"])
        return papers, photos, sorted(missing)

    def _rows(self, serials: list[int]) -> Iterator[Any]:
        for serial in serials:
            yield self._read(serial)["row"]

    def _checkpoint_file(self, serials: list[int]) -> bytes:
        proof = self.folder / "elements" / str(serials[0]) / "ledger-proof.json"
        return _json(json.loads(proof.read_text(encoding="utf-8"))["checkpoint"])

    def _words(self, session: Session, elements: int, missing: list[str], key_id: str) -> dict[str, Any]:
        """The Chinese readme and what stands in bag-info.txt."""
        project, package = session.get_one(Project, self.package.project_id), self.package
        plant, scope = project.plant, translate(SCOPES[package.scope], "zh_CN")
        time = self.checkpoint.made_at.strftime("%Y-%m-%d %H:%M:%S")
        template = Path(__file__).with_name("readme.txt").read_text(encoding="utf-8")
        readme = template.format(
            number=package.number,
            line="=" * 40,
            scope=scope,
            key=package.scope_key,
            project=f"{project.name}（{project.code}）",
            producer=f"{plant.organisation_name}（{plant.credit_code}）",
            elements=elements,
            events=self.checkpoint.events,
            checkpoint_time=time,
            key_id=key_id,
            missing="\n".join(f"SHA-256 {digest}" for digest in missing) or NONE,
        )
        info = [
            ("Source-Organization", plant.organisation_name),
            ("Organization-Address", plant.address),
            ("External-Description", f"预制构件质量归档包：{scope} {package.scope_key}，{elements} 件"),
            ("External-Identifier", package.number),
            ("Bagging-Date", package.asked_at.astimezone(self.clock.zone).date().isoformat()),
            ("Internal-Sender-Identifier", plant.credit_code),
            ("Project-Code", project.code),
            ("Project-Name", project.name),
            ("Project-Permit", project.permit_number),
            *((f"Party-{party.role.title()}", party.name) for party in project.parties),
            ("Ledger-Checkpoint", f"{self.checkpoint.events} events, {time}Z"),
            ("Signature-Key-SHA256", key_id),
        ]
        return {"readme": readme, "info": [(label, value) for label, value in info if value]}

    def _facts(self, serial: int) -> Path:
        return self.folder / "facts" / f"{serial}.json"

    def _read(self, serial: int) -> dict[str, Any]:
        facts: dict[str, Any] = json.loads(self._facts(serial).read_text(encoding="utf-8"))
        return facts


def _suffix(session: Session, digest: str) -> str:
    kept = session.get(StoredFile, digest)
    return SUFFIXES.get(kept.media_type, "") if kept is not None else ""


def _paper_list(papers: dict[str, Any]) -> bytes:
    target = io.StringIO()
    writer = csv.writer(target)
    names = ("kind", "number", "about", "issued_at", "valid", "sha256")
    writer.writerow(names)
    for number in sorted(papers):
        writer.writerow([plain(str(papers[number][name])) for name in names])
    return b"\xef\xbb\xbf" + target.getvalue().encode()


def paper_file_names(numbers: Iterable[str]) -> dict[str, str]:
    """A file's name for each paper: its number, as far as a name takes it; where two would be one, on a disk that does
    not tell capitals from small letters either, each has the beginning of its number's SHA-256 as well."""
    names = {number: "".join(sign if sign.isalnum() or sign in "-_." else "_" for sign in number) for number in numbers}
    often = Counter(name.casefold() for name in names.values())
    digests = {number: hashlib.sha256(number.encode()).hexdigest()[:8] for number in names}
    return {
        number: f"{name}.pdf" if often[name.casefold()] == 1 else f"{name}-{digests[number]}.pdf"
        for number, name in names.items()
    }


def _json(content: Any) -> bytes:
    return (json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


def _write_whole(file: Path, content: bytes) -> None:
    fresh = file.with_name(f"{file.name}.part")
    with fresh.open("wb") as target:
        target.write(content)
        target.flush()
        os.fsync(target.fileno())
    fresh.replace(file)
