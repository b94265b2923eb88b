"""The register of moulds and pallets: what they are, when they were registered, how they leave service."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from mes.core import database

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

TIME = database.UtcDateTime


def upgrade() -> None:
    """Pieces that are there already were never told of: `registered_at` stays empty until they are."""
    for table in ("mould", "pallet"):
        op.add_column(table, sa.Column("registered_at", TIME(), nullable=True))
        op.add_column(table, sa.Column("retired_at", TIME(), nullable=True))
        op.add_column(table, sa.Column("remark", sa.String(length=300), nullable=False, server_default=""))
        op.add_column(table, sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("mould", sa.Column("in_service", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("mould", sa.Column("drawing_number", sa.String(length=60), nullable=False, server_default=""))
    op.add_column("mould", sa.Column("length_mm", sa.Integer(), nullable=True))
    op.add_column("mould", sa.Column("width_mm", sa.Integer(), nullable=True))
    op.add_column("mould", sa.Column("height_mm", sa.Integer(), nullable=True))
    op.add_column("mould", sa.Column("maker", sa.String(length=120), nullable=False, server_default=""))
    op.add_column("pallet", sa.Column("by_hand", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("pallet", "by_hand")
    for column in ("maker", "height_mm", "width_mm", "length_mm", "drawing_number", "in_service"):
        op.drop_column("mould", column)
    for table in ("pallet", "mould"):
        for column in ("version", "remark", "retired_at", "registered_at"):
            op.drop_column(table, column)
