"""How far from the best that is possible: proven optima of small problems, CP-SAT alone, and a proven gap."""

from __future__ import annotations

from bench.baselines import earliest_due_date, plan_of
from bench.figure import NO_SOLUTION, Figure, Judged, Quantity, Values
from bench.solving import assert_sound, solved
from scheduling import Plan, Problem, Status, generate
from scheduling.exact.hints import hint
from scheduling.exact.model import PlanModel
from scheduling.exact.solving import solve_model

SMALLEST, LARGEST = 3, 7
NOT_PROVEN = "not proven"


def small(case: int, seconds: float, proof_seconds: float, workers: int = 2) -> Values:
    """3 to 7 loads on 1 or 2 lines: what a second gives over the optimum, in percent; words if none was proven."""
    jobs = SMALLEST + (case - 1) % (LARGEST - SMALLEST + 1)
    problem = generate(jobs, 1 + case % 2, seed=case)
    ours = solved(problem, seconds, workers, seed=case).plan.objective.total
    proof = solved(problem, proof_seconds, workers, seed=case).plan
    bound = proof.bound or 0
    proven = proof.status is Status.OPTIMAL
    return {
        "gap": (ours / proof.objective.total - 1) * 100 if proven else NOT_PROVEN,
        "bound gap": (ours / bound - 1) * 100 if bound else None,
        "unproven": 0 if proven else 1,
    }


def middle(seed: int, jobs: int, lines: int, seconds: float, workers: int = 2) -> Values:
    """Our total over that of CP-SAT alone with EDD as its hint, in the same seconds; and the gap that we prove.

    Given the EDD plan it has that at least, even where it does not find its way back to it in time.
    """
    problem = generate(jobs, lines, seed)
    start = earliest_due_date(problem)
    ours = solved(problem, seconds, workers, seed).plan
    alone = cp_sat_alone(problem, start, seconds, workers, seed)
    total, bound = ours.objective.total, ours.bound or 0
    given = start.objective.total
    return {
        "ratio": total / (given if alone is None else min(given, alone.objective.total)),
        "gap": (1 - bound / total) * 100,
        "alone": NO_SOLUTION if alone is None else alone.objective.total / given,
    }


def cp_sat_alone(problem: Problem, start: Plan, seconds: float, workers: int, seed: int) -> Plan | None:
    """Our own constraint model without the local search, hinted with a whole plan; None: it found nothing."""
    model = PlanModel(problem, {job.id: job.options for job in problem.jobs})
    hint(model, start.jobs, frozenset(start.overtime))
    result = solve_model(model, seconds, workers, seed)
    if not result.found:
        return None
    plan = plan_of(problem, result.jobs)
    assert_sound(problem, plan)
    return plan


FIGURES = (
    Figure(
        "optimum",
        "30 instances of 3 to 7 loads, 1 s: above the proven optimum",
        small,
        (
            Quantity("gap", "mean over the proven optimum", 0.5, Judged.MEAN, "0.3–1.0 %", unit=" %"),
            Quantity("gap", "largest over the proven optimum", 2.0, Judged.WORST, unit=" %"),
            Quantity("bound gap", "over the proven bound, where nothing is proven too", unit=" %"),
            Quantity("unproven", "share without a proven optimum"),
        ),
        {"seconds": 1, "proof_seconds": 60},
        tuple(range(1, 31)),
    ),
    Figure(
        "proof-50",
        "50 loads, 2 lines, 60 s: against CP-SAT alone, and the gap that is proven",
        middle,
        (
            Quantity("ratio", "objective ÷ CP-SAT alone, hinted with EDD, 60 s", 1.0),
            Quantity("gap", "proven gap, (total − bound) ÷ total", 30, Judged.MEAN, "32 %", 1, " %"),
            Quantity("alone", "– CP-SAT alone ÷ the EDD that it was given"),
        ),
        {"jobs": 50, "lines": 2, "seconds": 60},
    ),
)
