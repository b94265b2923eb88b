"""How good it is: verdict, certificate, what was wrong, hidden works, measurements, strength, the witness."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mes.core.text import N_
from mes.traceability.mapping.content import numbered
from mes.traceability.story.records import Event, Records
from mes.traceability.story.telling import tells

DISPOSITIONS = {
    "element.rework_ordered": N_("rework ordered"),
    "element.repair_ordered": N_("repair ordered"),
    "element.concession_granted": N_("accepted by concession"),
    "element.scrapped": N_("scrapped"),
}
"""What was decided about a nonconformity, by the event that says so."""


SUSPENDING = ("element.certificate_suspended", "element.rejected_at_site")
REINSTATING = ("element.certificate_reinstated", "element.rejection_taken_back")
"""By which events a site suspends a certificate and makes it valid again; the oldest rejections have no others."""


@dataclass(frozen=True)
class CertificateFacts:
    """The last certificate: its number, and since when it is withdrawn, or suspended by a rejection on site."""

    number: str
    issued_at: datetime
    withdrawn_at: datetime | None
    suspended_at: datetime | None = None

    @property
    def is_valid(self) -> bool:
        """Whether it is neither withdrawn nor suspended."""
        return self.withdrawn_at is None and self.suspended_at is None


@dataclass(frozen=True)
class Wrong:
    """A nonconformity: of which kind, and what was decided; `decision` is a message id, empty while it is open."""

    number: str
    kind: str
    severity: str
    reported_at: datetime
    decision: str
    decided_at: datetime | None


@dataclass(frozen=True)
class WrongDetails:
    """What exactly was wrong, why it was decided so, and who consented."""

    number: str
    description: str
    reason: str
    consent: str


@dataclass(frozen=True)
class HiddenWorks:
    """An acceptance of hidden works: each item's answer and the digests of the photos."""

    at: datetime
    accepted: bool
    answers: Mapping[str, str]
    refused: Sequence[str]
    remark: str
    photos: tuple[str, ...]


@dataclass(frozen=True)
class Measured:
    """A measured item in millimetres: how far it is off, and what is allowed."""

    item: str
    deviation: float
    allowed: tuple[float | None, float | None]
    passed: bool
    clause: str


@dataclass(frozen=True)
class StrengthFacts:
    """A test of cubes in megapascals."""

    at: datetime
    batch: str
    condition: str
    strengths_mpa: tuple[float, ...]
    value_mpa: float


@dataclass(frozen=True)
class WitnessFacts:
    """What the supervisor said of an inspection."""

    at: datetime
    inspection: str
    accepted: bool
    organisation: str
    remark: str


@tells("verdict")
def _verdict(records: Records) -> tuple[str, str]:
    """The verdict as a message id, and its tone."""
    state, certificate = records.element.state, certificate_of(records)
    if state == "scrapped":
        return N_("Not qualified: scrapped"), "bad"
    if state in ("nonconforming", "rejected_at_site"):
        return N_("Not qualified: something is wrong, not decided yet"), "bad"
    if certificate is not None and certificate.is_valid:
        if records.of_kind("element.concession_granted"):
            return N_("Qualified, with a concession"), "warn"
        return N_("Qualified"), "good"
    inspected = records.of_kind("element.final_accepted", "element.final_refused")
    if inspected and inspected[-1].kind == "element.final_accepted":
        return N_("Final inspection passed; no valid certificate"), "warn"
    if inspected:
        return N_("Final inspection not passed"), "bad"
    return N_("Not inspected yet"), "neutral"


@tells("certificate")
def certificate_of(records: Records) -> CertificateFacts | None:
    """The last certificate; None where none was issued."""
    issued = records.of_kind("element.certified")
    if not issued:
        return None
    number = str(numbered(issued[-1].data.get("certificate")).get("number") or "?")
    withdrawn = _since(records, issued[-1], "element.certificate_withdrawn")
    site = _since(records, issued[-1], *SUSPENDING, *REINSTATING)
    is_suspended = not withdrawn and site and site[-1].kind in SUSPENDING
    return CertificateFacts(
        number,
        issued[-1].time,
        withdrawn_at=withdrawn[-1].time if withdrawn else None,
        suspended_at=site[-1].time if is_suspended else None,
    )


def _since(records: Records, event: Event, *kinds: str) -> list[Event]:
    return [one for one in records.of_kind(*kinds) if one.sequence > event.sequence]


@tells("certificate.file")
def certificate_file(records: Records) -> str | None:
    """The digest of the last certificate's PDF."""
    issued = records.of_kind("element.certified")
    return str(numbered(issued[-1].data.get("certificate")).get("pdf_sha256") or "") or None if issued else None


@tells("wrong")
def _wrong(records: Records) -> list[Wrong] | None:
    found = []
    for number, events in _cases(records).items():
        facts, end = _merged(events), _decision(events)
        found.append(
            Wrong(
                number=number,
                kind=str(facts.get("kind") or "other"),
                severity=str(facts.get("severity") or "general"),
                reported_at=events[0].time,
                decision=DISPOSITIONS[end.kind] if end else "",
                decided_at=end.time if end else None,
            )
        )
    return found or None


@tells("wrong.details")
def _wrong_details(records: Records) -> dict[str, WrongDetails] | None:
    return {number: _details(records, number, events) for number, events in _cases(records).items()} or None


def _details(records: Records, number: str, events: Sequence[Event]) -> WrongDetails:
    end, first = _decision(events), events[0]
    refused = [one for one in records.of_kind("element.rejected_at_site") if one.sequence < first.sequence]
    from_site = refused[-1].data.get("reject_reason") if refused and first.kind == "element.returned" else ""
    remark = numbered(first.data.get("inspection")).get("remark") or first.data.get("remark") or from_site
    return WrongDetails(
        number=number,
        description=str(_merged(events).get("description") or remark or ""),
        reason=str(end.data.get("disposition_reason") or "") if end else "",
        consent=str(end.data.get("designer_consent") or "") if end else "",
    )


def _cases(records: Records) -> dict[str, list[Event]]:
    """The events of each nonconformity by its number: an inspection, a report or the site found it, another decides."""
    cases: dict[str, list[Event]] = {}
    for event in records.valid:
        number = numbered(event.data.get("nonconformity")).get("number")
        if number:
            cases.setdefault(str(number), []).append(event)
    return cases


def _merged(events: Sequence[Event]) -> dict[str, Any]:
    """What any of the events says of the nonconformity."""
    given = (numbered(event.data.get("nonconformity")) for event in events)
    return {key: value for facts in given for key, value in facts.items() if value is not None}


def _decision(events: Sequence[Event]) -> Event | None:
    return next((event for event in reversed(events) if event.kind in DISPOSITIONS), None)


@tells("hidden_works")
def hidden_works(records: Records) -> list[HiddenWorks] | None:
    """Every acceptance of hidden works, refused ones too."""
    found = []
    for event in records.of_kind("element.hidden_works_accepted", "element.hidden_works_refused"):
        inspection = numbered(event.data.get("inspection"))
        found.append(
            HiddenWorks(
                at=event.time,
                accepted=event.kind.endswith("accepted"),
                answers=dict(inspection.get("answers") or {}),
                refused=tuple((inspection.get("evaluation") or {}).get("refused_items") or ()),
                remark=str(inspection.get("remark") or ""),
                photos=tuple(event.how.get("photos") or ()),
            )
        )
    return found or None


@tells("measurements")
def _measurements(records: Records) -> list[Measured] | None:
    """The items of the last final inspection."""
    inspected = records.of_kind("element.final_accepted", "element.final_refused", "element.measured_again")
    if not inspected:
        return None
    evaluation = numbered(inspected[-1].data.get("inspection")).get("evaluation") or {}
    return [_measured(item) for item in evaluation.get("items") or () if item.get("deviation") is not None] or None


def _measured(item: Mapping[str, Any]) -> Measured:
    lower, upper = (*(item.get("allowed") or ()), None, None)[:2]
    passed = item.get("result") == "pass"
    return Measured(str(item["item"]), float(item["deviation"]), (lower, upper), passed, str(item.get("clause") or ""))


@tells("strength")
def _strength(records: Records) -> list[StrengthFacts] | None:
    found = []
    for event in records.of_kind("element.strength_tested"):
        test = numbered(event.data.get("cube_test"))
        if test.get("set_value_mpa") is not None:
            batch = numbered(event.how.get("batch"))
            found.append(
                StrengthFacts(
                    at=event.time,
                    batch=str(batch.get("number") or batch.get("batch_number") or ""),
                    condition=str(test.get("condition") or ""),
                    strengths_mpa=tuple(float(one) for one in test.get("strengths_mpa") or ()),
                    value_mpa=float(test["set_value_mpa"]),
                )
            )
    return found or None


@tells("witness")
def _witness(records: Records) -> list[WitnessFacts] | None:
    found = []
    for event in records.of_kind("element.inspection_witnessed", "element.witness_refused"):
        inspection = numbered(event.data.get("inspection"))
        accepted = event.kind == "element.inspection_witnessed" and event.data.get("witness_verdict") != "refused"
        remark, organisation = str(event.data.get("remark") or ""), str(event.who.get("organisation") or "")
        found.append(WitnessFacts(event.time, str(inspection.get("kind") or ""), accepted, organisation, remark))
    return found or None
