"""While the final form is filled in: what each reading says so far, questions about nonsense, and further rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from flask import render_template, request

from mes.core import web
from mes.core.errors import InvalidInput, NotFound
from mes.core.text import N_, Text
from mes.inspection import queries
from mes.inspection.judgement import dimensions_of, judge_readings, plan_of, rules_of
from mes.inspection.views.blueprint import pages
from mes.inspection.views.readings import MOST_ROWS, MeasuredField, ReadForm, block_of, measured_fields, read_form
from mes.orders.models import Element
from quality import ItemResult, Verdict


@dataclass
class Judged:
    """The readings of a form judged one by one: results by the form's block, questions by field."""

    results: dict[str, ItemResult] = field(default_factory=dict)
    questions: dict[str, list[str]] = field(default_factory=dict)

    @property
    def failing(self) -> list[ItemResult]:
        """What is beyond its limit."""
        return [result for result in self.results.values() if result.result is Verdict.FAIL]


@pages.route("/elements/<uuid:element_id>/judge", methods=["GET", "POST"])
@web.permission("inspection:write")
def judge(element_id: UUID) -> str:
    """What the readings typed so far say; the same engine that will judge the form. Changes nothing."""
    element = queries.element_for(web.reading(), element_id, web.actor())
    plan = plan_of(element, "final")
    read = read_form(plan, request.values)
    judged = judge_form(element, read)
    measured = {result.item for result in judged.results.values()}
    required = rules_of(element).required_items(plan.family, dimensions_of(element))
    fields = list(measured_fields(plan, element, request.values))
    return render_template(
        "inspection/_judgement.html",
        judged=judged,
        missing=[item for item in required if item not in measured],
        blocks=[block for one in fields for block in one.blocks],
        inputs=[name for one in fields for name in one.inputs],
    )


def judge_form(element: Element, read: ReadForm) -> Judged:
    """Each reading by itself, so that nonsense in one hides nothing of the others."""
    judged = Judged()
    for fault in read.faults:
        judged.questions.setdefault(fault.where, []).append(web.in_words(fault.reason))
    for index, reading in enumerate(read.readings):
        try:
            results = judge_readings(element, [reading]).items
        except InvalidInput as error:
            for fault in error.faults:
                where = read.field_of(fault.where.replace("measurements[0]", f"measurements[{index}]", 1))
                judged.questions.setdefault(where, []).append(web.in_words(fault.reason))
        else:
            judged.results[block_of(read.value_fields[index][0])] = results[0]
    return judged


@pages.get("/elements/<uuid:element_id>/rows/<item>/<int:number>")
@web.permission("inspection:write")
def row(element_id: UUID, item: str, number: int) -> str:
    """One more row of a repeatable item, such as a further embed."""
    element = queries.element_for(web.reading(), element_id, web.actor())
    found = _repeatable(element).get(item)
    if found is None or number >= MOST_ROWS:
        raise NotFound(Text(N_("There are no further rows of this item")))
    return render_template(
        "inspection/_row.html", measured=found, row=number, element=element, values={}, errors={}, most=MOST_ROWS
    )


def _repeatable(element: Element) -> dict[str, MeasuredField]:
    plan = plan_of(element, "final")
    return {one.item.id: one for one in measured_fields(plan, element, {}) if one.item.repeatable}
