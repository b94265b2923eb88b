"""The policy in force."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from mes.inspection.models import QualityPolicy
from mes.inspection.policy.content import Policy


def policy_in_force(session: Session) -> Policy:
    """The latest version of the plant's policy; without one, the defaults."""
    query = select(QualityPolicy.content).order_by(QualityPolicy.version.desc()).limit(1)
    content = session.scalars(query).first()
    return Policy() if content is None else Policy.model_validate(content)
