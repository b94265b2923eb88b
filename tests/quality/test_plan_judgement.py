"""Filled-in plans: checks, figures with bounds of their own, what is open, first articles."""

from __future__ import annotations

import itertools

import pytest

from quality import (
    Dimensions,
    InspectionKind,
    Measurement,
    RefusedInputError,
    UnknownSubjectError,
    Verdict,
    catalogue,
    digest_of,
    inspection_plan,
    judge_plan,
    plan_subjects,
)
from quality.plans import AnswerKind, InspectionPlan


def yes(plan: InspectionPlan) -> dict[str, str]:
    return {item.id: "yes" for item in plan.items if item.answer_kind is AnswerKind.CHECK}


def limited(kind: str, subject: str, item: str, nominal: float | None, *values: float) -> tuple[str, float]:
    plan = inspection_plan(kind, subject)
    judged = judge_plan(plan, yes(plan), [Measurement(item, nominal, values)]).items[0]
    return judged.result.value, judged.deviation


# kind, subject, item, nominal, values, verdict, deviation; each worked by hand
FIGURES = [
    ("process", "concrete", "concrete_temperature", None, (5, 34), "pass", 5.0),  # 5 to 35 °C; margins 0 and 1
    ("process", "concrete", "concrete_temperature", None, (35.5,), "fail", 35.5),
    ("process", "concrete", "slump", 40, (50,), "pass", 10.0),  # up to 40: ±10
    ("process", "concrete", "slump", 41, (30,), "pass", -11.0),  # of the class up to 90: ±20
    ("process", "concrete", "slump", 90, (111,), "fail", 21.0),
    ("process", "concrete", "slump", 180, (150,), "pass", -30.0),  # from 100: ±30
    ("process", "concrete", "slump", 180, (149,), "fail", -31.0),
    ("demoulding", "beam", "cube_strength", None, (15,), "pass", 15.0),  # at least 15 MPa
    ("demoulding", "beam", "cube_strength", 20, (19.9,), "fail", 19.9),  # and what the design asks
    ("demoulding", "beam", "surface_temperature", None, (25,), "pass", 25.0),
    ("incoming", "cement", "cement_strength_28d", 42.5, (42.5,), "pass", 42.5),
    ("incoming", "cement", "cement_strength_28d", 42.5, (42.4,), "fail", 42.4),
    ("incoming", "cement", "cement_setting_initial", None, (44,), "fail", 44.0),
    ("incoming", "rebar", "rebar_yield", 400, (415, 399), "fail", 399.0),
    ("incoming", "rebar", "rebar_strength_ratio", None, (1.25, 1.3), "pass", 1.25),
    ("incoming", "rebar", "rebar_overstrength", None, (1.31,), "fail", 1.31),
    ("incoming", "rebar", "rebar_mass", 5, (-5,), "pass", -5.0),
    ("incoming", "grout", "grout_flow_initial", None, (299,), "fail", 299.0),
    ("incoming", "grout", "grout_strength_28d", None, (85, 90, 88), "pass", 85.0),
    ("incoming", "sleeve", "sleeve_tensile", 540, (545, 560, 539), "fail", 539.0),
]


@pytest.mark.parametrize(("kind", "subject", "item", "nominal", "values", "verdict", "deviation"), FIGURES)
def test_figures_are_judged_by_the_bounds_of_the_plan(
    kind: str,
    subject: str,
    item: str,
    nominal: float | None,
    values: tuple[float, ...],
    verdict: str,
    deviation: float,
) -> None:
    for order in itertools.permutations(values):
        assert limited(kind, subject, item, nominal, *order) == (verdict, deviation)


def test_sleeves_come_in_lots_of_at_most_1000_with_three_joints_and_ten_looked_at() -> None:
    plan = inspection_plan("incoming", "sleeve")
    assert plan.lot is not None
    assert (plan.lot.most, plan.lot.unit) == (1000, "pieces")
    samples = {item.id: item.lot.sample for item in plan.items if item.lot is not None}
    assert samples == {"sleeve_appearance": 10, "sleeve_tensile": 3, "sleeve_process_test": 3}
    rebar = inspection_plan("incoming", "rebar").lot
    assert rebar is not None
    assert (rebar.most, rebar.unit) == (60, "t")


def test_one_answer_that_refuses_fails_the_plan_and_open_items_are_named() -> None:
    plan = inspection_plan("mould", "beam", Dimensions(6000, 300, 500))
    answers = {**yes(plan), "mould_clean": "no"}
    judged = judge_plan(plan, answers, (), Dimensions(6000, 300, 500))
    assert (judged.result, judged.refused, judged.acceptable) == (Verdict.FAIL, ("mould_clean",), False)
    assert {"mould_length", "mould_diagonal"} <= set(judged.missing)


def test_a_mould_measured_whole_is_acceptable() -> None:
    size = Dimensions(6000, 300, 500)
    plan = inspection_plan("mould", "beam", size)
    values = {item.id: (item.nominal or 0.0,) for item in plan.items if item.required and item.readings}
    values["mould_diagonal"] = (6020.0, 6021.0)
    readings = [Measurement(name, None, one) for name, one in values.items()]
    assert judge_plan(plan, yes(plan), readings, size).acceptable
    worse = [*readings[1:], Measurement("mould_length", None, (5997.0,))]  # -3 is beyond -2
    assert judge_plan(plan, yes(plan), worse, size).result is Verdict.FAIL


def test_a_first_article_is_asked_more() -> None:
    def extra(kind: str, subject: str) -> set[str]:
        usual = {item.id for item in inspection_plan(kind, subject).items}
        return {item.id for item in inspection_plan(kind, subject, first_article=True).items} - usual

    assert extra("mould", "beam") == {"mould_first_photo", "mould_first_drawing"}
    assert extra("rebar", "beam") == {"rebar_first_photo"}
    assert extra("process", "concrete") == {"opening_appraisal"}
    assert extra("final", "beam")


def test_nonsense_in_a_filled_plan_is_refused_with_its_path() -> None:
    plan = inspection_plan("process", "concrete")
    wrong = [
        Measurement("concrete_temperature", None, (230.0,)),
        Measurement("slump", None, (180.0,)),
        Measurement("length", None, (1.0,)),
        Measurement("flow", 600, ()),
    ]
    with pytest.raises(RefusedInputError) as refusal:
        judge_plan(plan, {"workability": "maybe", "colour": "yes"}, wrong)
    told = {fault.path: fault for fault in refusal.value.faults}
    assert set(told) == {
        "$.answers.workability",
        "$.answers.colour",
        "$.measurements[0].values[0]",
        "$.measurements[1].nominal",
        "$.measurements[2].item",
        "$.measurements[3].values",
    }
    assert told["$.measurements[0].values[0]"].message.endswith("was 23 °C meant?")


def test_what_the_rules_judge_needs_the_size_of_the_element() -> None:
    plan = inspection_plan("mould", "beam")
    with pytest.raises(RefusedInputError, match=r"\$\.dimensions"):
        judge_plan(plan, {}, [Measurement("mould_step", None, (0.5,))])


def test_a_material_nobody_knows_is_refused() -> None:
    with pytest.raises(UnknownSubjectError, match="known are cement, admixture"):
        inspection_plan("incoming", "beam")


def test_every_plan_can_be_filled_in_faultlessly_and_is_kept_by_its_digest() -> None:
    for kind in InspectionKind:
        for subject in [one.id for one in plan_subjects(kind)] or list(catalogue().families):
            plan = inspection_plan(kind, subject, first_article=True)
            assert plan.sha256 == digest_of(plan.text)
            assert not plan.source.verified
            assert all(item.lot is None or item.lot.sample <= item.lot.most for item in plan.items)
            judged = judge_plan(plan, yes(plan))
            assert judged.result is Verdict.PASS
            assert not set(judged.missing) & set(yes(plan))
