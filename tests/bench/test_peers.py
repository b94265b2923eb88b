"""PyJobShop solves our problem: where its model says the same, its total is ours to the minute."""

import pytest

from bench.baselines import earliest_due_date
from bench.peers.calling import PYTHON, solve_by_pyjobshop
from scheduling import Job, Order, check, generate
from tests.scheduling.factory import job, problem, station

pytestmark = pytest.mark.skipif(not PYTHON.exists(), reason="PyJobShop is not installed: make peers")


def test_a_small_instance_costs_what_it_says() -> None:
    of = generate(3, 2, seed=1)
    found = solve_by_pyjobshop(of, 5)
    assert found.plan is not None
    assert check(of, found.plan).violations == ()
    assert found.plan.objective.total == found.claimed == found.best


def test_it_starts_from_our_plan_at_our_total() -> None:
    of = generate(4, 2, seed=2)
    start = earliest_due_date(of, enter_to_work=True)
    assert solve_by_pyjobshop(of, 2, start=start).start == start.objective.total


def test_where_its_problem_is_easier_the_plan_is_timed_anew() -> None:
    # J 300 and K 10 minutes at a station for two that lets nobody overtake, each due when it is ready: it lets K go
    # first and claims 0; under our rules K leaves with J at 790 and is 290 minutes late.
    def load(name: str, minutes: int, due: int) -> Job:
        return job(name, 10, minutes, 10, due=due, tardiness_cost=1)

    stations = [
        station("a", buffer_after=2),
        station("b", "unattended", capacity=2, order=Order.FIFO),
        station("c"),
    ]
    of = problem(stations, [load("J", 300, 800), load("K", 10, 520)])
    found = solve_by_pyjobshop(of, 5)
    assert found.claimed == found.best == 0
    assert "R4-order" in found.as_said
    assert found.plan is not None
    assert check(of, found.plan).violations == ()
    assert found.plan.objective.total > 0


def test_a_buffer_that_may_fill_up_is_refused() -> None:
    of = problem([station("a", buffer_after=1), station("b")], [job("J", 1, 1), job("K", 1, 1)])
    with pytest.raises(RuntimeError, match="a buffer that may fill up"):
        solve_by_pyjobshop(of, 1)


def test_what_it_cannot_say_is_refused() -> None:
    with pytest.raises(RuntimeError, match="overtime cannot be said"):
        solve_by_pyjobshop(generate(3, 1, every_rule=True), 1)
