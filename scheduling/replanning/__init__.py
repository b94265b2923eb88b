"""Re-planning after something happened: the plan that is only pushed back, a better one, and what they change."""

from scheduling.replanning.change import Change, ChangeKind, Place, Why, WhyCode
from scheduling.replanning.changes import changes
from scheduling.replanning.replan import Replanning, replan
from scheduling.replanning.right_shift import right_shift
from scheduling.replanning.texts import change_text, why_text

__all__ = [
    "Change",
    "ChangeKind",
    "Place",
    "Replanning",
    "Why",
    "WhyCode",
    "change_text",
    "changes",
    "replan",
    "right_shift",
    "why_text",
]
