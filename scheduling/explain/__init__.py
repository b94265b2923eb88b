"""Why a plan looks as it does: what keeps a job from being earlier, and why a job fits into no plan.

`why_infeasible`, in `scheduling.explain.infeasible`, asks the solver whether a past can go on; the solver itself uses
this package, which therefore does not import it here.
"""

from scheduling.explain.chain import explain, explain_chain
from scheduling.explain.conflicts import Conflict, ConflictCode, why_unscheduled
from scheduling.explain.reasons import Explanation, NotPlannedError, Reason, ReasonCode, UnsoundPlanError
from scheduling.explain.texts import reason_text

__all__ = [
    "Conflict",
    "ConflictCode",
    "Explanation",
    "NotPlannedError",
    "Reason",
    "ReasonCode",
    "UnsoundPlanError",
    "explain",
    "explain_chain",
    "reason_text",
    "why_unscheduled",
]
