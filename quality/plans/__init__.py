"""Inspection plans: what an inspection of a family or a material asks for. Forms are made from them."""

from quality.plans.judgement import PlanJudgement, judge_plan
from quality.plans.model import (
    Answer,
    AnswerKind,
    Defect,
    InspectionKind,
    InspectionPlan,
    Limits,
    LotRule,
    PlanItem,
    PlanSubject,
    UnknownInspectionError,
    UnknownSubjectError,
)
from quality.plans.reading import DEFAULT_RULES, PLANS, inspection_plan, plan_subjects

__all__ = [
    "DEFAULT_RULES",
    "PLANS",
    "Answer",
    "AnswerKind",
    "Defect",
    "InspectionKind",
    "InspectionPlan",
    "Limits",
    "LotRule",
    "PlanItem",
    "PlanJudgement",
    "PlanSubject",
    "UnknownInspectionError",
    "UnknownSubjectError",
    "inspection_plan",
    "judge_plan",
    "plan_subjects",
]
