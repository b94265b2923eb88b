"""The record of hidden works (隐蔽工程检查验收记录) of one element: what was looked at, by whom, with its photos."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mes.accounts.models import Plant
from mes.core.commands import Work
from mes.core.errors import Conflict
from mes.core.files import StoredFile
from mes.core.text import N_, Text
from mes.inspection.documents.certificates import element_content, project_content
from mes.inspection.documents.issuing import Draft, day, minute, signer
from mes.inspection.documents.photos import Print, print_of
from mes.inspection.documents.press import CertificatePress
from mes.inspection.judgement import plan_of
from mes.inspection.models import Inspection, Witnessing
from mes.inspection.queries import latest_inspection
from mes.orders.elements import element_facts, element_subject
from mes.orders.models import Element


class NothingToRecord(Conflict):
    """There is nothing yet that a paper could be made of."""


def hidden_works_draft(work: Work, press: CertificatePress, element: Element) -> Draft:
    """The record of an element's latest accepted inspection of hidden works, ready to be issued.

    Raises:
        NothingToRecord: its hidden works were not accepted yet.
    """
    inspection = _accepted(work.session, element)
    witnessing = latest_witnessing(work.session, inspection)
    plant = work.session.get_one(Plant, element.project.plant_id)
    prints = {sha256: print_of(press.store, sha256) for sha256, _ in _distinct(inspection)}
    inspected_on = day(work, inspection.inspected_at)
    signers: dict[str, dict[str, Any] | None] = {
        "inspector": signer(work.session, inspection.inspector_id, inspection.inspector_name, inspected_on),
        "witness": _witness_signer(work, inspection, witnessing),
    }
    return Draft(
        kind="hidden_works",
        subject_kind="element",
        subject_id=element.id,
        plant=plant,
        project_code=element.project.code,
        content={
            "element": element_content(element),
            "project": project_content(element),
            "inspection": _facts(work, inspection),
            "witness": _verdict(work, inspection, witnessing),
            "rows": _rows(inspection),
            "photos": _photos(work, inspection, prints),
        },
        ledger_subjects=[element_subject(element)],
        elements=[element_facts(element)],
        signers=signers,
        prints=[one for one in prints.values() if one is not None],
    )


def _accepted(session: Session, element: Element) -> Inspection:
    latest = latest_inspection(session, element.id, "hidden_works")
    if latest is None or latest.verdict != "accepted":
        raise NothingToRecord(
            Text(N_("The hidden works of element %(serial)s are not accepted yet"), {"serial": element.serial})
        )
    return latest


def latest_witnessing(session: Session, inspection: Inspection) -> Witnessing | None:
    """The supervisor's latest verdict about an inspection."""
    query = select(Witnessing).where(Witnessing.inspection_id == inspection.id)
    return session.scalars(query.order_by(Witnessing.at.desc(), Witnessing.id.desc()).limit(1)).first()


def _witness_signer(work: Work, inspection: Inspection, witnessing: Witnessing | None) -> dict[str, Any] | None:
    if witnessing is not None:
        if witnessing.verdict != "accepted":
            return None
        on = day(work, witnessing.at)
        return signer(work.session, witnessing.person_id, witnessing.name, on, witnessing.organisation)
    if inspection.witnessed_by is None or inspection.witnessed_at is None:
        return None
    return {"name": inspection.witnessed_by, "on": day(work, inspection.witnessed_at), "organisation": ""}


def _facts(work: Work, inspection: Inspection) -> dict[str, Any]:
    return {
        "id": str(inspection.id),
        "verdict": inspection.verdict,
        "inspected_at": minute(work, inspection.inspected_at),
        "inspector": inspection.inspector_name,
        "organisation": inspection.organisation,
        "device": inspection.device,
        "place": inspection.place,
        "remark": inspection.remark,
    }


def _verdict(work: Work, inspection: Inspection, witnessing: Witnessing | None) -> dict[str, Any] | None:
    """What the supervisor said; verdicts of earlier times have a name only."""
    if witnessing is not None:
        return {
            "verdict": witnessing.verdict,
            "name": witnessing.name,
            "organisation": witnessing.organisation,
            "at": minute(work, witnessing.at),
            "remark": witnessing.remark,
        }
    if inspection.witnessed_by is None:
        return None
    at = minute(work, inspection.witnessed_at)
    return {"verdict": "accepted", "name": inspection.witnessed_by, "organisation": "", "at": at, "remark": ""}


def _rows(inspection: Inspection) -> list[dict[str, Any]]:
    """Each item of the plan with its answer, and the numbers of its photos."""
    answers, photos = inspection.answers["answers"], _distinct(inspection)
    rows = []
    for item in plan_of(inspection.element, "hidden_works").items:
        if item.id in answers:
            numbers = [number for number, (_, items) in enumerate(photos, start=1) if item.id in items]
            title = {"zh": item.title.zh, "en": item.title.en}
            rows.append({"item": item.id, "title": title, "answer": answers[item.id], "photos": numbers})
    return rows


def _photos(work: Work, inspection: Inspection, prints: Mapping[str, Print | None]) -> list[dict[str, Any]]:
    """Each photo once: its items, when it was taken in here, by whom, and the file that the paper shows."""
    titles = {item.id: item.title.zh for item in plan_of(inspection.element, "hidden_works").items}
    photos = []
    for number, (sha256, items) in enumerate(_distinct(inspection), start=1):
        stored, shown = work.session.get(StoredFile, sha256), prints[sha256]
        photos.append(
            {
                "number": number,
                "items": [titles.get(item, "") for item in items if item],
                "at": minute(work, stored.stored_at if stored else inspection.inspected_at),
                "by": inspection.inspector_name,
                "original_sha256": sha256,
                "shown_sha256": shown.sha256 if shown else None,
            }
        )
    return photos


def _distinct(inspection: Inspection) -> Sequence[tuple[str, list[str]]]:
    """The photos in the order of the plan's items, each with the items it serves."""
    order = {item.id: place for place, item in enumerate(plan_of(inspection.element, "hidden_works").items)}
    found: dict[str, list[str]] = {}
    for photo in sorted(inspection.photos, key=lambda one: (order.get(one.item, 999), one.sha256)):
        found.setdefault(photo.sha256, []).append(photo.item)
    return list(found.items())
