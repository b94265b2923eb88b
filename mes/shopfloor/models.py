"""Material lots, casting batches, downtime, and what did not fit."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Numeric, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from mes.core.database import Base, Identified


class MaterialLot(Identified, Base):
    """A received lot of material (cement, rebar, embeds, sleeves …)."""

    __tablename__ = "material_lot"
    __table_args__ = (UniqueConstraint("kind", "lot_number"),)

    kind: Mapped[str] = mapped_column(String(30))  # rebar | mesh | girder | embed | sleeve | insulation | …
    lot_number: Mapped[str] = mapped_column(String(60), index=True)
    supplier: Mapped[str] = mapped_column(String(120), default="")
    description: Mapped[str] = mapped_column(String(160), default="")
    certificate_number: Mapped[str] = mapped_column(String(60), default="")
    received_at: Mapped[datetime]
    released: Mapped[bool] = mapped_column(default=True)  # False after a failed re-test
    gtin: Mapped[str] = mapped_column(String(14), default="")  # its maker's, where the label says it
    unit: Mapped[str] = mapped_column(String(3))  # UN/ECE Recommendation 20: KGM, H87 …
    received_quantity: Mapped[float | None] = mapped_column(Numeric(12, 3, asdecimal=False))  # None: not known


class MaterialUse(Identified, Base):
    """A lot that went into the elements of a load, and how much of it in the lot's unit, where that is known."""

    __tablename__ = "material_use"
    __table_args__ = (UniqueConstraint("lot_id", "load_id"),)

    lot_id: Mapped[UUID] = mapped_column(ForeignKey("material_lot.id"))
    load_id: Mapped[UUID] = mapped_column(ForeignKey("pallet_load.id"), index=True)
    used_at: Mapped[datetime]
    used_by: Mapped[str] = mapped_column(String(80))
    quantity: Mapped[float | None] = mapped_column(Numeric(12, 3, asdecimal=False))
    as_planned: Mapped[bool] = mapped_column(default=False)  # what the bills of the elements say, not what was counted
    lot: Mapped[MaterialLot] = relationship()


class CastingBatch(Identified, Base):
    """A batch of concrete (mix ticket) as it left the batching plant."""

    __tablename__ = "casting_batch"

    batch_number: Mapped[str] = mapped_column(String(40), unique=True)
    concrete_grade: Mapped[str] = mapped_column(String(10))
    mix_code: Mapped[str] = mapped_column(String(40), default="")
    volume_m3: Mapped[float] = mapped_column(Numeric(8, 3, asdecimal=False))
    mixed_at: Mapped[datetime] = mapped_column(index=True)
    slump_mm: Mapped[int | None]
    temperature_c: Mapped[float | None] = mapped_column(Numeric(5, 1, asdecimal=False))


class BatchMaterial(Identified, Base):
    """A material lot (cement, aggregate, admixture …) that went into a batch of concrete."""

    __tablename__ = "batch_material"
    __table_args__ = (UniqueConstraint("lot_id", "batch_id"),)

    lot_id: Mapped[UUID] = mapped_column(ForeignKey("material_lot.id"))
    batch_id: Mapped[UUID] = mapped_column(ForeignKey("casting_batch.id"), index=True)
    quantity_kg: Mapped[float | None] = mapped_column(Numeric(10, 2, asdecimal=False))
    noted_at: Mapped[datetime]
    noted_by: Mapped[str] = mapped_column(String(80))
    lot: Mapped[MaterialLot] = relationship()


class MouldUse(Identified, Base):
    """A mould (模具) that shaped the elements of a load; the pallet below them is the load's own."""

    __tablename__ = "mould_use"
    __table_args__ = (UniqueConstraint("mould_id", "load_id"),)

    mould_id: Mapped[UUID] = mapped_column(ForeignKey("mould.id"))
    load_id: Mapped[UUID] = mapped_column(ForeignKey("pallet_load.id"), index=True)
    used_at: Mapped[datetime]
    used_by: Mapped[str] = mapped_column(String(80))


class Casting(Identified, Base):
    """Concrete of a batch poured into the elements of a load."""

    __tablename__ = "casting"
    __table_args__ = (UniqueConstraint("batch_id", "load_id"),)

    batch_id: Mapped[UUID] = mapped_column(ForeignKey("casting_batch.id"))
    load_id: Mapped[UUID] = mapped_column(ForeignKey("pallet_load.id"), index=True)
    crew: Mapped[str] = mapped_column(String(40), default="", index=True)  # 班组 of whoever poured
    poured_m3: Mapped[float] = mapped_column(Numeric(8, 3, asdecimal=False))
    measured: Mapped[bool] = mapped_column(default=False)  # as the spreader counted it, not as planned
    at: Mapped[datetime] = mapped_column(index=True)
    by: Mapped[str] = mapped_column(String(80))
    batch: Mapped[CastingBatch] = relationship()


class Downtime(Identified, Base):
    """A station that stood still, and why."""

    __tablename__ = "downtime"

    station_id: Mapped[UUID] = mapped_column(ForeignKey("station.id"), index=True)
    operation_id: Mapped[UUID | None] = mapped_column(ForeignKey("operation.id"))
    reason: Mapped[str] = mapped_column(String(200))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    reported_by: Mapped[str] = mapped_column(String(80))
    by_machine: Mapped[bool] = mapped_column(default=False)  # the machine's own state says so


class SignalRules(Base):
    """What the stations' signals mean in this plant, every version of it; without one, the standard rules hold."""

    __tablename__ = "signal_rules"

    version: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(Text)  # YAML
    set_at: Mapped[datetime]
    set_by: Mapped[str] = mapped_column(String(80))


class SignalMark(Base):
    """What a machine's counters showed when it began a load, so that their rise can be told when it is done."""

    __tablename__ = "signal_mark"

    device: Mapped[str] = mapped_column(String(60), primary_key=True)
    load_id: Mapped[UUID] = mapped_column(ForeignKey("pallet_load.id"), primary_key=True)
    values: Mapped[dict[str, Any]]
    at: Mapped[datetime]


class Discrepancy(Identified, Base):
    """Where machine and house tell different stories: kept for a person, nothing changed by itself."""

    __tablename__ = "discrepancy"

    device: Mapped[str] = mapped_column(String(60), index=True)
    kind: Mapped[str] = mapped_column(String(40))
    pallet: Mapped[int | None]
    machine_story: Mapped[dict[str, Any]]
    house_story: Mapped[dict[str, Any]]
    noticed_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[str | None] = mapped_column(String(80))
    resolution: Mapped[str | None] = mapped_column(String(300))
