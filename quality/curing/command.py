"""The answer of `python -m quality curing`: a temperature curve judged by the rules of curing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from quality.curing.curves import CuringPoint
from quality.curing.judging import judge_curing
from quality.curing.rules import CURING_RULES, curing_rules
from quality.maturity import TemperatureReading
from quality.request import plain
from quality.verdict import Verdict


def curing_document(
    readings: Sequence[TemperatureReading],
    *,
    rule_set: str = CURING_RULES,
    entered_minutes: float | None = None,
    left_minutes: float | None = None,
    is_insulated: bool = False,
    ambient_c: float | None = None,
) -> dict[str, Any]:
    """The curve judged; raises RefusedInputError and UnknownRulesError as `judge_curing` and `curing_rules` do."""
    rules = curing_rules(rule_set)
    judged = judge_curing(
        [CuringPoint(one.minutes, one.temperature_c) for one in readings],
        rules,
        entered_minutes=entered_minutes,
        left_minutes=left_minutes,
        is_insulated=is_insulated,
        stripping_ambient_c=ambient_c,
    )
    return {
        "result": (Verdict.FAIL if judged.findings else Verdict.PASS).value,
        "rules": rules.id,
        "findings": [
            {
                "rule": one.rule,
                "actual": plain(one.actual),
                "allowed": [None if one.least is None else plain(one.least), plain(one.most)],
                "from_minutes": plain(one.from_minutes),
                "to_minutes": plain(one.to_minutes),
                "clause": one.clause,
            }
            for one in judged.findings
        ],
        "not_judged": [{"rule": one.rule, "missing": one.missing} for one in judged.not_judged],
    }
