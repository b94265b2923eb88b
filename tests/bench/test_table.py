"""The table says what was measured, whether a target is met, and what is missing."""

from pathlib import Path

import pytest

from bench import results, table
from bench.__main__ import main
from bench.figure import Figure, Judged, Quantity, Values


def figure(*quantities: Quantity) -> Figure:
    return Figure("some", "some figure", lambda case, **_: {}, quantities, {"seconds": 2}, (1, 2))


def rows(folder: Path, of: Figure, *cases: Values, seconds: float = 2) -> list[list[str]]:
    for number, values in enumerate(cases, 1):
        results.store(of, number, {"seconds": seconds}, values, "2 cores", folder)
    lines = table.text([of], folder).splitlines()[4:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_a_mean_within_the_target_meets_it(tmp_path: Path) -> None:
    # (0.3 + 0.5) / 2 = 0.4
    of = figure(Quantity("ratio", "÷ EDD", 0.45, prototype="0.39"))
    assert rows(tmp_path, of, {"ratio": 0.3}, {"ratio": 0.5}) == [
        ["some figure", "÷ EDD", "≤ 0.45", "0.39", "0.40", "0.50", "yes", "0.30; 0.50"]
    ]


def test_the_worst_case_can_be_what_counts(tmp_path: Path) -> None:
    of = figure(Quantity("ratio", "÷ EDD", 0.45, Judged.WORST))
    assert rows(tmp_path, of, {"ratio": 0.3}, {"ratio": 0.5})[0][6] == "**missed**"


def test_a_case_of_ours_without_a_value_misses(tmp_path: Path) -> None:
    of = figure(Quantity("gap", "gap", 30))
    assert rows(tmp_path, of, {"gap": 1.0}, {"gap": None})[0][4:7] == ["1.00 (1 without)", "1.00", "**missed**"]


def test_where_others_have_nothing_words_stand_and_nothing_is_claimed(tmp_path: Path) -> None:
    of = figure(Quantity("ratio", "÷ other", 0.5))
    assert rows(tmp_path, of, {"ratio": "no solution"})[0][4:] == [
        "–",
        "–",
        "nothing to compare",
        "no solution (1 of 2 cases)",
    ]


def test_what_was_not_measured_is_not_met(tmp_path: Path) -> None:
    assert rows(tmp_path, figure(Quantity("ratio", "÷ EDD", 0.5)))[0][4:7] == ["–", "–", "not measured"]


def test_a_shortened_run_is_told(tmp_path: Path) -> None:
    of = figure(Quantity("ratio", "÷ EDD", 0.5))
    assert rows(tmp_path, of, {"ratio": 0.3}, seconds=1)[0][0] == "some figure (run with seconds 1)"


def test_other_settings_replace_what_was_stored(tmp_path: Path) -> None:
    of = figure(Quantity("ratio", "÷ EDD", 0.5))
    rows(tmp_path, of, {"ratio": 0.3}, {"ratio": 0.4})
    results.store(of, 2, {"seconds": 9}, {"ratio": 0.2}, "2 cores", tmp_path)
    assert results.stored(of, tmp_path) == {2: {"ratio": 0.2}}


def test_the_table_is_written_between_its_marks(tmp_path: Path) -> None:
    document = tmp_path / "benchmarks.md"
    document.write_text(f"before\n{table.BEGIN}\nold\n{table.END}\nafter\n", encoding="utf-8")
    written = table.write([figure(Quantity("ratio", "÷ EDD", 0.5))], document, tmp_path)
    assert document.read_text(encoding="utf-8") == f"before\n{table.BEGIN}\n{written}\n{table.END}\nafter\n"


def test_what_was_measured_on_another_machine_stays_until_it_is_measured_here(tmp_path: Path) -> None:
    document, there, here = tmp_path / "benchmarks.md", tmp_path / "there", tmp_path / "here"
    document.write_text(f"# Benchmarks\n{table.BEGIN}\n{table.END}\n", encoding="utf-8")
    of = figure(Quantity("ratio", "÷ EDD", 0.45), Quantity("late", "– hours late"))
    other = Figure("other", "other figure", of.measure, (Quantity("gap", "gap", 30),), {"seconds": 2}, (1,))
    results.store(of, 1, {"seconds": 2}, {"ratio": 0.3, "late": 7.0}, "2 cores", there)
    first = table.write([of, other], document, there)
    results.store(other, 1, {"seconds": 2}, {"gap": 12.0}, "8 cores", here)
    second = table.write([of, other], document, here)
    assert "Measured on: 2 cores; 8 cores." in second
    assert [row for row in first.splitlines() if "some figure" in row or "hours late" in row] == [
        row for row in second.splitlines() if "some figure" in row or "hours late" in row
    ]
    assert "| other figure | gap | ≤ 30.00 | – | 12.00 | 12.00 | yes | 12.00 |" in second


def test_an_unknown_figure_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["nonsense"]) == 2
    assert "nonsense" in capsys.readouterr().err


def test_list_names_every_figure(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    assert "planning-200" in capsys.readouterr().out
