"""PyJobShop as a subprocess: our problem in, its plan out, checked and timed anew by our own rules."""

from __future__ import annotations

import json
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench.baselines import plan_of, timed_anew
from bench.figure import SkippedError
from scheduling import Operation, Plan, PlannedJob, Problem, check, plan_json, problem_json

PYTHON = Path(__file__).parents[1] / ".peers" / "bin" / "python"
SCRIPT = Path(__file__).parent / "pyjobshop_plan.py"
BUILD_SECONDS = 900
"""The building of its model comes on top of the search's seconds; a model that takes longer finds nothing."""


@dataclass(frozen=True)
class PeerResult:
    """What PyJobShop found.

    `claimed`: its own objective, of its own problem; None: no solution in time.
    `plan`: valid under our contract: its lines and order, nothing earlier than it said. None with no solution.
    `as_said`: codes of the rules that its plan breaks as it stands, where its problem is easier than ours.
    `start`: the objective, by its own reckoning, of the plan it was started from.
    """

    claimed: float | None
    plan: Plan | None
    as_said: tuple[str, ...]
    start: float | None
    build_seconds: float
    versions: str

    @property
    def best(self) -> float | None:
        """The lower, kinder to it, of what it claims and what its plan costs when it keeps every rule."""
        if self.claimed is None or self.plan is None:
            return self.claimed
        return self.claimed if self.plan.unscheduled else min(self.claimed, self.plan.objective.total)


def solve_by_pyjobshop(
    problem: Problem, seconds: float, workers: int = 2, seed: int = 1, start: Plan | None = None
) -> PeerResult:
    """Let PyJobShop search for so many seconds. Raises `SkippedError` without its environment."""
    if not PYTHON.exists():
        raise SkippedError("PyJobShop is not installed: make peers")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "problem.json").write_text(problem_json(problem), encoding="utf-8")
        command = [str(PYTHON), str(SCRIPT), str(folder / "problem.json"), "-o", str(folder / "plan.json")]
        command += ["--seconds", str(seconds), "--workers", str(workers), "--seed", str(seed)]
        if start is not None:
            (folder / "start.json").write_text(plan_json(start), encoding="utf-8")
            command += ["--start", str(folder / "start.json")]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + BUILD_SECONDS, check=True)
        except subprocess.TimeoutExpired:
            return PeerResult(None, None, (), None, BUILD_SECONDS, "")
        except subprocess.CalledProcessError as error:
            raise RuntimeError(f"PyJobShop failed: {error.stderr[-2000:]}") from error
        facts = json.loads(done.stdout)
        jobs = _jobs((folder / "plan.json").read_text(encoding="utf-8"))
    found = facts["objective"] is not None
    return PeerResult(
        claimed=facts["objective"],
        plan=timed_anew(problem, jobs) if found else None,
        as_said=tuple(sorted(check(problem, plan_of(problem, jobs)).codes)) if found else (),
        start=facts["start_objective"],
        build_seconds=facts["build_seconds"],
        versions=facts["versions"],
    )


def _jobs(text: str) -> list[PlannedJob]:
    return [
        PlannedJob(job["id"], job["line"], tuple(Operation(**operation) for operation in job["operations"]))
        for job in json.loads(text)["jobs"]
    ]
