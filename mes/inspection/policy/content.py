"""The shape of a quality policy; docs/contracts/quality-policy.md tells it to outsiders."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from mes.inspection.documents.templates import templates

RuleSetId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{1,38}$")]
Share = Annotated[float, Field(gt=0.5, lt=1)]


class Demand(StrEnum):
    """What a plant asks of a kind of inspection."""

    REQUIRED = "required"
    """the next step waits for it"""
    RECORDED = "recorded"
    """offered and kept; nothing waits"""
    OFF = "off"
    """not offered"""


class Sampling(StrEnum):
    """Which elements of a type are measured."""

    FULL = "full"
    LOTS = "lots"
    """a sample of each lot, as the rule set says; the others are looked at"""


class Part(BaseModel):
    """A part of the policy: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class RulesInForce(Part):
    """Which rule set judges: by project code first, then by family, else the default; and of moulds and rebar."""

    default: RuleSetId = "gb50204-2015"
    families: dict[str, RuleSetId] = {}
    projects: dict[str, RuleSetId] = {}
    mould: RuleSetId = "gbt51231-2016-mould"
    rebar: RuleSetId = "gbt51231-2016-rebar"

    def of(self, family: str, project_code: str) -> str:
        """The id of the rule set for an element."""
        return self.projects.get(project_code) or self.families.get(family) or self.default


def _known_template(template: str) -> str:
    """A template of papers that is packaged here."""
    if template not in templates():
        raise ValueError(f"no template of papers is called {template}; there are: {', '.join(templates())}")
    return template


TemplateId = Annotated[str, AfterValidator(_known_template)]


class Papers(Part):
    """Which city's template a project's papers follow: by project code, else the default."""

    default: TemplateId = "standard"
    projects: dict[str, TemplateId] = {}

    def of(self, project_code: str) -> str:
        """The id of the template for a project."""
        return self.projects.get(project_code) or self.default


class Policy(Part):
    """How a plant inspects. The defaults are what a standard asks of every plant, and what stood here before."""

    rules: RulesInForce = RulesInForce()
    sampling: Sampling = Sampling.FULL
    first_article: Demand = Demand.RECORDED
    incoming: Demand = Demand.RECORDED
    mould: Demand = Demand.RECORDED
    rebar: Demand = Demand.RECORDED
    process: Demand = Demand.RECORDED
    before_loading: Demand = Demand.RECORDED
    at_site: Demand = Demand.RECORDED
    witness: Demand = Demand.RECORDED  # of hidden works: required = casting waits for the supervisor
    maturity_confidence: Share = 0.95  # of the earliest safe demoulding
    papers: Papers = Papers()
