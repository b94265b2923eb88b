"""The table of evaluated cases (cases.yaml), and that it leaves no family and no row of a rule set out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from quality import (
    Dimensions,
    Face,
    Measurement,
    Subject,
    Verdict,
    available_rules,
    catalogue,
    judge_item,
    load_rules,
    parse_rules,
)

TABLE: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("cases.yaml").read_text(encoding="utf-8"))
CASES = [(rules, part["clause"], case) for rules, part in TABLE.items() for case in part["cases"]]


def pairs(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def measurement_of(case: list[Any]) -> tuple[str, Dimensions, Measurement]:
    family, size, item, nominal, values, extra = case[:6]
    face = Face(extra["face"]) if "face" in extra else None
    measured = Measurement(
        item, pairs(nominal), tuple(map(pairs, values)), face, extra.get("temporary", False), extra.get("unit", "mm")
    )
    return family, Dimensions(*size), measured


@pytest.mark.parametrize(("rules", "clause", "case"), CASES, ids=lambda v: v[10] if isinstance(v, list) else None)
def test_each_case_is_judged_as_worked_by_hand(rules: str, clause: str, case: list[Any]) -> None:
    result = judge_item(load_rules(rules), *measurement_of(case))
    told = [result.deviation, list(result.allowed), result.result.value, result.band.value]
    assert told == case[6:10], case[10]
    assert result.clause.startswith(clause)


def test_a_judgement_is_repeated_from_the_text_of_the_rule_file_alone() -> None:
    for rules in TABLE:
        kept = parse_rules(load_rules(rules).text)
        for case in TABLE[rules]["cases"]:
            assert judge_item(kept, *measurement_of(case)) == judge_item(load_rules(rules), *measurement_of(case))


def test_every_family_and_both_editions_have_cases() -> None:
    for edition in available_rules():
        assert {case[0] for case in TABLE[edition]["cases"]} == set(catalogue().families), edition


def test_no_row_of_a_rule_set_is_without_a_case() -> None:
    for rules_id in (one for subject in Subject for one in available_rules(subject)):
        judged = [measurement_of(case) for case in TABLE[rules_id]["cases"]]
        for item in load_rules(rules_id).items.values():
            for row in item.rows:
                met = [
                    family
                    for family, size, one in judged
                    if one.item == item.item.id and row.holds(family, size.length_mm, one.face)
                ]
                assert met, (rules_id, row.place)


def test_every_limit_kind_is_met_exactly_and_gone_beyond() -> None:
    for rules_id, part in TABLE.items():
        results = [judge_item(load_rules(rules_id), *measurement_of(case)) for case in part["cases"]]
        kinds = {catalogue().items[one.item].kind for one in results}
        assert {catalogue().items[one.item].kind for one in results if one.margin == 0} == kinds, rules_id
        assert {catalogue().items[one.item].kind for one in results if one.result is Verdict.FAIL} == kinds, rules_id


def test_there_are_at_least_sixty_cases() -> None:
    assert len(CASES) >= 60
