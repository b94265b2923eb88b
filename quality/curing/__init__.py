"""Curing judged by rules: how long before heating, how fast, how hot, and how warm at stripping."""

from quality.curing.curves import CuringPoint, CurveFaultError, merged_points, temperature_at, thinned
from quality.curing.judging import CuringFinding, CuringJudgement, NotJudged, judge_curing
from quality.curing.rates import CuringPhase, Stretch, curing_phases, stretches_beyond
from quality.curing.rules import CURING_RULES, CuringLimit, CuringRules, curing_rules

__all__ = [
    "CURING_RULES",
    "CuringFinding",
    "CuringJudgement",
    "CuringLimit",
    "CuringPhase",
    "CuringPoint",
    "CuringRules",
    "CurveFaultError",
    "NotJudged",
    "Stretch",
    "curing_phases",
    "curing_rules",
    "judge_curing",
    "merged_points",
    "stretches_beyond",
    "temperature_at",
    "thinned",
]
