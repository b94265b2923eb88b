"""Who answers for the production of an element: the head of production of its line when it was cast."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from mes.inspection.strength import load_of
from mes.orders.models import Element
from mes.planning.heads import head_facts


def head_at_casting(session: Session, element: Element) -> dict[str, Any]:
    """`production_head` as events and papers keep it; nothing where it is not cast, or nobody was named."""
    load, cast_at = load_of(session, element.id), element.facts.get("curing")
    if load is None or cast_at is None:
        return {}
    return head_facts(session, load.line, datetime.fromisoformat(cast_at))
