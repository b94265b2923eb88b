"""Lines, stations, calendars, pallets, plan versions and pallet loads."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from mes.core import database

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "plan_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", database.UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.Column("published_at", database.UtcDateTime(), nullable=True),
        sa.Column("epoch", database.UtcDateTime(), nullable=False),
        sa.Column("nesting", database.Json(), nullable=True),
        sa.Column("problem", database.Json(), nullable=True),
        sa.Column("plan", database.Json(), nullable=True),
        sa.Column("note", sa.String(length=400), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_version")),
        sa.UniqueConstraint("number", name=op.f("uq_plan_version_number")),
    )
    op.create_table(
        "work_calendar",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("windows", database.Json(), nullable=False),
        sa.Column("closed_days", database.Json(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_calendar")),
        sa.UniqueConstraint("code", name=op.f("uq_work_calendar_code")),
    )
    op.create_table(
        "line",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plant_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("families", database.Json(), nullable=False),
        sa.Column("pallet_length_mm", sa.Integer(), nullable=False),
        sa.Column("pallet_width_mm", sa.Integer(), nullable=False),
        sa.Column("pallet_max_load_kg", sa.Integer(), nullable=False),
        sa.Column("max_waits", database.Json(), nullable=False),
        sa.Column("auto_release", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["plant_id"], ["plant.id"], name=op.f("fk_line_plant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line")),
        sa.UniqueConstraint("code", name=op.f("uq_line_code")),
    )
    op.create_table(
        "pallet",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("in_service", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["line_id"], ["line.id"], name=op.f("fk_pallet_line_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pallet")),
        sa.UniqueConstraint("number", name=op.f("uq_pallet_number")),
    )
    op.create_table(
        "station",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("work", sa.String(length=12), nullable=False),
        sa.Column("calendar_id", sa.Uuid(), nullable=True),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("buffer_after", sa.Integer(), nullable=False),
        sa.Column("pallet_order", sa.String(length=4), nullable=False),
        sa.Column("device", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(["calendar_id"], ["work_calendar.id"], name=op.f("fk_station_calendar_id")),
        sa.ForeignKeyConstraint(["line_id"], ["line.id"], name=op.f("fk_station_line_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_station")),
        sa.UniqueConstraint("code", name=op.f("uq_station_code")),
        sa.UniqueConstraint("device", name=op.f("uq_station_device")),
        sa.UniqueConstraint("line_id", "ordinal", name=op.f("uq_station_line_id_ordinal")),
    )
    op.create_table(
        "pallet_load",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plan_version_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("pallet_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("concrete_grade", sa.String(length=10), nullable=False),
        sa.Column("planned_enter", database.UtcDateTime(), nullable=False),
        sa.Column("planned_leave", database.UtcDateTime(), nullable=False),
        sa.Column("demould_released_at", database.UtcDateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["line_id"], ["line.id"], name=op.f("fk_pallet_load_line_id")),
        sa.ForeignKeyConstraint(["pallet_id"], ["pallet.id"], name=op.f("fk_pallet_load_pallet_id")),
        sa.ForeignKeyConstraint(["plan_version_id"], ["plan_version.id"], name=op.f("fk_pallet_load_plan_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pallet_load")),
        sa.UniqueConstraint("number", name=op.f("uq_pallet_load_number")),
    )
    op.create_table(
        "operation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("load_id", sa.Uuid(), nullable=False),
        sa.Column("station_id", sa.Uuid(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("planned_start", database.UtcDateTime(), nullable=False),
        sa.Column("planned_end", database.UtcDateTime(), nullable=False),
        sa.Column("started_at", database.UtcDateTime(), nullable=True),
        sa.Column("finished_at", database.UtcDateTime(), nullable=True),
        sa.Column("started_by", sa.String(length=80), nullable=True),
        sa.Column("finished_by", sa.String(length=80), nullable=True),
        sa.Column("inferred", sa.Boolean(), nullable=False),
        sa.Column("hold_reason", sa.String(length=200), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["load_id"], ["pallet_load.id"], name=op.f("fk_operation_load_id")),
        sa.ForeignKeyConstraint(["station_id"], ["station.id"], name=op.f("fk_operation_station_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operation")),
        sa.UniqueConstraint("load_id", "station_id", name=op.f("uq_operation_load_id_station_id")),
    )
    op.create_index(op.f("ix_operation_station_id"), "operation", ["station_id"], unique=False)
    op.create_table(
        "pallet_load_item",
        sa.Column("load_id", sa.Uuid(), nullable=False),
        sa.Column("element_id", sa.Uuid(), nullable=False),
        sa.Column("x_mm", sa.Integer(), nullable=False),
        sa.Column("y_mm", sa.Integer(), nullable=False),
        sa.Column("rotated", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["element_id"], ["element.id"], name=op.f("fk_pallet_load_item_element_id")),
        sa.ForeignKeyConstraint(["load_id"], ["pallet_load.id"], name=op.f("fk_pallet_load_item_load_id")),
        sa.PrimaryKeyConstraint("load_id", "element_id", name=op.f("pk_pallet_load_item")),
    )
    op.create_index(op.f("ix_pallet_load_item_element_id"), "pallet_load_item", ["element_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_pallet_load_item_element_id"), table_name="pallet_load_item")
    op.drop_table("pallet_load_item")
    op.drop_index(op.f("ix_operation_station_id"), table_name="operation")
    op.drop_table("operation")
    op.drop_table("pallet_load")
    op.drop_table("station")
    op.drop_table("pallet")
    op.drop_table("line")
    op.drop_table("work_calendar")
    op.drop_table("plan_version")
