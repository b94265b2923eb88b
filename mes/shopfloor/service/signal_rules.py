"""The rules that turn signals into work, as this plant wants them."""

from __future__ import annotations

from functools import lru_cache

from pydantic import Field
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lines.signals import RulesError, RuleSet, parse_rules, standard_rules
from mes.core.commands import Answer, Command, Work, use_case
from mes.core.errors import Fault, InvalidInput
from mes.core.text import N_, Text
from mes.shopfloor.models import SignalRules

RULES = "signal rules"
"""Under this name a session keeps the rules in force."""


class SetSignalRules(Command):
    """Rules as YAML, in the form of the contract."""

    text: str = Field(min_length=1, max_length=200_000)


class SignalRulesSet(Answer):
    """The version that holds from now on."""

    version: int


@use_case("line:write")
def set_signal_rules(work: Work, command: SetSignalRules) -> SignalRulesSet:
    """Let new rules hold from the next signal on; earlier versions are kept.

    Raises:
        InvalidInput: the rules cannot be used; every fault with its line.
    """
    try:
        parse_rules(command.text, "rules")
    except RulesError as error:
        faults = [Fault(*_place_and_reason(fault)) for fault in error.faults]
        raise InvalidInput(Text(N_("These rules cannot be used")), faults) from error
    version = (work.session.scalar(select(func.max(SignalRules.version))) or 0) + 1
    work.session.add(SignalRules(version=version, text=command.text, set_at=work.now(), set_by=work.actor.name))
    work.session.flush()
    work.session.info.pop(RULES, None)
    return SignalRulesSet(version=version)


def rules_in_force(session: Session) -> RuleSet:
    """What signals mean at present: the newest version, else the standard rules. Asked once in a transaction."""
    known: RuleSet | None = session.info.get(RULES)
    if known is None:
        text = text_in_force(session)
        known = session.info[RULES] = standard_rules() if text is None else _parsed(text)
    return known


def text_in_force(session: Session) -> str | None:
    """The newest version as it was written; None where the standard rules hold."""
    return session.scalar(select(SignalRules.text).order_by(SignalRules.version.desc()).limit(1))


@lru_cache(maxsize=8)
def _parsed(text: str) -> RuleSet:
    return parse_rules(text, "rules")


def _place_and_reason(fault: str) -> tuple[str, Text]:
    """``rules:12: what is wrong`` as the place and the reason."""
    _, line, reason = fault.split(":", 2)
    return f"line {line}", Text("%(reason)s", {"reason": reason.strip()})
