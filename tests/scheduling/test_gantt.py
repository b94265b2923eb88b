"""The Gantt chart: well-formed, without scripts, with every bar, sign and word that a reader looks for."""

from xml.etree import ElementTree

from scheduling import (
    Changeover,
    FixedJob,
    FixedOperation,
    Overtime,
    Plan,
    Problem,
    gantt_svg,
    generate,
    solve,
)
from scheduling.pictures.rows import duration
from tests.scheduling.factory import job, plan, planned, problem, station

SVG = "{http://www.w3.org/2000/svg}"


def drawn(of: Problem, made: Plan) -> ElementTree.Element:
    return ElementTree.fromstring(gantt_svg(of, made))  # noqa: S314 - our own drawing


def of_class(picture: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [entry for entry in picture.iter() if entry.get("class") == name]


def words(picture: ElementTree.Element) -> list[str]:
    return [entry.text or "" for entry in picture.iter(f"{SVG}text")]


def titles(picture: ElementTree.Element) -> list[str]:
    return [entry.text or "" for entry in picture.iter(f"{SVG}title")]


def case(name: str = "J", due: int = 500) -> tuple[Problem, Plan]:
    """One job of 30 minutes after a changeover of 12, done at 522."""
    stations = [station("a", changeover=Changeover({"A": {"B": 12}}, "A")), station("cure", "unattended", capacity=2)]
    of = problem(
        stations,
        [job(name, 30, 0, family="B", due=due)],
        now=470,
        overtime=(Overtime("ot", "day", (470, 480), 300),),
    )
    return of, plan(of, planned(name, ("a", 482, 482, 512, 512), ("cure", 512, 512, 512, 522)), overtime=("ot",))


def test_a_late_job_is_outlined_and_told_by_how_much() -> None:
    picture = drawn(*case())
    assert len(of_class(picture, "late")) == 1 + 1 + 1  # the legend's sign, and the job at two stations
    assert "+22 min" in words(picture)
    assert any("J · B · a" in title and "22 min late" in title for title in titles(picture))
    picture = drawn(*case(due=600))
    assert len(of_class(picture, "late")) == 1
    assert "1 load · none late" in titles(picture)[0]


def test_changeovers_overtime_now_and_days_are_there() -> None:
    picture = drawn(*case())
    assert "A → B · 12 min · J" in titles(picture)
    assert "ot · cost 300" in titles(picture)
    assert "Mon 23 Nov" in words(picture)
    assert "now" in words(picture)


def test_closed_hours_are_shaded_and_the_past_is_dimmed() -> None:
    begun = FixedJob("J", "L", (FixedOperation("a", 700, 700),))
    of = problem([station("a")], [job("J", 30)], now=710, fixed=(begun,))
    picture = drawn(of, plan(of, planned("J", ("a", 700, 700, 790, 790))))
    assert len(of_class(picture, "closed")) == 1 + 1  # the sign, and the break
    assert len(of_class(picture, "past")) == 1


def test_names_are_escaped_and_nothing_runs() -> None:
    name = '<script>alert("1")</script>&\x07'
    text = gantt_svg(*case(name))
    assert "<script" not in text
    picture = ElementTree.fromstring(text)  # noqa: S314 - our own drawing
    assert any('<script>alert("1")</script>&\ufffd' in title for title in titles(picture))
    assert not any(key.startswith("on") for entry in picture.iter() for key in entry.keys())  # noqa: SIM118


def test_every_visit_of_a_solved_plan_is_a_bar_with_its_times() -> None:
    of = generate(12, 2, seed=1, every_rule=True)
    made = solve(of, 0.3)
    found = titles(drawn(of, made))
    for entry in made.jobs:
        assert sum(title.startswith(f"{entry.id} · ") for title in found) == len(entry.operations)


def test_an_empty_plan_is_a_picture() -> None:
    of = problem([station("a")], [])
    assert "0 loads" in titles(drawn(of, plan(of)))[0]


def test_durations_fit_a_bar() -> None:
    assert [duration(minutes) for minutes in (45, 185, 3120)] == ["45 min", "3 h 05", "2 d 4 h"]
