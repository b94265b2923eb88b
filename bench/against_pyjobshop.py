"""Our plans against PyJobShop's, on the same problem and machine, started from nothing and from our EDD plan."""

from __future__ import annotations

from bench.baselines import earliest_due_date
from bench.figure import NO_SOLUTION, Figure, Quantity, Values, ratio
from bench.peers.calling import PeerResult, solve_by_pyjobshop
from bench.solving import assert_sound, solved
from scheduling import generate


def against(seed: int, jobs: int, lines: int, seconds: float, peer_seconds: float, workers: int = 2) -> Values:
    """Our total over the lower of what PyJobShop claims for its easier problem and its plan's total under our rules.

    Started from our EDD plan it has that at least, even where it does not find its way back to it in time.
    """
    problem = generate(jobs, lines, seed)
    start = earliest_due_date(problem, enter_to_work=True)
    assert_sound(problem, start)
    ours = solved(problem, seconds, workers, seed).plan.objective.total
    cold = solve_by_pyjobshop(problem, peer_seconds, workers, seed)
    warm = solve_by_pyjobshop(problem, peer_seconds, workers, seed, start)
    return {
        "cold": ratio(ours, cold.best),
        "warm": ours / min(start.objective.total, warm.best or start.objective.total),
        "EDD": ours / start.objective.total,
        "warm ÷ EDD": _over(warm, start.objective.total),
        "timed": _timed(warm, ours),
        "build": warm.build_seconds,
    }


def _over(peer: PeerResult, total: int) -> float | str:
    return NO_SOLUTION if peer.best is None else peer.best / total


def _timed(peer: PeerResult, ours: int) -> float | str:
    """Ours over its plan as our rules cost it."""
    if peer.plan is None or peer.plan.unscheduled:
        return NO_SOLUTION
    return ours / peer.plan.objective.total


def _figure(jobs: int, lines: int, target: float | None) -> Figure:
    return Figure(
        f"pyjobshop-{jobs}",
        f"{jobs} loads, {lines} lines, ours and PyJobShop 60 s each",
        against,
        (
            Quantity("cold", "objective ÷ PyJobShop from nothing", target, prototype="0.19" if target else "none"),
            Quantity("warm", "objective ÷ PyJobShop from our EDD", target),
            Quantity("timed", "– the same, its plan under all our rules"),
            Quantity("warm ÷ EDD", "– PyJobShop from our EDD ÷ that EDD"),
            Quantity("EDD", "– ours ÷ that EDD"),
            Quantity("build", "– building its model, on top of its 60 s", digits=0, unit=" s"),
        ),
        {"jobs": jobs, "lines": lines, "seconds": 60, "peer_seconds": 60},
    )


FIGURES = (_figure(50, 2, 0.5), _figure(200, 3, None))
