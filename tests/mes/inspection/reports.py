"""Reporting and deciding on the stage, for tests of nonconformities."""

from __future__ import annotations

from typing import Any

from mes.core.actor import Actor
from mes.core.commands import perform
from mes.inspection.nonconformities.schemas import Dispose, Disposed, NonconformityReport, NonconformityReported
from mes.inspection.service import dispose, report_nonconformity
from tests.conftest import actor
from tests.mes.inspection.stage import Stage


def report(stage: Stage, index: int = 0, by: Actor | None = None, **changes: Any) -> NonconformityReported:
    """Somebody (an operator) reports a damage of an element."""
    content = {"element_id": stage.element_ids[index], "kind": "damage", "severity": "general", "description": "缺角"}
    command = NonconformityReport.model_validate(content | changes)
    return perform(stage.database, by or actor("operator"), stage.clock, report_nonconformity, command)


def decide(stage: Stage, nonconformity_id: object, disposition: str, **changes: Any) -> Disposed:
    """The quality manager decides."""
    content = {
        "nonconformity_id": nonconformity_id,
        "disposition": disposition,
        "reason": "按方案处理",
        "press": stage.press,
    }
    return perform(
        stage.database,
        actor("quality_manager", "张质检"),
        stage.clock,
        dispose,
        Dispose.model_validate(content | changes),
    )
