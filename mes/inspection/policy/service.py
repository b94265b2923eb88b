"""Use cases: a new version of the policy, and a rule set of the plant's own."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select

from mes.core.commands import Work, use_case
from mes.core.errors import Fault, InvalidInput, StaleVersion
from mes.core.text import N_, Text
from mes.inspection.models import QualityPolicy
from mes.inspection.policy.content import Policy
from mes.inspection.policy.rule_sets import keep_file_text, known_rule_sets, packaged_names
from mes.inspection.policy.schemas import PolicySet, RuleSetUploaded, SetPolicy, UploadRuleSet
from mes.inspection.releasing import release_all
from mes.ledger.service import record
from mes.orders.models import Project
from quality import LooserFigureError, RuleDataError, RuleSet, catalogue, parse_rules

SUBJECT = "quality-policy:plant"


@use_case("inspection:configure")
def set_policy(work: Work, command: SetPolicy) -> PolicySet:
    """Set how the plant inspects from now on: a new version; what was judged before stays as it was.

    Raises:
        StaleVersion: somebody else set it meanwhile.
        InvalidInput: a rule set, family or project that does not exist, each with its place.
    """
    version = work.session.scalar(select(func.max(QualityPolicy.version))) or 0
    if version != command.expected_version:
        raise StaleVersion(Text(N_("Somebody else has changed the policy meanwhile; load the page again")))
    faults = list(_faults(work, command.content))
    if faults:
        raise InvalidInput(Text(N_("Some fields are not right")), faults)
    at, content = work.event_time(command), command.content.model_dump(mode="json")
    work.session.add(QualityPolicy(version=version + 1, content=content, set_at=at, set_by=work.actor.name))
    work.session.flush()
    record(
        work,
        "quality.policy_set",
        [SUBJECT],
        event_time=at,
        data={"version": version + 1, "policy": content},
    )
    release_all(work, at)
    return PolicySet(version=version + 1)


def _faults(work: Work, policy: Policy) -> Iterator[Fault]:
    """What a policy names that is not there."""
    known = {one.rules.id: one.rules.subject.value for one in known_rule_sets(work.session)}
    rules = policy.rules
    named = [("default", rules.default, "element"), ("mould", rules.mould, "mould"), ("rebar", rules.rebar, "rebar")]
    named += [(f"families.{family}", one, "element") for family, one in rules.families.items()]
    named += [(f"projects.{project}", one, "element") for project, one in rules.projects.items()]
    for place, name, subject in named:
        if name not in known:
            yield Fault(f"rules.{place}", Text(N_("There is no rule set called %(name)s"), {"name": name}))
        elif known[name] != subject:
            yield Fault(f"rules.{place}", Text(N_("%(name)s is a rule set about something else"), {"name": name}))
    for family in rules.families:
        if family not in catalogue().families:
            yield Fault(f"rules.families.{family}", Text(N_("There is no family %(name)s"), {"name": family}))
    codes = set(work.session.scalars(select(Project.code).where(Project.code.in_(rules.projects))))
    for project in rules.projects:
        if project not in codes:
            yield Fault(f"rules.projects.{project}", Text(N_("There is no project %(name)s"), {"name": project}))


@use_case("inspection:configure")
def upload_rule_set(work: Work, command: UploadRuleSet) -> RuleSetUploaded:
    """Keep a rule set of the plant's own, with the set that it sharpens, under the digest of both.

    A later file of the same name takes its place for what is judged from now on.

    Raises:
        InvalidInput: the file cannot be used, sharpens no set, is looser than it, or has a packaged set's name;
            the fault's place is the place in the file.
    """
    rules = read_own_rules(command.text, command.file)
    at = work.event_time(command)
    row = keep_file_text(work, rules.id, rules.sha256, rules.text, own=True)
    row.set_at, row.set_by = at, work.actor.name
    assert rules.base is not None  # noqa: S101 - read_own_rules refuses sets that sharpen none
    record(
        work,
        "quality.rule_set_uploaded",
        [f"rule-set:{rules.id}"],
        event_time=at,
        data={"rule_set": rules.id, "sha256": rules.sha256, "sharpens": rules.base.id, "file": command.file},
    )
    return RuleSetUploaded(rule_set=rules.id, sha256=rules.sha256)


def read_own_rules(text: str, file: str) -> RuleSet:
    """A plant's own rule set from its file's text.

    Raises:
        InvalidInput: see `upload_rule_set`.
    """
    try:
        rules = parse_rules(text, file)
    except RuleDataError as error:
        raise refusal(error) from error
    if rules.base is None:
        place, words = "sharpens", Text(N_("Name the packaged rule set that this one sharpens"))
    elif rules.id in packaged_names():
        place, words = "id", Text(N_("%(name)s is the name of a packaged rule set"), {"name": rules.id})
    elif len(rules.id) > 39 or not rules.id.replace("-", "").isalnum() or not rules.id.isascii():
        place, words = "id", Text(N_("A name of at most 39 small letters, digits and hyphens is expected"))
    else:
        return rules
    raise InvalidInput(Text(N_("This rule file cannot be used; nothing was kept")), [Fault(place, words)])


def refusal(error: RuleDataError) -> InvalidInput:
    """A fault of a rule file in the words that people read, with file and place."""
    place = f"{error.file}:{error.place}" if error.place else error.file
    words = Text(N_("This cannot be used: %(reason)s"), {"reason": error.reason})
    if isinstance(error, LooserFigureError):
        words = Text(
            N_("%(own)s is looser than the %(allowed)s of %(clause)s at a length of %(length)s mm"),
            {
                "own": f"[{error.own[0]:g}, {error.own[1]:g}]",
                "allowed": f"[{error.allowed.lower:g}, {error.allowed.upper:g}]",
                "clause": error.allowed.clause,
                "length": f"{error.length_mm:g}",
            },
        )
    return InvalidInput(Text(N_("This rule file cannot be used; nothing was kept")), [Fault(place, words)])
