"""Component types, moulds and the routes their families take."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Numeric, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from mes.core.database import Base, Identified


class ComponentType(Identified, Base):
    """A design (构件类型): geometry, concrete and family. A revision is a new row of the same code."""

    __tablename__ = "component_type"
    __table_args__ = (
        UniqueConstraint("type_code", "revision"),
        CheckConstraint("length_mm > 0 AND width_mm > 0 AND thickness_mm > 0", name="size"),
    )

    type_code: Mapped[str] = mapped_column(String(60), index=True)
    revision: Mapped[int] = mapped_column(default=1)
    family: Mapped[str] = mapped_column(String(30), index=True)  # composite_slab, exterior_wall …
    name: Mapped[str] = mapped_column(String(120))
    atlas: Mapped[str | None] = mapped_column(String(30))  # 15G366-1 …, None for a plant's own code
    length_mm: Mapped[int]
    width_mm: Mapped[int]
    thickness_mm: Mapped[int]
    concrete_volume_m3: Mapped[float] = mapped_column(Numeric(10, 4, asdecimal=False))
    weight_kg: Mapped[float] = mapped_column(Numeric(10, 1, asdecimal=False))
    concrete_grade: Mapped[str] = mapped_column(String(10))
    openings: Mapped[list[Any]]  # [{x_mm, y_mm, width_mm, height_mm}]
    assumptions: Mapped[list[Any]]  # what the code does not say and was taken from defaults
    gtin: Mapped[str] = mapped_column(String(14), index=True)  # of the family in this plant; empty without GS1
    bill: Mapped[list[Any]] = mapped_column(default=list)  # [{kind, quantity, unit}] of material for one piece
    created_at: Mapped[datetime]


class ServiceLife:
    """What moulds and pallets have alike. `registered_at` is when the ledger first told of it, and so platforms."""

    registered_at: Mapped[datetime | None] = mapped_column(sort_order=10)
    in_service: Mapped[bool] = mapped_column(default=True, sort_order=10)
    retired_at: Mapped[datetime | None] = mapped_column(sort_order=10)  # for good: its name is not given again

    @property
    def service_state(self) -> str:
        """in_service | withdrawn | retired."""
        return "in_service" if self.in_service else "retired" if self.retired_at else "withdrawn"


class Mould(ServiceLife, Identified, Base):
    """Formwork (模具) that makes one or more types: those of a family, or one type of it."""

    __tablename__ = "mould"

    code: Mapped[str] = mapped_column(String(40), unique=True)
    family: Mapped[str] = mapped_column(String(30))
    component_type_id: Mapped[UUID | None] = mapped_column(ForeignKey("component_type.id"))
    casts: Mapped[int] = mapped_column(default=0)  # before it was registered here; later ones are its uses
    casts_between_maintenance: Mapped[int] = mapped_column(default=200)
    drawing_number: Mapped[str] = mapped_column(String(60), default="")
    length_mm: Mapped[int | None]  # the mould's own size, outside
    width_mm: Mapped[int | None]
    height_mm: Mapped[int | None]
    maker: Mapped[str] = mapped_column(String(120), default="")
    remark: Mapped[str] = mapped_column(String(300), default="")
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class RouteStep(Identified, Base):
    """Minutes of work of a family at a kind of station: `base_minutes` a pallet and `minutes_per_m2` of elements."""

    __tablename__ = "route_step"
    __table_args__ = (UniqueConstraint("family", "station_kind"),)

    family: Mapped[str] = mapped_column(String(30))
    station_kind: Mapped[str] = mapped_column(String(30))  # casting, curing …
    base_minutes: Mapped[int]
    minutes_per_m2: Mapped[float] = mapped_column(Numeric(8, 3, asdecimal=False), default=0)
