"""REST routes of the room, under /api/v1."""

from __future__ import annotations

from typing import Any

from flask_openapi3 import APIBlueprint, Tag

from mes.core import web
from mes.recall import counts, gaps, queries, service, trails, whereabouts
from mes.recall.criteria import understand
from mes.recall.schemas import (
    FoundElement,
    GapShape,
    HoldBody,
    ProofShape,
    RecallAnswer,
    RecallList,
    RecallPath,
    RecallQuery,
    RecallShape,
)
from mes.recall.search import find

api = APIBlueprint(
    "recall_api",
    __name__,
    url_prefix="/api/v1",
    abp_tags=[Tag(name="recall")],
    abp_security=[{"token": []}, {"session": []}],
)


@api.get("/recall", responses={200: RecallAnswer})
@web.permission("recall:read")
def ask(query: RecallQuery) -> dict[str, Any]:
    """The elements of a question with where each is now, by serial, and all of them counted."""
    session, actor = web.reading(), web.actor()
    question = understand(session, query.criteria())
    found = find(session, question, actor)
    counted = counts.count(found)
    rows, following = whereabouts.page(found, after=query.after, limit=query.limit)
    answer = RecallAnswer(
        elements=counted.total,
        loads=counted.load_count,
        by_state=counted.by_state,
        by_project={project.code: sum(states.values()) for project, states in counted.by_project},
        by_place=counted.by_place,
        items=[FoundElement.of(row, web.in_words(row.words)) for row in rows],
        next=following,
    )
    return answer.model_dump(mode="json")


@api.get("/recall/proof", responses={200: ProofShape})
@web.permission("recall:read")
def prove(query: RecallQuery) -> dict[str, Any]:
    """What was searched for a question, and what could not be."""
    session, actor, now = web.reading(), web.actor(), web.clock().now()
    question = understand(session, query.criteria())
    found = find(session, question, actor)
    searched, counted = gaps.searched(found, actor, now), counts.count(found)
    proof = ProofShape(
        searched_at=now,
        elements_in_house=searched.elements_in_house,
        elements_found=counted.total,
        loads_found=counted.load_count,
        serials_sha256=counts.digest(found),
        gaps_from=searched.window.begins_at if searched.window else None,
        gaps_until=searched.window.ends_at if searched.window else None,
        loads_cast_then=searched.loads_in_window,
        trails={f"{t.named.kind}:{t.named.code}": web.in_words(t.words) for t in trails.trails(session, question)},
        gaps=[
            GapShape(words=web.in_words(gap.words), elements=gap.elements, examples=list(gap.examples))
            for gap in searched.gaps
        ],
    )
    return proof.model_dump(mode="json")


@api.get("/recalls", responses={200: RecallList})
@web.permission("recall:read")
def list_recalls() -> dict[str, Any]:
    """Recorded recalls, newest first."""
    items = [RecallShape.of(recall, web.actor()) for recall in queries.recalls(web.reading())]
    return RecallList(items=items).model_dump(mode="json")


@api.post("/recalls", responses={200: service.RecallMade})
@web.permission("recall:export")
def make_recall(body: service.MakeRecall) -> dict[str, Any]:
    """Record a recall."""
    return web.perform(service.make_recall, body).model_dump(mode="json")


@api.get("/recalls/<number>", responses={200: RecallShape})
@web.permission("recall:read")
def read_recall(path: RecallPath) -> dict[str, Any]:
    """A recorded recall as it was."""
    return RecallShape.of(service.recall_of(web.reading(), path.number), web.actor()).model_dump(mode="json")


@api.post("/recalls/<number>/hold", responses={200: service.HoldAsked})
@web.permission("element:hold")
def hold_recall(path: RecallPath, body: HoldBody) -> dict[str, Any]:
    """Put everything of a recall on hold that is still in the plant; a job does it."""
    command = service.HoldRecall(command_id=body.command_id, number=path.number)
    return web.perform(service.hold_recall, command).model_dump(mode="json")
