"""Setting the quality policy of a test, directly as the table keeps it."""

from __future__ import annotations

from sqlalchemy import func, select

from mes.core.database import Database
from mes.inspection.models import QualityPolicy
from mes.inspection.policy import Policy
from tests.conftest import NOW


def set_policy(database: Database, **changes: object) -> None:
    """A further version of the policy: the defaults with these changes."""
    content = Policy.model_validate(changes).model_dump(mode="json")
    with database.writing() as session:
        last = session.scalar(select(func.max(QualityPolicy.version))) or 0
        session.add(QualityPolicy(version=last + 1, content=content, set_at=NOW, set_by="inspector"))
