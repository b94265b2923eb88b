"""Commands and answers about the policy and rule sets."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from mes.core.commands import Answer, Command
from mes.inspection.policy.content import Policy

LONGEST_RULE_FILE = 200_000


class SetPolicy(Command):
    """How the plant inspects from now on. `expected_version` is the version it was made from; 0 where none was set."""

    content: Policy
    expected_version: int = Field(ge=0)


class PolicySet(Answer):
    """The new version."""

    version: int


class UploadRuleSet(Command):
    """A rule set of the plant's own, as the text of its YAML file."""

    text: str = Field(max_length=LONGEST_RULE_FILE)
    file: str = Field("rules.yaml", min_length=1, max_length=120)


class RuleSetUploaded(Answer):
    """The name under which a policy may choose it, and the digest of its kept text."""

    rule_set: str
    sha256: str


class PolicyRow(BaseModel):
    """A version of the policy; 0 is the packaged one."""

    version: int
    content: Policy
    set_at: datetime | None
    set_by: str


class RuleSetRow(BaseModel):
    """A rule set that a policy may name."""

    id: str
    sha256: str
    subject: str
    standard: str
    edition: str
    verified: bool
    own: bool
    sharpens: str | None
    set_at: datetime | None
    set_by: str


class RuleSetDocument(RuleSetRow):
    """A rule set with its rows, and the text of its file."""

    rows: list[dict[str, Any]]
    text: str


class RuleSetPath(BaseModel):
    """A rule set's address: its name, or the digest of a kept file."""

    rule_set: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{1,63}$")
