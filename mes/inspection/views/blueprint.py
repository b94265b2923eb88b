"""The room's blueprint, its entries in the main navigation, and the words its templates need."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from mes.core import navigation, web
from mes.core.text import N_
from mes.inspection.clauses import clause_in_chinese
from mes.inspection.first_articles import first_article_series
from mes.inspection.nonconformities import OTHER_KINDS
from mes.inspection.sampling import measuring_of
from mes.inspection.things.queries import DueThing
from mes.inspection.things.subjects import material_name
from mes.library.families import FAMILY_NAMES
from mes.orders.models import Element
from quality import catalogue, inspection_plan
from quality.words import Words

pages = Blueprint("inspection", __name__, url_prefix="/inspection")

navigation.add_page(N_("Inspection"), "inspection.home", "clipboard-check", "inspection:write", 30)
navigation.add_page(N_("Supervision"), "inspection.supervision", "signature", "inspection:witness", 30)
navigation.add_page(
    N_("Nonconformities"),
    "inspection.nonconformities",
    "alert-triangle",
    "nonconformity:read",
    320,
    "planner admin inspector quality_manager",
)
navigation.add_page(
    N_("Report a defect"), "inspection.report", "alert-triangle", "nonconformity:report", 340, "operator"
)

navigation.add_page(
    N_("Materials and moulds"),
    "inspection.things",
    "package",
    "thing:inspect",
    330,
    "planner operator inspector quality_manager",
)

VERDICT_WORDS = {"accepted": N_("Accepted"), "refused": N_("Refused")}
INSPECTION_WORDS = {
    "hidden_works": N_("Hidden-works inspection"),
    "final": N_("Final inspection"),
    "before_loading": N_("Inspection before loading"),
    "at_site": N_("Inspection at the site"),
}
SEVERITY_WORDS = {"general": N_("General"), "severe": N_("Severe")}
CONDITION_WORDS = {"same_condition": N_("Cured with the element"), "standard": N_("Standard curing")}
DISPOSITION_WORDS = {
    "rework": N_("Rework"),
    "repair": N_("Repair"),
    "concession": N_("Concession"),
    "scrap": N_("Scrap"),
}
STAGE_WORDS = {"demoulding": N_("Demoulding strength"), "delivery": N_("Delivery strength")}
ANSWER_WORDS = {"yes": N_("Conforms"), "no": N_("Does not conform"), "not_applicable": N_("Not applicable")}


def words(text: Words) -> str:
    """Words of the quality engine in the reader's language."""
    return text.in_language(web.locale())


def clause_words(clause: str) -> str:
    """Where a rule stands in its standard, as the rule files write it, in the reader's language."""
    return clause if web.locale() == "en" else clause_in_chinese(clause)


def kind_name(kind: str) -> str:
    """A kind of nonconformity in the reader's language."""
    if kind in OTHER_KINDS:
        return web.gettext(OTHER_KINDS[kind])
    return next((words(d.title) for d in inspection_plan("final", "composite_slab").defects if d.id == kind), kind)


def item_name(item: str) -> str:
    """A measured item in the reader's language."""
    known = catalogue().items.get(item)
    return words(known.title) if known else item


def check_name(item: str, family: str) -> str:
    """An item of the hidden-works checklist in the reader's language."""
    plan = inspection_plan("hidden_works", family)
    return next((words(one.title) for one in plan.items if one.id == item), item)


def plan_item_name(kind: str, item: str, family: str) -> str:
    """An item of the plan of any kind of inspection in the reader's language."""
    plan = inspection_plan(kind, family, first_article=True)
    return next((words(one.title) for one in plan.items if one.id == item), item)


def detail_word(due: DueThing) -> str:
    """What kind of thing is due: its material or family by name, else as it is."""
    if due.subject_kind == "material_lot":
        return web.gettext(material_name(due.detail))
    return web.gettext(FAMILY_NAMES[due.detail]) if due.subject_kind == "mould" else due.detail


def first_article_words(element: Element) -> list[str]:
    """The series that an element is the first article of."""
    return [web.in_words(series.words) for series in first_article_series(web.reading(), element)]


@pages.context_processor
def _words_for_templates() -> dict[str, Any]:
    def word(table: dict[str, str], key: str) -> str:
        return web.gettext(table[key])

    return {
        "words": words,
        "clause_words": clause_words,
        "kind_name": kind_name,
        "item_name": item_name,
        "check_name": check_name,
        "plan_item_name": plan_item_name,
        "detail_word": detail_word,
        "first_article_words": first_article_words,
        "measuring": lambda element: measuring_of(web.reading(), element),
        "family_name": lambda family: web.gettext(FAMILY_NAMES[family]),
        "verdict_word": lambda key: word(VERDICT_WORDS, key),
        "inspection_word": lambda key: word(INSPECTION_WORDS, key),
        "severity_word": lambda key: word(SEVERITY_WORDS, key),
        "condition_word": lambda key: word(CONDITION_WORDS, key),
        "disposition_word": lambda key: word(DISPOSITION_WORDS, key),
        "stage_word": lambda key: word(STAGE_WORDS, key),
        "answer_word": lambda key: word(ANSWER_WORDS, key),
    }
