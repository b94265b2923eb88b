"""What signals mean in this plant; measured volumes, and what the counters showed at the beginning of a load."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from mes.core import database

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "signal_mark",
        sa.Column("device", sa.String(length=60), nullable=False),
        sa.Column("load_id", sa.Uuid(), nullable=False),
        sa.Column("values", database.Json(), nullable=False),
        sa.Column("at", database.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["load_id"], ["pallet_load.id"], name="fk_signal_mark_load_id_pallet_load"),
        sa.PrimaryKeyConstraint("device", "load_id", name="pk_signal_mark"),
    )
    op.create_table(
        "signal_rules",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("set_at", database.UtcDateTime(), nullable=False),
        sa.Column("set_by", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("version", name="pk_signal_rules"),
    )
    with op.batch_alter_table("casting") as table:
        table.add_column(sa.Column("measured", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    with op.batch_alter_table("casting") as table:
        table.drop_column("measured")
    op.drop_table("signal_rules")
    op.drop_table("signal_mark")
