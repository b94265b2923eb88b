"""Material lots, casting batches, downtime, what machines say, and what did not fit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from mes.core import database

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "casting_batch",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("batch_number", sa.String(length=40), nullable=False),
        sa.Column("concrete_grade", sa.String(length=10), nullable=False),
        sa.Column("mix_code", sa.String(length=40), nullable=False),
        sa.Column("volume_m3", sa.Numeric(precision=8, scale=3, asdecimal=False), nullable=False),
        sa.Column("mixed_at", database.UtcDateTime(), nullable=False),
        sa.Column("slump_mm", sa.Integer(), nullable=True),
        sa.Column("temperature_c", sa.Numeric(precision=5, scale=1, asdecimal=False), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_casting_batch")),
        sa.UniqueConstraint("batch_number", name=op.f("uq_casting_batch_batch_number")),
    )
    op.create_table(
        "discrepancy",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("device", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("pallet", sa.Integer(), nullable=True),
        sa.Column("machine_story", database.Json(), nullable=False),
        sa.Column("house_story", database.Json(), nullable=False),
        sa.Column("noticed_at", database.UtcDateTime(), nullable=False),
        sa.Column("resolved_at", database.UtcDateTime(), nullable=True),
        sa.Column("resolved_by", sa.String(length=80), nullable=True),
        sa.Column("resolution", sa.String(length=300), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discrepancy")),
    )
    op.create_index(op.f("ix_discrepancy_device"), "discrepancy", ["device"], unique=False)
    op.create_table(
        "machine_point",
        sa.Column("device", sa.String(length=60), nullable=False),
        sa.Column("point", sa.String(length=60), nullable=False),
        sa.Column("value", database.Json(), nullable=True),
        sa.Column("unit", sa.String(length=20), nullable=True),
        sa.Column("quality", sa.String(length=8), nullable=False),
        sa.Column("source_time", database.UtcDateTime(), nullable=False),
        sa.Column("received_at", database.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("device", "point", name=op.f("pk_machine_point")),
    )
    op.create_table(
        "machine_signal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("received_at", database.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_machine_signal")),
    )
    op.create_index(op.f("ix_machine_signal_received_at"), "machine_signal", ["received_at"], unique=False)
    op.create_table(
        "material_lot",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("lot_number", sa.String(length=60), nullable=False),
        sa.Column("supplier", sa.String(length=120), nullable=False),
        sa.Column("description", sa.String(length=160), nullable=False),
        sa.Column("certificate_number", sa.String(length=60), nullable=False),
        sa.Column("received_at", database.UtcDateTime(), nullable=False),
        sa.Column("released", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_material_lot")),
        sa.UniqueConstraint("kind", "lot_number", name=op.f("uq_material_lot_kind_lot_number")),
    )
    op.create_index(op.f("ix_material_lot_lot_number"), "material_lot", ["lot_number"], unique=False)
    op.create_table(
        "casting",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("load_id", sa.Uuid(), nullable=False),
        sa.Column("poured_m3", sa.Numeric(precision=8, scale=3, asdecimal=False), nullable=False),
        sa.Column("at", database.UtcDateTime(), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["casting_batch.id"], name=op.f("fk_casting_batch_id")),
        sa.ForeignKeyConstraint(["load_id"], ["pallet_load.id"], name=op.f("fk_casting_load_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_casting")),
        sa.UniqueConstraint("batch_id", "load_id", name=op.f("uq_casting_batch_id_load_id")),
    )
    op.create_index(op.f("ix_casting_load_id"), "casting", ["load_id"], unique=False)
    op.create_table(
        "machine_command",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("device", sa.String(length=60), nullable=False),
        sa.Column("point", sa.String(length=60), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("load_id", sa.Uuid(), nullable=True),
        sa.Column("asked_at", database.UtcDateTime(), nullable=False),
        sa.Column("asked_by", sa.String(length=80), nullable=False),
        sa.Column("done_at", database.UtcDateTime(), nullable=True),
        sa.Column("error", sa.String(length=300), nullable=True),
        sa.ForeignKeyConstraint(["load_id"], ["pallet_load.id"], name=op.f("fk_machine_command_load_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_machine_command")),
        sa.UniqueConstraint("device", "point", "load_id", name=op.f("uq_machine_command_device_point_load_id")),
    )
    op.create_index(op.f("ix_machine_command_device"), "machine_command", ["device"], unique=False)
    op.create_index(op.f("ix_machine_command_load_id"), "machine_command", ["load_id"], unique=False)
    op.create_table(
        "material_use",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("load_id", sa.Uuid(), nullable=False),
        sa.Column("used_at", database.UtcDateTime(), nullable=False),
        sa.Column("used_by", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["load_id"], ["pallet_load.id"], name=op.f("fk_material_use_load_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["material_lot.id"], name=op.f("fk_material_use_lot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_material_use")),
        sa.UniqueConstraint("lot_id", "load_id", name=op.f("uq_material_use_lot_id_load_id")),
    )
    op.create_index(op.f("ix_material_use_load_id"), "material_use", ["load_id"], unique=False)
    op.create_table(
        "downtime",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("station_id", sa.Uuid(), nullable=False),
        sa.Column("operation_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("started_at", database.UtcDateTime(), nullable=False),
        sa.Column("ended_at", database.UtcDateTime(), nullable=True),
        sa.Column("reported_by", sa.String(length=80), nullable=False),
        sa.Column("by_machine", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["operation_id"], ["operation.id"], name=op.f("fk_downtime_operation_id")),
        sa.ForeignKeyConstraint(["station_id"], ["station.id"], name=op.f("fk_downtime_station_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_downtime")),
    )
    op.create_index(op.f("ix_downtime_station_id"), "downtime", ["station_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_downtime_station_id"), table_name="downtime")
    op.drop_table("downtime")
    op.drop_index(op.f("ix_material_use_load_id"), table_name="material_use")
    op.drop_table("material_use")
    op.drop_index(op.f("ix_machine_command_load_id"), table_name="machine_command")
    op.drop_index(op.f("ix_machine_command_device"), table_name="machine_command")
    op.drop_table("machine_command")
    op.drop_index(op.f("ix_casting_load_id"), table_name="casting")
    op.drop_table("casting")
    op.drop_index(op.f("ix_material_lot_lot_number"), table_name="material_lot")
    op.drop_table("material_lot")
    op.drop_index(op.f("ix_machine_signal_received_at"), table_name="machine_signal")
    op.drop_table("machine_signal")
    op.drop_table("machine_point")
    op.drop_index(op.f("ix_discrepancy_device"), table_name="discrepancy")
    op.drop_table("discrepancy")
    op.drop_table("casting_batch")
