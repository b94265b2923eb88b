"""Order intake: a file becomes an order, checked wholly before anything is written. Pages and commands share it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from mes.core.ids import new_id
from mes.library.models import ComponentType
from mes.orders.ifc_model import read_ifc
from mes.orders.ifc_order import model_ids, order_of_model
from mes.orders.service import ImportOrder
from mes.orders.workbook import OrderWorkbook, content_sha256, read_order_workbook

DAYS_FOR_A_MODEL = 30
"""A model says nothing about dates: its elements are required this many days after its import."""


@dataclass(frozen=True)
class Intake:
    """What a file asks for. `order.faults` says what is wrong; only a sound order may be applied."""

    source: Literal["workbook", "ifc"]
    source_name: str
    order: OrderWorkbook
    model_ids: dict[str, str]

    def content_sha256(self) -> str:
        """By what a second import is recognised; a model's dates come from us and are no part of it."""
        if self.source == "workbook":
            return content_sha256(self.order)
        lines = tuple(replace(line, required_on=date.min) for line in self.order.lines)
        return content_sha256(replace(self.order, lines=lines))

    def command(self, command_id: UUID | None = None) -> ImportOrder:
        """The command that applies it."""
        return ImportOrder(
            command_id=command_id or new_id(),
            source=self.source,
            source_name=self.source_name,
            content_sha256=self.content_sha256(),
            order=self.order,
            model_ids=self.model_ids,
        )


def read_workbook(session: Session, data: bytes, name: str, today: date) -> Intake:
    """Read a planner's workbook; codes that the library knows already need no description in it."""
    known = set(session.scalars(select(ComponentType.type_code).where(ComponentType.atlas.is_(None))))
    order = read_order_workbook(data, today=today, known_type_codes=known)
    return Intake("workbook", name, order, {})


def read_model(path: Path, project_code: str, profile: str, today: date) -> Intake:
    """Read an IFC model with a mapping profile."""
    model = read_ifc(path, profile)
    order = order_of_model(model, project_code, today + timedelta(days=DAYS_FOR_A_MODEL))
    return Intake("ifc", path.name, order, model_ids(model))
