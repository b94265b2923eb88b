"""Setting the quality policy of a test, directly as the table keeps it, and filling in plans faultlessly."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from mes.core.database import Database
from mes.inspection.models import QualityPolicy
from mes.inspection.policy import Policy
from mes.inspection.schemas import Reading, RecordInspection, TakenPhoto
from quality import AnswerKind, InspectionPlan
from tests.conftest import NOW
from tests.mes.inspection.stage import Stage


def set_policy(database: Database, **changes: object) -> None:
    """A further version of the policy: the defaults with these changes."""
    content = Policy.model_validate(changes).model_dump(mode="json")
    with database.writing() as session:
        last = session.scalar(select(func.max(QualityPolicy.version))) or 0
        session.add(QualityPolicy(version=last + 1, content=content, set_at=NOW, set_by="inspector"))


def as_first_article(stage: Stage, index: int = 0, **changes: object) -> RecordInspection:
    """A complete and faultless report about a finished first article: all parties saw it, its drawing was compared."""
    answers = {"first_article_parties": "yes", "first_article_drawing": "yes"}
    photo = TakenPhoto(sha256=stage.photo(), item="first_article_drawing")
    return stage.final(index, **{"answers": answers, "photos": [photo], **changes})


def good(stage: Stage, plan: InspectionPlan) -> dict[str, Any]:
    """A faultless report: every check answered, every required figure in the middle of its limits."""
    measured = [item for item in plan.items if item.answer_kind is AnswerKind.MEASURE and item.required]
    photo = stage.photo()
    return {
        "answers": {item.id: "yes" for item in plan.items if item.answer_kind is AnswerKind.CHECK},
        "measurements": [
            Reading(
                item=item.id,
                nominal=5 if item.limits else 20 if item.nominal_required else None,
                values=[VALUES.get(item.id, 1)] * item.readings,
            )
            for item in measured
        ],
        "photos": [TakenPhoto(sha256=photo, item=item.id) for item in plan.items if item.photo_required],
    }


VALUES: dict[str, float] = {
    "concrete_temperature": 20,
    "rebar_mass": 1,
    "mould_length": 3420,
    "mould_width": 1760,
    "mould_height": 60,
    "mould_diagonal": 3846,
    "rebar_cover": 20,
}
