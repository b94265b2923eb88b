"""REST routes of the room, under /api/v1."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from sqlalchemy import select

from mes.core import web
from mes.core.commands import Done
from mes.core.errors import NotFound
from mes.core.paging import PageQuery, paged
from mes.core.text import N_, Text
from mes.planning import queries, service
from mes.planning.heads import EndHead, NameHead, end_head, heads, name_head
from mes.planning.models import Line, PalletLoad, PlanVersion
from mes.planning.plan_content import plan_of, problem_of
from mes.planning.plan_figures import figures_of
from mes.planning.plan_reasons import reasons_of_load
from mes.planning.schemas import (
    CommandBody,
    ExplanationShape,
    FiguresShape,
    HeadList,
    HeadShape,
    LineList,
    LinePath,
    LineShape,
    LoadOfPlanPath,
    LoadPageShape,
    LoadQuery,
    LoadShape,
    NumberPath,
    PlanPageShape,
    PlanShape,
    StationList,
    StationShape,
)
from mes.planning.service import DiscardPlan, PlanProposed, PlanPublished, ProposePlan, PublishPlan
from scheduling import plan_json, problem_json

api = APIBlueprint(
    "planning_api",
    __name__,
    url_prefix="/api/v1",
    abp_tags=[Tag(name="planning")],
    abp_security=[{"token": []}, {"session": []}],
)


@api.get("/lines", responses={200: LineList})
@web.permission("line:read")
def list_lines() -> dict[str, object]:
    """Every line with its stations and the pallets that are free."""
    return LineList(items=[_line(line) for line in queries.lines(web.reading())]).model_dump(mode="json")


@api.get("/lines/<code>", responses={200: LineShape})
@web.permission("line:read")
def get_line(path: LinePath) -> dict[str, object]:
    """One line."""
    return _line(queries.line_by_code(web.reading(), path.code)).model_dump(mode="json")


@api.get("/stations", responses={200: StationList})
@web.permission("line:read")
def list_stations() -> dict[str, object]:
    """Every station, line by line."""
    items = [StationShape.of(line, station) for line in queries.lines(web.reading()) for station in line.stations]
    return StationList(items=items).model_dump(mode="json")


@api.get("/production-heads", responses={200: HeadList})
@web.permission("line:write")
def list_production_heads() -> dict[str, object]:
    """Who is head of production, who was and who will be; the latest first."""
    return HeadList(items=[HeadShape.of(head) for head in heads(web.reading())]).model_dump(mode="json")


@api.post("/production-heads", responses={201: Done})
@web.permission("line:write")
def name_production_head(body: NameHead) -> tuple[dict[str, object], int]:
    """Name the head of production of a line or of the plant."""
    return web.perform(name_head, body).model_dump(mode="json"), 201


@api.post("/production-heads/end", responses={200: Done})
@web.permission("line:write")
def end_production_head(body: EndHead) -> dict[str, object]:
    """It ends for somebody, and nobody follows."""
    return web.perform(end_head, body).model_dump(mode="json")


@api.get("/plans", responses={200: PlanPageShape})
@web.permission("plan:read")
def list_plans(query: PageQuery) -> dict[str, object]:
    """Plan versions by number."""
    rows, further = paged(web.reading(), select(PlanVersion), PlanVersion.number, query)
    return PlanPageShape(items=[PlanShape.of(row) for row in rows], next=further).model_dump(mode="json")


@api.get("/plans/<int:number>", responses={200: PlanShape})
@web.permission("plan:read")
def get_plan(path: NumberPath) -> dict[str, object]:
    """One plan version."""
    return PlanShape.of(queries.plan_by_number(web.reading(), path.number)).model_dump(mode="json")


@api.get("/plans/<int:number>/problem")
@web.permission("plan:read")
def get_problem(path: NumberPath) -> Response:
    """The scheduling contract's problem document, byte for byte as the plan's `problem_sha256` names it."""
    problem = problem_of(queries.plan_by_number(web.reading(), path.number))
    return _document(problem_json(problem) if problem else None)


@api.get("/plans/<int:number>/plan")
@web.permission("plan:read")
def get_plan_document(path: NumberPath) -> Response:
    """The scheduling contract's plan document."""
    plan = plan_of(queries.plan_by_number(web.reading(), path.number))
    return _document(plan_json(plan) if plan else None)


@api.get("/plans/<int:number>/nesting")
@web.permission("plan:read")
def get_nesting(path: NumberPath) -> dict[str, Any]:
    """How elements were placed on pallets, and what was left out."""
    version = queries.plan_by_number(web.reading(), path.number)
    if version.nesting is None:
        raise NotFound(Text(N_("This plan has no content")))
    return version.nesting


@api.get("/plans/<int:number>/kpis", responses={200: FiguresShape})
@web.permission("plan:read")
def get_figures(path: NumberPath) -> dict[str, object]:
    """A plan's figures: due times kept, storage, stations, set-ups, chambers and pallets over time, overtime."""
    version = queries.plan_by_number(web.reading(), path.number)
    figures = figures_of(version)
    if figures is None:
        raise NotFound(Text(N_("This plan has no content")))
    return FiguresShape.of(version.epoch, figures.kpis).model_dump(mode="json")


@api.get("/plans/<int:number>/loads/<job>/explanation", responses={200: ExplanationShape})
@web.permission("plan:read")
def get_explanation(path: LoadOfPlanPath) -> dict[str, object]:
    """Why a load of a plan is not done earlier, from its end back to its beginning."""
    version = queries.plan_by_number(web.reading(), path.number)
    found = reasons_of_load(version, path.job, web.clock().zone)
    return ExplanationShape.of(found, web.in_words).model_dump(mode="json")


@api.post("/plans", responses={200: PlanProposed})
@web.permission("plan:propose")
def propose_plan(body: ProposePlan) -> dict[str, object]:
    """Start making a plan; its job tells when it is there."""
    return web.perform(service.propose_plan, body).model_dump(mode="json")


@api.post("/plans/<int:number>/publish", responses={200: PlanPublished})
@web.permission("plan:publish")
def publish_plan(path: NumberPath, body: CommandBody) -> dict[str, object]:
    """Make a proposal the plan in force."""
    command = PublishPlan(command_id=body.command_id, number=path.number)
    return web.perform(service.publish_plan, command).model_dump(mode="json")


@api.post("/plans/<int:number>/discard")
@web.permission("plan:propose")
def discard_plan(path: NumberPath, body: CommandBody) -> dict[str, object]:
    """Put a proposal away."""
    command = DiscardPlan(command_id=body.command_id, number=path.number)
    return web.perform(service.discard_plan, command).model_dump(mode="json")


@api.get("/loads", responses={200: LoadPageShape})
@web.permission("operation:read")
def list_loads(query: LoadQuery) -> dict[str, object]:
    """Pallet loads by number."""
    asked = queries.with_items(select(PalletLoad))
    if query.line is not None:
        asked = asked.join(Line, PalletLoad.line_id == Line.id).where(Line.code == query.line)
    if query.state is not None:
        asked = asked.where(PalletLoad.state == query.state)
    rows, further = paged(web.reading(), asked, PalletLoad.number, query)
    return LoadPageShape(items=[LoadShape.of(row) for row in rows], next=further).model_dump(mode="json")


@api.get("/loads/<int:number>", responses={200: LoadShape})
@web.permission("operation:read")
def get_load(path: NumberPath) -> dict[str, object]:
    """One pallet load."""
    return LoadShape.of(queries.load_by_number(web.reading(), path.number)).model_dump(mode="json")


def _line(line: Line) -> LineShape:
    return LineShape(
        id=line.id,
        code=line.code,
        name=line.name,
        families=line.families,
        pallet_length_mm=line.pallet_length_mm,
        pallet_width_mm=line.pallet_width_mm,
        pallet_max_load_kg=line.pallet_max_load_kg,
        free_pallets=[pallet.number for pallet in queries.free_pallets(web.reading(), line.id)],
        stations=[StationShape.of(line, station) for station in line.stations],
    )


def _document(text: str | None) -> Response:
    if text is None:
        raise NotFound(Text(N_("This plan has no content")))
    return Response(text, mimetype="application/json")
