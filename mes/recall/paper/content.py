"""What stands on the list of a recall: the answer of one moment, in the papers' own language."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from mes.accounts.service import the_plant
from mes.core.commands import Work
from mes.core.errors import Forbidden
from mes.core.text import N_, Text
from mes.core.translations import translate
from mes.inspection.documents.issuing import Draft, minute
from mes.orders.lifecycle import STATE_NAMES
from mes.recall import counts, gaps, trails, whereabouts
from mes.recall.counts import PLACES, Counts, Spot
from mes.recall.criteria import KINDS, Criteria, Question, understand
from mes.recall.gaps import Gap, Window
from mes.recall.models import Recall
from mes.recall.search import Found, find

MOST_LISTED = 1000
"""Elements on paper; more are counted there, and listed in the exports, whose serials have the same digest."""
MOST_SPOTS = 24
LANGUAGE = "zh_CN"
Content = dict[str, Any]


def recall_draft(work: Work, recall: Recall, subject: str) -> Draft:
    """The list of a recall as it is at this moment, ready to be issued.

    Raises:
        Forbidden: this actor sees the elements of some projects only, and the paper would hide the others.
    """
    if work.actor.project_ids is not None:
        raise Forbidden(Text(N_("The list of a recall names elements of every project; you see some of them only")))
    question = understand(work.session, Criteria.model_validate(recall.criteria))
    found = find(work.session, question, work.actor)
    return Draft(
        kind="recall",
        subject_kind="recall",
        subject_id=recall.id,
        plant=the_plant(work.session),
        project_code="",
        content={"recall": _content(work, recall, found)},
        ledger_subjects=[subject],
    )


def _content(work: Work, recall: Recall, found: Found) -> Content:
    counted, now = counts.count(found), work.now()
    searched = gaps.searched(found, work.actor, now)
    rows, following = whereabouts.page(found, limit=MOST_LISTED)
    return {
        "number": recall.number,
        "reason": recall.reason,
        "asked_at": minute(work, recall.asked_at),
        "asked_by": recall.asked_by,
        "organisation": recall.organisation,
        "recorded": {"elements": recall.element_count, "serials_sha256": recall.digest},
        "searched_at": minute(work, now),
        "asked": _asked(work, found),
        "period": _period(work, found.question),
        "elements": counted.total,
        "loads": counted.load_count,
        "elements_in_house": searched.elements_in_house,
        "serials_sha256": counts.digest(found),
        "places": [{"name": words(name), "count": counted.by_place[place]} for place, (name, _) in PLACES.items()],
        "spots": _spots(found, counted),
        "projects": _projects(counted),
        "window": _window(work, searched.window),
        "loads_in_window": searched.loads_in_window,
        "gaps": [_gap(gap) for gap in searched.gaps],
        "rows": [_row(row) for row in rows],
        "is_whole": following is None,
    }


def words(text: Text | str) -> str:
    """A text in the papers' language."""

    def said(message: str) -> str:
        return translate(message, LANGUAGE)

    return text.render(said) if isinstance(text, Text) else said(text)


def _asked(work: Work, found: Found) -> list[Content]:
    return [
        {
            "kind": words(KINDS[trail.named.kind]),
            "title": words(trail.named.title) if isinstance(trail.named.title, Text) else trail.named.title,
            "found": words(trail.words),
            "blocked": trail.blocked,
        }
        for trail in trails.trails(work.session, found.question)
    ]


def _period(work: Work, question: Question) -> Content | None:
    if not question.criteria.has_period:
        return None
    return {"from": minute(work, question.begins_at), "to": minute(work, question.ends_at)}


def _window(work: Work, window: Window | None) -> Content | None:
    return {"from": minute(work, window.begins_at), "to": minute(work, window.ends_at)} if window else None


def _spots(found: Found, counted: Counts) -> list[Content]:
    """Slots, lorries and floors with how many of the elements are there: the first of each, and how many more."""
    kinds: tuple[tuple[str, Sequence[Spot], Callable[[Spot], str]], ...] = (
        ("堆场货位", counts.slots(found), lambda spot: spot.name),
        ("运输车辆", counts.lorries(found), lambda spot: f"{spot.name}（{spot.hint}）"),
        ("已安装楼层", counts.floors(found.session, counted), lambda spot: f"{spot.hint} {spot.name}"),
    )
    return [
        {
            "kind": kind,
            "spots": [{"name": name(spot), "count": spot.count} for spot in spots[:MOST_SPOTS]],
            "more": max(0, len(spots) - MOST_SPOTS),
        }
        for kind, spots, name in kinds
        if spots
    ]


def _projects(counted: Counts) -> list[Content]:
    return [
        {
            "code": project.code,
            "name": project.name,
            "count": sum(states.values()),
            "states": [{"name": words(STATE_NAMES[state]), "count": number} for state, number in states.items()],
        }
        for project, states in counted.by_project
    ]


def _gap(gap: Gap) -> Content:
    return {"words": words(gap.words), "elements": gap.elements, "examples": list(gap.examples)}


def _row(row: whereabouts.Row) -> Content:
    element = row.element
    return {
        "serial": element.serial,
        "type_code": element.component_type.type_code,
        "project": element.project.code,
        "place": " ".join((element.floor.building.name, element.floor.name, element.position)),
        "state": words(STATE_NAMES[element.state]),
        "where": words(row.words),
        "load": row.load_number,
    }
