"""Checks a plan against every rule of the contract, minute-exact, and shares no code with the solver."""

from __future__ import annotations

from dataclasses import dataclass

from scheduling.plan import Objective, Plan, Status, Violation
from scheduling.problem import Problem
from scheduling.validator.evidence import Evidence
from scheduling.validator.flow import flow_violations
from scheduling.validator.objective import objective_of
from scheduling.validator.resources import resource_violations
from scheduling.validator.structure import structure_violations
from scheduling.validator.work import work_violations

__all__ = ["CheckResult", "check", "objective_of"]


@dataclass(frozen=True)
class CheckResult:
    """What a check found: the violations, and the objective computed anew from the operations."""

    violations: tuple[Violation, ...]
    objective: Objective

    @property
    def valid(self) -> bool:
        """Whether no rule is broken."""
        return not self.violations

    @property
    def codes(self) -> frozenset[str]:
        """The codes of the rules that are broken."""
        return frozenset(violation.code for violation in self.violations)


def check(problem: Problem, plan: Plan) -> CheckResult:
    """Every violation of the contract's rules by this plan, and the true objective."""
    found: list[Violation] = []
    if plan.problem_sha256 != problem.sha256:
        found.append(Violation("R0-problem", "the plan names another problem's SHA-256"))
    structure, sound = structure_violations(problem, plan)
    found += structure
    evidence = Evidence(problem, plan, sound)
    found += work_violations(evidence)
    found += flow_violations(evidence)
    found += resource_violations(evidence)
    objective = objective_of(problem, [visit.planned for visit in evidence.jobs], plan.overtime)
    if len(sound) == len(plan.jobs):
        found += _claim_violations(plan, objective)
    return CheckResult(tuple(found), objective)


def _claim_violations(plan: Plan, objective: Objective) -> list[Violation]:
    """R9-objective: the stated terms, bound and status."""
    code = "R9-objective"
    found = [
        Violation(code, f"{name} is {getattr(objective, name)}, not {getattr(plan.objective, name)}")
        for name in ("tardiness", "earliness", "changeover", "makespan", "overtime", "stability")
        if getattr(plan.objective, name) != getattr(objective, name)
    ]
    total = objective.total
    stated = plan.objective.total if plan.stated_total is None else plan.stated_total
    if stated != total:
        found.append(Violation(code, f"total is {total}, not {stated}"))
    if plan.bound is not None and plan.bound > total:
        found.append(Violation(code, f"the bound {plan.bound} is above the total {total}"))
    if plan.status is Status.OPTIMAL and (plan.unscheduled or plan.bound != total):
        found.append(Violation(code, "optimal needs every job scheduled and a bound equal to the total"))
    if plan.status is Status.INFEASIBLE and not plan.unscheduled:
        found.append(Violation(code, "infeasible, but every job is scheduled"))
    return found
