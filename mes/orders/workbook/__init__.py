"""The order workbook (.xlsx) of a planner: reading, checking, writing and recognising it."""

from mes.orders.workbook.model import (
    BuildingEntry,
    Fault,
    FloorEntry,
    OrderedElement,
    OrderLimits,
    OrderLine,
    OrderWorkbook,
    OwnTypeEntry,
    PartyEntry,
    PartyRole,
    ProjectEntry,
    Severity,
)
from mes.orders.workbook.normal_form import content_sha256, normal_form
from mes.orders.workbook.read import read_order_workbook

__all__ = [
    "BuildingEntry",
    "Fault",
    "FloorEntry",
    "OrderLimits",
    "OrderLine",
    "OrderWorkbook",
    "OrderedElement",
    "OwnTypeEntry",
    "PartyEntry",
    "PartyRole",
    "ProjectEntry",
    "Severity",
    "content_sha256",
    "normal_form",
    "read_order_workbook",
]
