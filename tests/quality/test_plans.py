"""What the inspections of a family ask for."""

from __future__ import annotations

import pytest

from quality import (
    AnswerKind,
    Dimensions,
    InspectionKind,
    ItemKind,
    Measurement,
    UnknownFamilyError,
    UnknownInspectionError,
    available_rules,
    catalogue,
    inspection_plan,
    judge_item,
    load_rules,
    plan_subjects,
)


def items(kind: str, family: str) -> set[str]:
    return {item.id for item in inspection_plan(kind, family).items}


def test_hidden_works_ask_every_family_for_rebar_cover_embeds_and_lifting_eyes() -> None:
    for family in catalogue().families:
        asked = items("hidden_works", family)
        assert {"rebar_grade", "rebar_size", "rebar_count", "rebar_position", "rebar_spacing"} <= asked
        assert {"rebar_lap", "cover", "embeds", "lifting_eyes", "holes"} <= asked


def test_insulation_is_asked_of_sandwich_walls_and_not_of_slabs() -> None:
    assert {"insulation", "insulation_ties"} <= items("hidden_works", "exterior_wall")
    assert not {"insulation", "insulation_ties", "grout_sleeves"} & items("hidden_works", "composite_slab")
    assert "grout_sleeves" in items("hidden_works", "column")


def test_a_check_is_answered_by_yes_no_or_not_applicable_in_both_languages() -> None:
    plan = inspection_plan(InspectionKind.HIDDEN_WORKS, "exterior_wall")
    by_id = {item.id: item for item in plan.items}
    assert [(a.id, a.title.zh, a.accepts) for a in by_id["grout_sleeves"].answers] == [
        ("yes", "合格", True),
        ("no", "不合格", False),
        ("not_applicable", "无此项", True),
    ]
    assert [a.id for a in by_id["rebar_grade"].answers] == ["yes", "no"], "there always is rebar"


def test_a_photograph_with_the_element_code_is_required() -> None:
    by_id = {item.id: item for item in inspection_plan("hidden_works", "beam").items}
    assert by_id["overview"].photo_required
    assert not by_id["rebar_grade"].photo_required


def test_every_item_has_words_in_both_languages_and_a_unique_id() -> None:
    for kind in InspectionKind:
        for family in [subject.id for subject in plan_subjects(kind)] or catalogue().families:
            plan = inspection_plan(kind, family, first_article=True)
            assert len({item.id for item in plan.items}) == len(plan.items)
            assert all(i.title.zh and i.title.en and i.method.zh and i.method.en for i in plan.items)
            assert plan.title.in_language("zh_CN") != plan.title.in_language("en")


def test_the_final_inspection_carries_the_nominal_values_of_the_element() -> None:
    plan = inspection_plan("final", "composite_slab", Dimensions(3420, 1760, 60))
    nominal = {item.id: item.nominal for item in plan.items if item.nominal is not None}
    assert nominal == {"length": 3420, "width": 1760, "thickness": 60, "plate_level": 0, "sleeve_level": 0}


def test_the_final_inspection_says_how_often_to_read_and_what_is_required() -> None:
    by_id = {item.id: item for item in inspection_plan("final", "composite_slab").items}
    assert [(by_id[i].readings, by_id[i].required) for i in ("thickness", "diagonal", "warp")] == [
        (4, True),
        (2, True),
        (1, False),
    ]
    assert by_id["opening_position"].pairs
    assert by_id["opening_position"].repeatable
    assert by_id["opening_position"].nominal_required
    assert not by_id["length"].repeatable
    assert all(item.answer_kind is AnswerKind.MEASURE and item.unit == "mm" for item in by_id.values())


def test_what_the_form_requires_is_what_the_evaluation_misses() -> None:
    for rules_id in available_rules():
        for family in catalogue().families:
            plan = inspection_plan("final", family, rules=rules_id)
            required = tuple(item.id for item in plan.items if item.required)
            assert required == load_rules(rules_id).required_items(family)


def test_each_asked_item_can_be_judged_by_its_own_rules() -> None:
    """A form filled in with nominal values passes, for every family and rule set."""
    for rules_id in available_rules():
        rules = load_rules(rules_id)
        for family in catalogue().families.values():
            size = Dimensions(3000, 1000, 200)
            for item in inspection_plan("final", family.id, size, rules).items:
                measurement = faultless(item.id, item.nominal)
                assert judge_item(rules, family.id, size, measurement).margin >= 0, item.id


def faultless(item_id: str, nominal: float | None) -> Measurement:
    match catalogue().items[item_id].kind:
        case ItemKind.POSITION:
            return Measurement(item_id, (10, 20), ((10, 20),))
        case ItemKind.DIFFERENCE:
            return Measurement(item_id, None, (3000, 3000))
        case ItemKind.GAP:
            return Measurement(item_id, None, (0,))
        case _:
            value = 100.0 if nominal is None else nominal
            return Measurement(item_id, value, (value,))


def test_the_nine_kinds_of_defects_are_severe_or_general() -> None:
    defects = inspection_plan("final", "beam").defects
    assert [d.title.zh for d in defects] == [
        *("露筋", "蜂窝", "孔洞", "夹渣", "疏松", "裂缝", "连接部位缺陷", "外形缺陷", "外表缺陷")
    ]
    assert all(d.severe.zh != d.general.zh and d.severe.en != d.general.en for d in defects)


def test_unknown_inspections_and_families_are_refused() -> None:
    with pytest.raises(UnknownInspectionError, match="known are incoming, mould, rebar, hidden_works, process, "):
        inspection_plan("visual", "beam")
    with pytest.raises(UnknownFamilyError, match="unknown family 'roof'"):
        inspection_plan("final", "roof")
