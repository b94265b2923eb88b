"""Every room's tables, gathered for migrations and for checks across rooms."""

from importlib import import_module

from mes.core.database import Base

ROOMS = (
    "core",
    "accounts",
    "ledger",
    "identity",
    "printing",
    "library",
    "orders",
    "planning",
    "machines",
    "shopfloor",
    "inspection",
    "logistics",
    "recall",
    "traceability",
)

for _room in ROOMS:
    import_module(f"mes.{_room}.models")

metadata = Base.metadata
