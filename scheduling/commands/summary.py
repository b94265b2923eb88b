"""What a command prints of an objective."""

from __future__ import annotations

from scheduling.plan import Objective


def objective_summary(objective: Objective) -> str:
    """One line per term, the total last."""
    names = ("tardiness", "earliness", "changeover", "makespan", "overtime", "stability", "total")
    return "\n".join(f"{name:<10} {getattr(objective, name)}" for name in names)
