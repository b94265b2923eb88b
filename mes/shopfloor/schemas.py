"""What the room's API takes and gives."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from mes.core.paging import Page, PageQuery
from mes.shopfloor.service import PendingCommand


class OperationQuery(PageQuery):
    """Which operations to list."""

    line: str | None = Field(default=None, description="code of a line")
    station: str | None = Field(default=None, description="code of a station")
    state: str | None = Field(default=None, pattern="^(waiting|running|held|done)$")


class OperationOut(BaseModel):
    """A load's work at a station."""

    id: UUID
    load_id: UUID
    load_number: int
    pallet_number: int | None
    line: str
    station: str
    station_kind: str
    ordinal: int
    state: str
    planned_start: datetime
    planned_end: datetime
    started_at: datetime | None
    finished_at: datetime | None
    started_by: str | None
    inferred: bool
    hold_reason: str | None
    version: int


class OperationPath(BaseModel):
    """Names an operation."""

    operation_id: UUID


class LotRow(BaseModel):
    """What is kept of a material lot."""

    id: UUID
    kind: str
    lot_number: str
    supplier: str
    description: str
    certificate_number: str
    received_at: datetime
    released: bool
    gtin: str = Field(description="its maker's; empty where the label said none")
    unit: str = Field(description="common code of UN/ECE Recommendation 20")
    received_quantity: float | None

    def with_left(self, left: float | None) -> LotOut:
        """The lot with what is left of it."""
        return LotOut(**self.model_dump(), left_quantity=left)


class LotOut(LotRow):
    """A material lot."""

    left_quantity: float | None = Field(description="after every use whose amount is known; None: came in uncounted")


class BatchOut(BaseModel):
    """A concrete batch."""

    id: UUID
    batch_number: str
    concrete_grade: str
    mix_code: str
    volume_m3: float
    mixed_at: datetime
    slump_mm: int | None
    temperature_c: float | None


class OperationPage(Page[OperationOut]):
    """A page of operations."""


class LotPage(Page[LotOut]):
    """A page of material lots."""


class BatchPage(Page[BatchOut]):
    """A page of concrete batches."""


class CommandsOut(BaseModel):
    """What the gateway is to write now."""

    commands: list[PendingCommand]


class CommandPath(BaseModel):
    """Names a machine command."""

    machine_command_id: UUID
