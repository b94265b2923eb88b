"""Scheduling of precast pallet lines, and pallet formation: an engine that knows no database and no web.

    >>> from scheduling import Problem, check, generate, solve
    >>> problem = generate(jobs=6, lines=1, seed=1)
    >>> plan = solve(problem, seconds=1.0)
    >>> check(problem, plan).valid
    True

Make a `Problem` from dataclasses (it checks itself and raises `ProblemError`) or from a document with
`read_problem(bytes)`; `solve` returns a `Plan` that `check` accepts; `problem_json` and `plan_json` write documents.
`nest` forms pallet loads from elements, `check_nesting` checks them. `gantt_svg` and `pallet_svg` draw.
Times are whole minutes after the problem's epoch. The documents are described in docs/contracts.
"""

from typing import TYPE_CHECKING

from scheduling.documents.issues import DocumentError, Issue
from scheduling.documents.reading import read_plan, read_problem
from scheduling.documents.writing import plan_json, problem_json
from scheduling.explain import (
    Conflict,
    ConflictCode,
    Explanation,
    NotPlannedError,
    Reason,
    ReasonCode,
    UnsoundPlanError,
    explain,
    explain_chain,
    reason_text,
)
from scheduling.generator import generate
from scheduling.kpis import Kpis, kpis
from scheduling.lazily import lazily
from scheduling.nesting import (
    Item,
    NestingError,
    NestingObjective,
    NestingProblem,
    NestingResult,
    NestingStatus,
    PalletLoad,
    PalletType,
    Placement,
    UnplacedItem,
    check_nesting,
    nesting_problem_json,
    nesting_result_json,
    nesting_schema,
    pallet_svg,
    read_nesting_problem,
    read_nesting_result,
)
from scheduling.pictures import gantt_svg
from scheduling.plan import (
    Objective,
    Operation,
    Plan,
    PlanError,
    PlannedJob,
    Status,
    Unscheduled,
    Violation,
)
from scheduling.problem import (
    Calendar,
    Changeover,
    FixedJob,
    FixedOperation,
    Hold,
    Job,
    Line,
    MaxWait,
    Option,
    Order,
    Overtime,
    PastError,
    PreviousStart,
    Problem,
    ProblemError,
    Resource,
    Station,
    Weights,
    Window,
    Work,
)
from scheduling.validator import CheckResult, check, objective_of

if TYPE_CHECKING:
    from scheduling.explain.infeasible import why_infeasible
    from scheduling.nesting import NestingProgress, nest
    from scheduling.replanning import (
        Change,
        ChangeKind,
        Place,
        Replanning,
        Why,
        WhyCode,
        change_text,
        changes,
        replan,
        right_shift,
        why_text,
    )
    from scheduling.solver import Continuation, InvalidPlanError, Progress, continue_past, solve
    from scheduling.warming import warm

__getattr__ = lazily(
    __name__,
    {
        "scheduling.explain.infeasible": ("why_infeasible",),
        "scheduling.nesting.solver": ("NestingProgress", "nest"),
        "scheduling.replanning": (
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
        ),
        "scheduling.solver": ("Continuation", "InvalidPlanError", "Progress", "continue_past", "solve"),
        "scheduling.warming": ("warm",),
    },
)

__all__ = [
    "Calendar",
    "Change",
    "ChangeKind",
    "Changeover",
    "CheckResult",
    "Conflict",
    "ConflictCode",
    "Continuation",
    "DocumentError",
    "Explanation",
    "FixedJob",
    "FixedOperation",
    "Hold",
    "InvalidPlanError",
    "Issue",
    "Item",
    "Job",
    "Kpis",
    "Line",
    "MaxWait",
    "NestingError",
    "NestingObjective",
    "NestingProblem",
    "NestingProgress",
    "NestingResult",
    "NestingStatus",
    "NotPlannedError",
    "Objective",
    "Operation",
    "Option",
    "Order",
    "Overtime",
    "PalletLoad",
    "PalletType",
    "PastError",
    "Place",
    "Placement",
    "Plan",
    "PlanError",
    "PlannedJob",
    "PreviousStart",
    "Problem",
    "ProblemError",
    "Progress",
    "Reason",
    "ReasonCode",
    "Replanning",
    "Resource",
    "Station",
    "Status",
    "UnplacedItem",
    "Unscheduled",
    "UnsoundPlanError",
    "Violation",
    "Weights",
    "Why",
    "WhyCode",
    "Window",
    "Work",
    "change_text",
    "changes",
    "check",
    "check_nesting",
    "continue_past",
    "explain",
    "explain_chain",
    "gantt_svg",
    "generate",
    "kpis",
    "nest",
    "nesting_problem_json",
    "nesting_result_json",
    "nesting_schema",
    "objective_of",
    "pallet_svg",
    "plan_json",
    "problem_json",
    "read_nesting_problem",
    "read_nesting_result",
    "read_plan",
    "read_problem",
    "reason_text",
    "replan",
    "right_shift",
    "solve",
    "warm",
    "why_infeasible",
    "why_text",
]
