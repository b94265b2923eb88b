"""What pages and the API ask about policy and rule sets."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mes.inspection.models import QualityPolicy
from mes.inspection.policy.content import Policy
from mes.inspection.policy.rule_sets import KnownRuleSet, known_rule_sets, rule_set_of_address
from mes.inspection.policy.schemas import PolicyRow, RuleSetDocument, RuleSetRow
from mes.inspection.policy.tables import row_document, table_of
from quality import RuleSet


def latest_version(session: Session) -> int:
    """The number of the policy in force; 0 where none was set."""
    return session.scalar(select(func.max(QualityPolicy.version))) or 0


def policy_row(session: Session) -> PolicyRow:
    """The policy in force with its version."""
    row = session.get(QualityPolicy, latest_version(session))
    if row is None:
        return PolicyRow(version=0, content=Policy(), set_at=None, set_by="")
    return PolicyRow(
        version=row.version, content=Policy.model_validate(row.content), set_at=row.set_at, set_by=row.set_by
    )


def rule_set_row(known: KnownRuleSet) -> RuleSetRow:
    """A rule set as lists show it."""
    return RuleSetRow.model_validate(
        _head(known.rules) | {"own": known.own, "set_at": known.set_at, "set_by": known.set_by}
    )


def rule_set_document(session: Session, address: str) -> RuleSetDocument:
    """A rule set with its rows and its file."""
    found = rule_set_of_address(session, address)
    known = next((one for one in known_rule_sets(session) if one.rules.sha256 == found.sha256), None)
    return RuleSetDocument.model_validate(
        _head(found)
        | {
            "own": found.base is not None,
            "set_at": known.set_at if known else None,
            "set_by": known.set_by if known else "",
            "rows": [row_document(row) for row in table_of(found)],
            "text": found.text,
        }
    )


def _head(rules: RuleSet) -> dict[str, Any]:
    return {
        "id": rules.id,
        "sha256": rules.sha256,
        "subject": rules.subject.value,
        "standard": rules.source.standard,
        "edition": rules.source.edition,
        "verified": rules.source.verified,
        "sharpens": rules.base.id if rules.base else None,
    }
