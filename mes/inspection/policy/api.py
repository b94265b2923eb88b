"""REST routes of policy and rule sets, under /api/v1; docs/contracts/quality-policy.md tells of them."""

from __future__ import annotations

from typing import Any

from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel

from mes.core import web
from mes.inspection.policy.queries import policy_row, rule_set_document, rule_set_row
from mes.inspection.policy.rule_sets import known_rule_sets
from mes.inspection.policy.schemas import (
    PolicyRow,
    PolicySet,
    RuleSetDocument,
    RuleSetPath,
    RuleSetRow,
    RuleSetUploaded,
    SetPolicy,
    UploadRuleSet,
)
from mes.inspection.policy.service import set_policy, upload_rule_set

api = APIBlueprint(
    "quality_policy_api",
    __name__,
    url_prefix="/api/v1",
    abp_tags=[Tag(name="inspection")],
    abp_security=[{"token": []}, {"session": []}],
)

Json = dict[str, Any]


class RuleSetList(BaseModel):
    """The rule sets that a policy may name."""

    items: list[RuleSetRow]


@api.get("/quality-policy", responses={200: PolicyRow})
@web.permission("inspection:read")
def read_policy() -> Json:
    """The policy in force; version 0 is the packaged one."""
    return policy_row(web.reading()).model_dump(mode="json")


@api.put("/quality-policy", responses={200: PolicySet})
@web.permission("inspection:configure")
def put_policy(body: SetPolicy) -> Json:
    """Set the policy: a new version, which holds for what is judged from now on."""
    return web.perform(set_policy, body).model_dump(mode="json")


@api.get("/rule-sets", responses={200: RuleSetList})
@web.permission("inspection:read")
def list_rule_sets() -> Json:
    """Packaged rule sets, and the latest of each of the plant's own."""
    return RuleSetList(items=[rule_set_row(one) for one in known_rule_sets(web.reading())]).model_dump(mode="json")


@api.get("/rule-sets/<rule_set>", responses={200: RuleSetDocument})
@web.permission("inspection:read")
def read_rule_set(path: RuleSetPath) -> Json:
    """A rule set by its name, or as it was judged by under its digest: rows, and the file's text."""
    return rule_set_document(web.reading(), path.rule_set).model_dump(mode="json")


@api.post("/rule-sets", responses={201: RuleSetUploaded})
@web.permission("inspection:configure")
def post_rule_set(body: UploadRuleSet) -> tuple[Json, int]:
    """Keep a rule set of the plant's own; faults carry the place in the file."""
    return web.perform(upload_rule_set, body).model_dump(mode="json"), 201
