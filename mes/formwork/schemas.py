"""The room's shapes in the API."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from flask_openapi3 import FileStorage
from pydantic import BaseModel, Field

from mes.core.paging import Page, PageQuery
from mes.formwork.queries import MouldRow, PalletRow, standing_word

State = Literal["", "in_service", "withdrawn", "retired"]


class RegisterQuery(PageQuery):
    """Which pieces."""

    state: State = ""


class MouldQuery(RegisterQuery):
    """Which moulds."""

    family: str = Field("", max_length=30)


class PalletQuery(RegisterQuery):
    """Which pallets."""

    line: str = Field("", max_length=20)


class MouldPath(BaseModel):
    """A mould's own code."""

    code: str = Field(max_length=40)


class PalletPath(BaseModel):
    """A pallet's number."""

    number: int = Field(ge=1, le=2**31 - 1)


class LeaveBody(BaseModel):
    """A piece leaves service, for a time or for good."""

    command_id: UUID
    reason: str = Field(max_length=200)
    for_good: bool = False


class ReturnBody(BaseModel):
    """A piece is in service again."""

    command_id: UUID
    remark: str = Field("", max_length=200)


class ListUpload(BaseModel):
    """A list of moulds and pallets."""

    command_id: UUID
    workbook: FileStorage = Field(description="the .xlsx file")


class InspectionShape(BaseModel):
    """Where the inspection of a piece stands: `state` is accepted | refused | due | never."""

    state: str
    inspected_at: datetime | None
    uses_since: int
    due_after: int | None


class _PieceShape(BaseModel):
    state: str
    registered_at: datetime | None
    retired_at: datetime | None
    remark: str
    version: int
    loads: int
    elements: int
    inspection: InspectionShape


class MouldShape(_PieceShape):
    """A mould; lengths in millimetres. `casts` counts its whole life, `loads` those since it was registered."""

    code: str
    family: str
    type_code: str | None
    type_revision: int | None
    drawing_number: str
    length_mm: int | None
    width_mm: int | None
    height_mm: int | None
    maker: str
    casts: int
    casts_between_maintenance: int

    @classmethod
    def of(cls, row: MouldRow) -> MouldShape:
        """A row of the register."""
        mould, made = row.mould, row.made
        names = ("code", "family", "drawing_number", "length_mm", "width_mm", "height_mm", "maker")
        return cls(
            **{name: getattr(mould, name) for name in names},
            **_piece(row),
            type_code=made.type_code if made else None,
            type_revision=made.revision if made else None,
            casts=row.casts,
            casts_between_maintenance=mould.casts_between_maintenance,
        )


class PalletShape(_PieceShape):
    """A pallet, and the load that it carries now."""

    number: int
    line: str
    carries: int | None

    @classmethod
    def of(cls, row: PalletRow) -> PalletShape:
        """A row of the register."""
        return cls(number=row.pallet.number, line=row.pallet.line.code, carries=row.carries, **_piece(row))


def _piece(row: MouldRow | PalletRow) -> dict[str, Any]:
    piece = row.mould if isinstance(row, MouldRow) else row.pallet
    latest = row.standing.latest
    return {
        "state": piece.service_state,
        "registered_at": piece.registered_at,
        "retired_at": piece.retired_at,
        "remark": piece.remark,
        "version": piece.version,
        "loads": row.uses.loads,
        "elements": row.uses.elements,
        "inspection": InspectionShape(
            state=standing_word(row.standing),
            inspected_at=latest.inspected_at if latest else None,
            uses_since=row.standing.uses,
            due_after=row.standing.due_after,
        ),
    }


class MouldPage(Page[MouldShape]):
    """Moulds by code."""


class PalletPage(Page[PalletShape]):
    """Pallets by number."""
