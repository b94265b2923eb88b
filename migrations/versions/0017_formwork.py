"""The register of moulds and pallets: what they are, when they were registered, how they leave service."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from mes.core import database

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

TIME = database.UtcDateTime

LIFE = ("registered_at", "retired_at", "remark", "version")
OF_MOULD = ("in_service", "drawing_number", "length_mm", "width_mm", "height_mm", "maker")


def upgrade() -> None:
    """Pieces that are there already were never told of: `registered_at` stays empty until they are."""
    for table in ("mould", "pallet"):
        with op.batch_alter_table(table) as piece:
            piece.add_column(sa.Column("registered_at", TIME(), nullable=True))
            piece.add_column(sa.Column("retired_at", TIME(), nullable=True))
            piece.add_column(sa.Column("remark", sa.String(length=300), nullable=False, server_default=""))
            piece.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    with op.batch_alter_table("mould") as mould:
        mould.add_column(sa.Column("in_service", sa.Boolean(), nullable=False, server_default=sa.true()))
        mould.add_column(sa.Column("drawing_number", sa.String(length=60), nullable=False, server_default=""))
        mould.add_column(sa.Column("length_mm", sa.Integer(), nullable=True))
        mould.add_column(sa.Column("width_mm", sa.Integer(), nullable=True))
        mould.add_column(sa.Column("height_mm", sa.Integer(), nullable=True))
        mould.add_column(sa.Column("maker", sa.String(length=120), nullable=False, server_default=""))
    with op.batch_alter_table("pallet") as pallet:
        pallet.add_column(sa.Column("by_hand", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    with op.batch_alter_table("pallet") as pallet:
        for column in ("by_hand", *LIFE):
            pallet.drop_column(column)
    with op.batch_alter_table("mould") as mould:
        for column in (*OF_MOULD, *LIFE):
            mould.drop_column(column)
