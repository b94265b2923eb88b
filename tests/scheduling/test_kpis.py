"""The figures of a plan of three jobs, worked out by hand; and that they agree with the objective on any plan."""

from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling import (
    Changeover,
    Hold,
    Kpis,
    Overtime,
    Plan,
    Problem,
    Resource,
    Weights,
    generate,
    kpis,
    solve,
)
from scheduling.kpis import StepSeries
from tests.scheduling.factory import job, plan, planned, problem, station

# Open: [480, 720), [780, 1020), [1920, 2160). Now is 480.
#
#        a (A at first, A→B 12)      cure (2 places)      out
#  J B   492–520, leaves 520         520–580, leaves 600  600–610
#  K B   520–550, leaves 550         550–600, leaves 610  610–630
#  M A   550–562, leaves 700         700–720, leaves 780  780–790
HOLDS = (Hold("pallet", "L", "a", "out"),)


def three_jobs() -> tuple[Problem, Plan]:
    of = problem(
        [
            station("a", changeover=Changeover({"A": {"B": 12}}, "A")),
            station("cure", "unattended", capacity=2),
            station("out"),
        ],
        [
            job("J", 28, 60, 10, family="B", due=600, tardiness_cost=5, holds=HOLDS),
            job("K", 30, 50, 20, family="B", due=600, tardiness_cost=2, holds=HOLDS),
            job("M", 12, 20, 10, family="A", due=900, earliness_cost=1, holds=HOLDS),
        ],
        now=480,
        resources=(Resource("pallet", 3),),
        overtime=(Overtime("ot", "day", (1020, 1080), 300), Overtime("late", "day", (1080, 1090), 300)),
        objective=Weights(changeover_minute=1),
    )
    made = plan(
        of,
        planned("J", ("a", 492, 492, 520, 520), ("cure", 520, 520, 580, 600), ("out", 600, 600, 610, 610)),
        planned("K", ("a", 520, 520, 550, 550), ("cure", 550, 550, 600, 610), ("out", 610, 610, 630, 630)),
        planned("M", ("a", 550, 550, 562, 700), ("cure", 700, 700, 720, 780), ("out", 780, 780, 790, 790)),
        overtime=("ot",),
    )
    return of, made


def figures() -> Kpis:
    return kpis(*three_jobs())


def test_deliveries_are_the_jobs_that_are_due_together() -> None:
    # J is 10 late at 5, K 30 late at 2.
    first, second = figures().deliveries
    assert (first.due, first.jobs, first.tardy_jobs, first.last_done, first.minutes_late) == (600, 2, 2, 630, 30)
    assert (first.tardiness_minutes, first.tardiness_cost) == (40, 110)
    assert (second.due, second.tardy_jobs, second.last_done, second.minutes_late) == (900, 0, 790, 0)
    assert (figures().tardy_jobs, figures().late_deliveries) == (2, 1)


def test_storage_counts_what_waits_for_its_due_time() -> None:
    # Only M, from 790 until 900.
    storage = figures().storage
    assert (storage.earliness_minutes, storage.earliness_cost) == (110, 110)
    assert storage.waiting == StepSeries(((790, 1), (900, 0)))


def test_a_station_is_worked_blocked_changed_over_or_idle() -> None:
    # Until 790, a is open for 240 + 10 minutes: 28 + 30 + 12 worked, 12 of changeover, M blocks it in 562–700.
    a, cure, out = figures().stations
    assert (a.open_minutes, a.worked_minutes, a.changeover_minutes, a.blocked_minutes) == (250, 70, 12, 138)
    assert (a.idle_minutes, a.utilisation) == (30, 0.28)
    # The chamber has two places for 310 minutes; J stays 20 too long, K 10, M 60.
    assert (cure.open_minutes, cure.worked_minutes, cure.blocked_minutes) == (620, 130, 90)
    assert (out.open_minutes, out.worked_minutes, out.blocked_minutes) == (250, 40, 0)


def test_changeovers_are_counted_per_line() -> None:
    # A→B once; B→A is not listed and takes nothing.
    (line,) = figures().lines
    assert (line.jobs, line.changeovers, line.changeover_minutes) == (3, 1, 12)
    assert figures().changeover_minutes == three_jobs()[1].objective.changeover == 12


def test_the_chamber_and_the_pallets_over_time() -> None:
    (chamber,) = figures().occupancy
    assert chamber.pallets.points == ((520, 1), (550, 2), (600, 1), (610, 0), (700, 1), (780, 0))
    assert (chamber.pallets.peak, chamber.capacity) == (2, 2)
    (pallets,) = figures().resources
    assert pallets.in_use.points == ((492, 1), (520, 2), (550, 3), (610, 2), (630, 1), (790, 0))
    assert (pallets.in_use.peak, pallets.count, pallets.in_use.at(549), pallets.in_use.at(400)) == (3, 3, 2, 0)


def test_overtime_and_the_end() -> None:
    found = figures()
    assert (found.overtime.windows, found.overtime.minutes, found.overtime.cost) == (("ot",), 60, 300)
    assert (found.last_done, found.jobs, found.unscheduled) == (790, 3, 0)


def test_nothing_planned_has_figures_too() -> None:
    of = problem([station("a")], [job("J", 30)])
    found = kpis(of, plan(of, unscheduled=("J",)))
    assert (found.last_done, found.unscheduled, found.late_deliveries) == (None, 1, 1)
    assert (found.deliveries[0].last_done, found.stations[0].utilisation) == (None, 0.0)


@settings(max_examples=8, deadline=None)
@given(jobs=st.integers(0, 14), lines=st.integers(1, 2), seed=st.integers(0, 10_000))
def test_figures_agree_with_the_objective(jobs: int, lines: int, seed: int) -> None:
    of = generate(jobs, lines, seed, tight=True, every_rule=True)
    made = solve(of, 0.1)
    found = kpis(of, made)
    assert found.tardiness_cost == made.objective.tardiness
    assert found.storage.earliness_cost == made.objective.earliness
    assert found.changeover_minutes * of.objective.changeover_minute == made.objective.changeover
    assert found.overtime.cost == made.objective.overtime
    assert all(entry.idle_minutes >= 0 for entry in found.stations)
    assert all(entry.pallets.peak <= entry.capacity for entry in found.occupancy)
    assert all(entry.in_use.peak <= entry.count for entry in found.resources)
