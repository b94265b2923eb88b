"""Findings of a cure wait for an inspector: accepted with a reason, or reported as nonconformities in one tap."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mes.core.commands import Work, use_case
from mes.core.errors import Conflict, Fault, InvalidInput, NotFound
from mes.core.text import N_, Text
from mes.inspection.clauses import clause_in_chinese
from mes.inspection.concrete.schemas import AnswerFinding, FindingAnswered
from mes.inspection.models import CuringRecord
from mes.inspection.nonconformities import report_nonconformity
from mes.inspection.nonconformities.schemas import NonconformityReport
from mes.orders.elements import note
from mes.orders.models import Element
from mes.planning.models import PalletLoad
from quality.curing import curing_rules

IN_PLANT = frozenset({"curing", "demoulded", "finished", "accepted", "stored"})
"""States in which an element can still be put aside in the plant."""


class FindingNotOpen(Conflict):
    """The finding cannot be answered (now); says why."""


@use_case("inspection:write")
def answer_finding(work: Work, command: AnswerFinding) -> FindingAnswered:
    """Answer a finding of a finished cure, once.

    Raises:
        NotFound: no such record or finding.
        FindingNotOpen: it is answered already, the load still cures, or none of its elements is in the plant any more.
        InvalidInput: accepted without a reason.
    """
    record = work.session.get(CuringRecord, command.record_id, with_for_update=True)
    if record is None or command.finding >= len(record.findings):
        raise NotFound(Text(N_("There is no such finding")))
    load = work.session.get_one(PalletLoad, record.load_id)
    elements = sorted((item.element for item in load.items if "curing" in item.element.facts), key=lambda e: e.serial)
    for element in elements:
        work.actor.require_project(element.project_id)
    finding: dict[str, Any] = record.findings[command.finding]
    _require_open(record, finding)
    numbers: list[str] = []
    if command.decision == "report":
        numbers = _report(work, command, load, elements, finding)
    elif len(command.reason.strip()) < 2:
        reason = Text(N_("Say why this can be accepted"))
        raise InvalidInput(reason, [Fault("reason", reason)])
    _keep(work, command, record, elements, numbers)
    return FindingAnswered(record_id=record.id, nonconformities=numbers)


def _require_open(record: CuringRecord, finding: dict[str, Any]) -> None:
    if finding.get("answer"):
        raise FindingNotOpen(Text(N_("This finding is answered already")))
    if not record.final:
        raise FindingNotOpen(Text(N_("The load still cures; its findings are answered once it is demoulded")))


def _report(
    work: Work, command: AnswerFinding, load: PalletLoad, elements: Sequence[Element], finding: dict[str, Any]
) -> list[str]:
    within = [element for element in elements if element.state in IN_PLANT]
    if not within:
        raise FindingNotOpen(Text(N_("None of the load's elements is in the plant any more")))
    numbers = []
    for element in within:
        report = NonconformityReport(
            command_id=command.child_id(str(element.serial)),
            element_id=element.id,
            kind="material",
            severity="general",
            description=_description(load, finding, command.reason),
        )
        numbers.append(report_nonconformity(work, report).number)
    return numbers


def _description(load: PalletLoad, finding: dict[str, Any], reason: str) -> str:
    rules = curing_rules()
    title = rules.limits[finding["rule"]].title.zh if finding["rule"] in rules.limits else finding["rule"]
    least = f"{finding['least']:g}–" if finding.get("least") is not None else "≤ "
    clause = clause_in_chinese(finding["clause"])
    text = f"养护 {load.number}：{title} {finding['actual']:g}（{least}{finding['most']:g}，{clause}）"
    return f"{text}；{reason.strip()}"[:400] if reason.strip() else text[:400]


def _keep(
    work: Work, command: AnswerFinding, record: CuringRecord, elements: Sequence[Element], numbers: list[str]
) -> None:
    at = work.event_time(command)
    answer = {
        "decision": command.decision,
        "reason": command.reason.strip(),
        "nonconformities": numbers,
        "by": work.actor.name,
        "at": at.isoformat(),
    }
    findings = [dict(one) for one in record.findings]
    findings[command.finding]["answer"] = answer
    record.findings = findings
    work.session.flush()
    note(
        work,
        "element.curing_answered",
        elements,
        event_time=at,
        data={"curing": str(record.id), "finding": findings[command.finding]},
    )
