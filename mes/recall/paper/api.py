"""The REST route that issues the list of a recall; its PDF is at /papers/NUMBER/pdf like every paper's."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict

from mes.core import web
from mes.inspection.documents.ahead import issue_ahead
from mes.inspection.documents.press import press_of
from mes.recall.paper.service import IssueRecallList, RecallListIssued, issue_recall_list, recall_list
from mes.recall.schemas import RecallPath

api = APIBlueprint(
    "recall_paper_api",
    __name__,
    url_prefix="/api/v1",
    abp_tags=[Tag(name="recall")],
    abp_security=[{"token": []}, {"session": []}],
)


class ListBody(BaseModel):
    """A repeated command_id gives the first answer."""

    model_config = ConfigDict(extra="forbid")

    command_id: UUID


@api.post("/recalls/<number>/list", responses={201: RecallListIssued})
@web.permission("recall:export")
def post_recall_list(path: RecallPath, body: ListBody) -> tuple[dict[str, Any], int]:
    """Issue the list of a recall as a paper: what is asked, where every element is now, and the reverse proof."""
    press = press_of(web.settings())
    press.warm()
    command = IssueRecallList(command_id=body.command_id, number=path.number, press=press)
    issued = issue_ahead(web.database(), web.actor(), web.clock(), issue_recall_list, recall_list, command)
    return issued.model_dump(mode="json"), 201
