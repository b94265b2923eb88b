"""REST routes of concrete, under /api/v1."""

from __future__ import annotations

from typing import Any

from flask_openapi3 import APIBlueprint, Tag
from sqlalchemy import select

from mes.core import web
from mes.core.paging import Page, paged
from mes.inspection.concrete import queries
from mes.inspection.concrete.evaluations import evaluate_concrete
from mes.inspection.concrete.findings import answer_finding
from mes.inspection.concrete.mixes import define_mix
from mes.inspection.concrete.schemas import (
    AnswerFinding,
    ConcreteEvaluated,
    CubeQuery,
    CubeRow,
    CuringQuery,
    CuringRow,
    DefineMix,
    EvaluateConcrete,
    EvaluationPath,
    EvaluationQuery,
    EvaluationRow,
    FindingAnswered,
    LoadPath,
    MixDefined,
    MixQuery,
    MixRow,
)
from mes.inspection.models import ConcreteMix, CubeTest, CuringRecord, StrengthEvaluation
from mes.inspection.queries import read_id

api = APIBlueprint(
    "concrete_api",
    __name__,
    url_prefix="/api/v1",
    abp_tags=[Tag(name="concrete")],
    abp_security=[{"token": []}, {"session": []}],
)

Json = dict[str, Any]


class MixPage(Page[MixRow]):
    """A page of mixes."""


class EvaluationPage(Page[EvaluationRow]):
    """A page of evaluations."""


class CuringPage(Page[CuringRow]):
    """A page of cures."""


class CubePage(Page[CubeRow]):
    """A page of cube tests."""


@api.get("/mixes", responses={200: MixPage})
@web.permission("curing:read")
def list_mixes(query: MixQuery) -> Json:
    """Versions of mixes in the order of their ids, which is that of time."""
    wanted = select(ConcreteMix)
    if query.code:
        wanted = wanted.where(ConcreteMix.code == query.code)
    rows, after = paged(web.reading(), wanted, ConcreteMix.id, query, read_key=read_id)
    return MixPage(items=[MixRow.model_validate(row) for row in rows], next=after).model_dump(mode="json")


@api.post("/mixes", responses={201: MixDefined})
@web.permission("mix:write")
def post_mix(body: DefineMix) -> tuple[Json, int]:
    """Define a mix, or a further version of it."""
    return web.perform(define_mix, body).model_dump(mode="json"), 201


@api.get("/curing", responses={200: CuringPage})
@web.permission("curing:read")
def list_curing(query: CuringQuery) -> Json:
    """Cures in the order of their ids, which is that of time."""
    wanted = queries.cures_in_scope(web.actor())
    if query.final is not None:
        wanted = wanted.where(CuringRecord.final.is_(query.final))
    rows, after = paged(web.reading(), wanted, CuringRecord.id, query, read_key=read_id)
    return CuringPage(items=[CuringRow.model_validate(row) for row in rows], next=after).model_dump(mode="json")


@api.get("/curing/<uuid:load_id>", responses={200: CuringRow})
@web.permission("curing:read")
def read_curing(path: LoadPath) -> Json:
    """The cure of a load."""
    cure = queries.cure_of(web.reading(), web.actor(), path.load_id)
    return CuringRow.model_validate(cure.record).model_dump(mode="json")


@api.post("/curing-answers", responses={201: FindingAnswered})
@web.permission("inspection:write")
def post_curing_answer(body: AnswerFinding) -> tuple[Json, int]:
    """Answer a finding of a cure: accept it with a reason, or report its elements."""
    return web.perform(answer_finding, body).model_dump(mode="json"), 201


@api.get("/strength-evaluations", responses={200: EvaluationPage})
@web.permission("inspection:read")
def list_evaluations(query: EvaluationQuery) -> Json:
    """Evaluations of strength in the order of their ids, which is that of time."""
    wanted = select(StrengthEvaluation)
    if query.concrete_grade:
        wanted = wanted.where(StrengthEvaluation.concrete_grade == query.concrete_grade)
    if query.mix_code:
        wanted = wanted.where(StrengthEvaluation.mix_code == query.mix_code)
    rows, after = paged(web.reading(), wanted, StrengthEvaluation.id, query, read_key=read_id)
    return EvaluationPage(items=[_evaluation(row) for row in rows], next=after).model_dump(mode="json")


@api.get("/strength-evaluations/<uuid:evaluation_id>", responses={200: EvaluationRow})
@web.permission("inspection:read")
def read_evaluation(path: EvaluationPath) -> Json:
    """One evaluation of strength."""
    return _evaluation(queries.evaluation_for(web.reading(), path.evaluation_id)).model_dump(mode="json")


@api.post("/strength-evaluations", responses={201: ConcreteEvaluated})
@web.permission("strength:write")
def post_evaluation(body: EvaluateConcrete) -> tuple[Json, int]:
    """Evaluate the strength of a grade over a period after GB/T 50107-2010, and keep it under a number."""
    return web.perform(evaluate_concrete, body).model_dump(mode="json"), 201


@api.get("/cube-tests", responses={200: CubePage})
@web.permission("inspection:read")
def list_cube_tests(query: CubeQuery) -> Json:
    """Cube tests in the order of their ids, which is that of time."""
    wanted = select(CubeTest)
    if query.batch_id:
        wanted = wanted.where(CubeTest.batch_id == query.batch_id)
    rows, after = paged(web.reading(), wanted, CubeTest.id, query, read_key=read_id)
    return CubePage(items=[CubeRow.model_validate(row) for row in rows], next=after).model_dump(mode="json")


def _evaluation(row: StrengthEvaluation) -> EvaluationRow:
    shown = EvaluationRow.model_validate(row)
    return shown.model_copy(update={"content": queries.content_for(web.reading(), web.actor(), row)})
