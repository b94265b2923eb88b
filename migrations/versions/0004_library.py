"""Component types, moulds and the routes their families take."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from mes.core import database

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "component_type",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("type_code", sa.String(length=60), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("family", sa.String(length=30), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("atlas", sa.String(length=30), nullable=True),
        sa.Column("length_mm", sa.Integer(), nullable=False),
        sa.Column("width_mm", sa.Integer(), nullable=False),
        sa.Column("thickness_mm", sa.Integer(), nullable=False),
        sa.Column("concrete_volume_m3", sa.Numeric(precision=10, scale=4, asdecimal=False), nullable=False),
        sa.Column("weight_kg", sa.Numeric(precision=10, scale=1, asdecimal=False), nullable=False),
        sa.Column("concrete_grade", sa.String(length=10), nullable=False),
        sa.Column("openings", database.Json(), nullable=False),
        sa.Column("assumptions", database.Json(), nullable=False),
        sa.Column("gtin", sa.String(length=14), nullable=False),
        sa.Column("created_at", database.UtcDateTime(), nullable=False),
        sa.CheckConstraint("length_mm > 0 AND width_mm > 0 AND thickness_mm > 0", name=op.f("ck_component_type_size")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_component_type")),
        sa.UniqueConstraint("type_code", "revision", name=op.f("uq_component_type_type_code_revision")),
    )
    op.create_index(op.f("ix_component_type_family"), "component_type", ["family"], unique=False)
    op.create_index(op.f("ix_component_type_gtin"), "component_type", ["gtin"], unique=False)
    op.create_index(op.f("ix_component_type_type_code"), "component_type", ["type_code"], unique=False)
    op.create_table(
        "route_step",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("family", sa.String(length=30), nullable=False),
        sa.Column("station_kind", sa.String(length=30), nullable=False),
        sa.Column("base_minutes", sa.Integer(), nullable=False),
        sa.Column("minutes_per_m2", sa.Numeric(precision=8, scale=3, asdecimal=False), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_route_step")),
        sa.UniqueConstraint("family", "station_kind", name=op.f("uq_route_step_family_station_kind")),
    )
    op.create_table(
        "mould",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("family", sa.String(length=30), nullable=False),
        sa.Column("component_type_id", sa.Uuid(), nullable=True),
        sa.Column("casts", sa.Integer(), nullable=False),
        sa.Column("casts_between_maintenance", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["component_type_id"], ["component_type.id"], name=op.f("fk_mould_component_type_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mould")),
        sa.UniqueConstraint("code", name=op.f("uq_mould_code")),
    )


def downgrade() -> None:
    op.drop_table("mould")
    op.drop_table("route_step")
    op.drop_index(op.f("ix_component_type_type_code"), table_name="component_type")
    op.drop_index(op.f("ix_component_type_gtin"), table_name="component_type")
    op.drop_index(op.f("ix_component_type_family"), table_name="component_type")
    op.drop_table("component_type")
