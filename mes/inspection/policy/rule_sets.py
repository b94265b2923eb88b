"""The rule sets of a plant: packaged ones, its own, and each as it was when something was judged by it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mes.core.commands import Work
from mes.core.errors import NotFound
from mes.core.text import N_, Text
from mes.inspection.models import Inspection, RuleSetFile
from mes.inspection.policy.reading import policy_in_force
from mes.orders.models import Element
from quality import InspectionPlan, RuleDataError, RuleSet, Subject, available_rules, load_rules, parse_rules

DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class KnownRuleSet:
    """A rule set that a policy may name; `own` ones were uploaded, by whom and when."""

    rules: RuleSet
    own: bool
    set_at: datetime | None = None
    set_by: str = ""


def known_rule_sets(session: Session) -> list[KnownRuleSet]:
    """The packaged rule sets, and the latest file of each of the plant's own."""
    packaged = [KnownRuleSet(load_rules(one), own=False) for subject in Subject for one in available_rules(subject)]
    latest = {row.rule_set: row for row in session.scalars(_own_files())}
    return packaged + [
        KnownRuleSet(parse_rules(row.text, f"{row.rule_set}.yaml"), True, row.set_at, row.set_by)
        for row in latest.values()
    ]


def rule_set_named(session: Session, rule_set: str) -> RuleSet:
    """The rule set in force under a name: the latest of the plant's own, else the packaged one.

    Raises:
        NotFound: neither the plant nor the package has a set of this name.
    """
    if rule_set in packaged_names():
        return load_rules(rule_set)
    rows = session.scalars(_own_files().where(RuleSetFile.rule_set == rule_set)).all()
    if not rows:
        raise NotFound(Text(N_("There is no rule set called %(name)s"), {"name": rule_set}))
    return parse_rules(rows[-1].text, f"{rule_set}.yaml")


def packaged_names() -> frozenset[str]:
    """Names of the rule sets that come with the program."""
    return frozenset(one for subject in Subject for one in available_rules(subject))


def rules_for(session: Session, element: Element) -> RuleSet:
    """The rules that judge an element today: by its project, else its family, else the plant's default."""
    in_force = policy_in_force(session).rules
    return rule_set_named(session, in_force.of(element.component_type.family, element.project.code))


def rules_of_things(session: Session, inspection_kind: str) -> RuleSet | None:
    """The rules in force that judge moulds or rebar; None for inspections that measure by their plan alone."""
    in_force = policy_in_force(session).rules
    named = {"mould": in_force.mould, "rebar": in_force.rebar}.get(inspection_kind)
    return None if named is None else rule_set_named(session, named)


def rule_set_by_digest(session: Session, sha256: str) -> RuleSet:
    """A rule set as it was kept under its digest.

    Raises:
        NotFound: no file is kept under it.
    """
    row = session.get(RuleSetFile, sha256)
    if row is None:
        found = next((one.rules for one in known_rule_sets(session) if one.rules.sha256 == sha256), None)
        if found is None:
            raise NotFound(Text(N_("No rule set is kept under this digest")))
        return found
    try:
        return parse_rules(row.text, f"{row.rule_set}.yaml")
    except RuleDataError as error:
        raise NotFound(Text(N_("What is kept under this digest is a plan and no rule set"))) from error


def kept_text(session: Session, address: str) -> tuple[str, str]:
    """Name and text of a kept file, a plan's too: by its digest, or a rule set's by its name.

    Raises:
        NotFound: nothing is kept under it.
    """
    row = session.get(RuleSetFile, address) if DIGEST.fullmatch(address) else None
    if row is not None:
        return row.rule_set, row.text
    found = rule_set_of_address(session, address)
    return found.id, found.text


def rule_set_of_address(session: Session, address: str) -> RuleSet:
    """The rule set with this name, or that kept under this digest.

    Raises:
        NotFound: there is none.
    """
    if DIGEST.fullmatch(address):
        return rule_set_by_digest(session, address)
    return rule_set_named(session, address)


def judged_by(session: Session, inspection: Inspection) -> RuleSet:
    """The rules that an inspection was judged by, from the file kept then; of old ones without a digest, by name."""
    if inspection.rule_set_sha256 is not None:
        return rule_set_by_digest(session, inspection.rule_set_sha256)
    return rule_set_named(session, inspection.rule_set)


def keep_rules(work: Work, judged: RuleSet | InspectionPlan) -> dict[str, Any]:
    """Keep the file that something is judged by; returns the columns `rule_set` and `rule_set_sha256` of its row."""
    keep_file_text(work, judged.id, judged.sha256, judged.text)
    return {"rule_set": judged.id, "rule_set_sha256": judged.sha256}


def keep_file_text(work: Work, name: str, sha256: str, text: str, *, own: bool = False) -> RuleSetFile:
    """A file under its digest, once."""
    row = work.session.get(RuleSetFile, sha256)
    if row is None:
        row = RuleSetFile(sha256=sha256, rule_set=name, text=text, own=own, set_at=work.now(), set_by=work.actor.name)
        work.session.add(row)
        work.session.flush()
    return row


def _own_files() -> Any:
    return select(RuleSetFile).where(RuleSetFile.own).order_by(RuleSetFile.set_at, RuleSetFile.sha256)
