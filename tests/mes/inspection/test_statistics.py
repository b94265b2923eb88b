"""What the house counts: yield, defects, dimensions and drift, on both databases, worked by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from mes.core.clock import SetClock
from mes.core.database import Database
from mes.core.errors import InvalidInput, NotFound
from mes.core.ids import new_id
from mes.inspection.models import Inspection, Nonconformity
from mes.inspection.statistics import defects, drifts, listing, yields
from mes.inspection.statistics.choosing import Chosen, StatisticsQuery, chosen_by
from mes.inspection.statistics.readings import dimension, readings_of
from mes.inspection.statistics.shifts import THREE_SHIFTS, shift_spans
from mes.orders.models import Element, Project
from quality.statistics import DriftKind, Side, Yield
from tests.conftest import NOW, actor, create_plant
from tests.mes.inspection.history import WINDOWS, History, Piece

CHOSEN = Chosen(date(2026, 9, 1), date(2026, 11, 30))
PLANNER = actor("planner")
DAY = timedelta(days=1)


@pytest.fixture
def history(any_database: Database, clock: SetClock) -> History:
    create_plant(any_database, clock)
    return History(any_database, clock, ["XM-01", "XM-02"])


@pytest.fixture
def quick(database: Database, clock: SetClock) -> History:
    """On SQLite alone."""
    create_plant(database, clock)
    return History(database, clock, ["XM-01", "XM-02"])


def found_yield(history: History, chosen: Chosen = CHOSEN, who: object = PLANNER) -> Yield:
    with history.database.reading() as session:
        return yields.total(yields.first_tries(session, who, SetClock(NOW).zone, chosen))  # type: ignore[arg-type]


def lengths(history: History, chosen: Chosen = CHOSEN, item: str = "length") -> list[float]:
    with history.database.reading() as session:
        found = readings_of(session, PLANNER, SetClock(NOW).zone, chosen, item)
    return [reading.judged.deviation for reading in found]


def test_only_the_first_inspection_counts_and_a_repaired_element_was_not_right(history: History) -> None:
    good, bad, reported = history.write(
        [Piece(NOW), Piece(NOW, accepted=False, defect="crack"), Piece(NOW + DAY, defect="honeycomb")]
    )
    with history.database.writing() as session:
        again = session.get_one(Inspection, bad)
        session.add(
            Inspection(
                **{name: getattr(again, name) for name in ("element_id", "kind", "rule_set", "answers", "evaluation")},
                id=new_id(),
                verdict="accepted",
                inspected_at=NOW + 2 * DAY,
                inspector_id="x",
                inspector_name="x",
            )
        )
    assert found_yield(history) == Yield(1, 3)
    only_the_second_try = replace(CHOSEN, first=date(2026, 11, 25))
    assert found_yield(history, only_the_second_try) == Yield(0, 0)
    assert good != reported


def test_weeks_begin_on_the_factorys_monday(quick: History) -> None:
    sunday_late = datetime(2026, 11, 22, 15, 59, tzinfo=UTC)  # 23:59 in Shanghai
    quick.write([Piece(sunday_late), Piece(sunday_late + timedelta(minutes=1), accepted=False)])
    zone = SetClock(NOW).zone
    with quick.database.reading() as session:
        tries = yields.first_tries(session, PLANNER, zone, CHOSEN)
    weeks = yields.by_stretch(tries, zone)
    assert [(week.first.isoformat(), week.found) for week in weeks] == [
        ("2026-11-16", Yield(1, 1)),
        ("2026-11-23", Yield(0, 1)),
    ]
    assert [day.first.day for day in yields.by_stretch(tries, zone, "day")] == [22, 23]
    assert weeks[1].sample.nonconforming == 1


CHOICES: list[tuple[dict[str, Any], list[float]]] = [
    ({"line": "SL"}, [1.0, 2.0]),
    ({"line": "WL"}, [3.0]),
    ({"crew": "乙班"}, [2.0]),
    ({"mould": "M-7"}, [2.0, 3.0]),
    ({"shift": "0730-1730"}, [1.0]),
    ({"shift": "2000-0000"}, [2.0]),
    ({"shift": "0800-1600"}, [3.0]),  # a line without a calendar works three shifts
    ({"project": "XM-02"}, [3.0]),
    ({"family": "composite_slab"}, [1.0, 2.0, 3.0]),
    ({"family": "stair"}, []),
    ({"type": "DBS1-67-3620-31"}, [1.0, 2.0, 3.0]),
    ({"first": date(2026, 11, 24)}, [2.0, 3.0]),
    ({"last": date(2026, 11, 23)}, [1.0]),
    ({"line": "SL", "crew": "甲班", "shift": "0730-1730"}, [1.0]),
    ({"line": "none"}, []),
    ({"pallet": "1"}, []),
]


def test_every_choice_narrows(quick: History) -> None:
    noon = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai, at the meal
    quick.write(pieces_of_three(noon))
    found = [(choice, lengths(quick, replace(CHOSEN, **choice))) for choice, _ in CHOICES]
    assert found == CHOICES


def pieces_of_three(noon: datetime) -> list[Piece]:
    night = noon + timedelta(hours=14)  # 02:00, still the evening's shift
    second = Piece(NOW + DAY, {"length": 2.0}, crew="乙班", mould="M-7", cast_at=night)
    third = Piece(NOW + 2 * DAY, {"length": 3.0}, line="WL", mould="M-7", project="XM-02", cast_at=noon)
    return [Piece(NOW, {"length": 1.0}, cast_at=noon), second, third]


def test_the_choice_of_load_and_shift_works_on_both_databases(history: History) -> None:
    noon = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
    history.write(pieces_of_three(noon))
    assert lengths(history, replace(CHOSEN, mould="M-7", shift="2000-0000", crew="乙班", line="SL")) == [2.0]
    assert found_yield(history, replace(CHOSEN, line="WL")) == Yield(1, 1)


def test_readings_come_in_the_order_of_time_with_the_tolerance_of_their_day(history: History) -> None:
    late = Piece(NOW + DAY, {"length": -4.0, "flatness": 1.0}, {"length": [-10.0, 10.0]})
    history.write([late, Piece(NOW, {"length": 4.0})])
    assert lengths(history) == [4.0, -4.0]
    assert lengths(history, item="flatness") == [1.0]
    with history.database.reading() as session:
        found = dimension("length", readings_of(session, PLANNER, SetClock(NOW).zone, CHOSEN, "length"), 1)
    assert found is not None
    assert found.scaled.unit == "%"
    assert found.scaled.values == (80.0, -40.0)


def test_subgroups_are_elements_in_a_row(quick: History) -> None:
    quick.write([Piece(NOW + n * DAY / 50, {"length": off}) for n, off in enumerate([1, 3, 2, 2, 0, 4, 9])])
    with quick.database.reading() as session:
        found = dimension("length", readings_of(session, PLANNER, SetClock(NOW).zone, CHOSEN, "length"), 2)
    assert found is not None
    assert found.charts is not None
    assert [point.value for point in found.charts.level.points] == [2, 2, 2]
    assert [point.value for point in found.charts.spread.points] == [2, 0, 4]
    assert found.charts.level.points[0].upper == pytest.approx(2 + 1.880 * 2)
    assert found.capability is not None
    assert (found.capability.count, found.capability.outside) == (7, 1)


def test_gaps_have_one_limit_only(quick: History) -> None:
    quick.write([Piece(NOW, {"flatness": 1.0}), Piece(NOW, {"flatness": 2.0})])
    with quick.database.reading() as session:
        found = dimension("flatness", readings_of(session, PLANNER, SetClock(NOW).zone, CHOSEN, "flatness"), 1)
    assert found is not None
    assert found.scaled.limits.lower is None
    assert found.capability is not None
    assert found.capability.short_term is not None
    assert found.capability.short_term.potential is None


def test_what_nobody_measures_is_not_found(quick: History) -> None:
    with pytest.raises(NotFound):
        lengths(quick, item="happiness")


def test_defects_by_kind_cause_and_cost(history: History) -> None:
    crack = Piece(NOW, accepted=False, defect="crack", cause="vibration", cost_cny=10.0)
    dear = Piece(NOW, accepted=False, defect="damage", cost_cny=300.0)
    history.write([crack, replace(crack, crew="乙班"), dear])
    with history.database.reading() as session:
        found = defects.defects(session, PLANNER, SetClock(NOW).zone, CHOSEN)
        of_crew = defects.defects(session, PLANNER, SetClock(NOW).zone, replace(CHOSEN, crew="乙班"))
        rows = listing.nonconformities_listed(session, PLANNER, [one.nonconformity_id for one in found])
    assert [(bar.name, bar.weight) for bar in defects.by_kind(found)] == [("crack", 2), ("damage", 1)]
    assert [(bar.name, bar.weight) for bar in defects.by_cause(found)] == [("vibration", 2), ("unknown", 1)]
    assert [(bar.name, bar.weight) for bar in defects.by_cost(found)] == [("damage", 300.0), ("crack", 20.0)]
    assert len(of_crew) == 1
    assert {(row.title, row.line, row.crew) for row in rows} >= {("crack", "SL", "乙班"), ("damage", "SL", "甲班")}


def drifting(count: int = 40, line: str = "SL", mould: str = "") -> list[Piece]:
    """A length that grows by 0.1 mm a day and has come to +2 mm now, with a wobble that no limit is near to."""
    wobble = (0.3, -0.3, 0.1, -0.1)
    begins = NOW - count / 2 * DAY
    return [
        Piece(
            begins + n * DAY / 2, {"length": 0.05 * n + wobble[n % 4], "width": wobble[n % 4]}, line=line, mould=mould
        )
        for n in range(count)
    ]


def test_a_drift_is_told_before_the_limit_with_its_day_for_the_line_and_the_mould(history: History) -> None:
    history.write([*drifting(mould="M-7"), *[replace(piece, off={"length": 0.0}) for piece in drifting(line="WL")]])
    with history.database.reading() as session:
        found = drifts.present_warnings(session, PLANNER, SetClock(NOW).zone, NOW)
    assert {(one.series.item, one.series.line, one.series.mould) for one in found} == {
        ("length", "SL", ""),
        ("length", "", "M-7"),
    }
    told = found[0]
    assert (told.drift.kind, told.drift.side, told.drift.limit) == (DriftKind.TREND, Side.ABOVE, 5)
    assert told.level_out_at is not None
    assert told.level_out_at - NOW == pytest.approx(timedelta(days=30), abs=timedelta(days=3))
    assert all(abs(piece.off["length"]) < 5 for piece in drifting())


def test_who_sees_one_project_counts_that_one_alone(history: History) -> None:
    history.write([*drifting(), Piece(NOW, project="XM-02", defect="crack", accepted=False)])
    with history.database.reading() as session:
        other = session.query(Project.id).filter_by(code="XM-02").scalar()
        supervisor = actor("supervisor", project_ids=frozenset({other}))
        zone = SetClock(NOW).zone
        assert drifts.present_warnings(session, supervisor, zone, NOW) == []
        assert len(defects.defects(session, supervisor, zone, CHOSEN)) == 1
        assert readings_of(session, supervisor, zone, CHOSEN, "length") == []
        ids = [row.id for row in session.query(Inspection)]
        assert [row.title for row in listing.inspections_listed(session, supervisor, ids)] == ["refused"]
        wrong = [row.id for row in session.query(Nonconformity)]
        nobody = actor("supervisor", project_ids=frozenset())
        assert listing.nonconformities_listed(session, nobody, wrong) == []
    assert found_yield(history, who=supervisor) == Yield(0, 1)


def test_an_element_that_no_line_made_is_counted_once(quick: History) -> None:
    with quick.database.writing() as session:
        element = session.query(Element).order_by(Element.serial).first()
        assert element is not None
        facts = {"kind": "final", "rule_set": "x", "verdict": "accepted", "answers": {}, "evaluation": {}}
        session.add(
            Inspection(
                id=new_id(), element_id=element.id, inspected_at=NOW, inspector_id="x", inspector_name="x", **facts
            )
        )
    assert found_yield(quick) == Yield(1, 1)
    assert lengths(quick) == []


def test_spans_of_a_week_and_of_none() -> None:
    assert shift_spans([tuple(one) for one in WINDOWS]) == ((450, 1050), (1200, 1440))  # type: ignore[misc]
    assert shift_spans([]) == THREE_SHIFTS


def test_the_period_is_thirteen_weeks_unless_one_is_named(clock: SetClock) -> None:
    chosen = chosen_by(StatisticsQuery(), clock)
    assert (chosen.first, chosen.last) == (date(2026, 8, 25), date(2026, 11, 23))
    assert chosen_by(StatisticsQuery(last=date(2026, 3, 31)), clock).first == date(2025, 12, 31)
    for first, last in ((date(2026, 3, 2), date(2026, 3, 1)), (date(2010, 1, 1), date(2026, 3, 1)), (None, date.max)):
        with pytest.raises(InvalidInput):
            chosen_by(StatisticsQuery(first=first, last=last), clock)


def test_the_address_shows_the_same_again(clock: SetClock) -> None:
    chosen = Chosen(date(2026, 9, 1), date(2026, 9, 30), "hidden_works", line="SL", shift="0730-1730", crew="甲班")
    assert chosen_by(StatisticsQuery.model_validate(chosen.address()), clock) == chosen
