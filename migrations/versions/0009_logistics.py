"""Yard, deliveries and site receipts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from mes.core import database

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "yard_slot",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plant_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["plant_id"], ["plant.id"], name=op.f("fk_yard_slot_plant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_yard_slot")),
        sa.UniqueConstraint("code", name=op.f("uq_yard_slot_code")),
    )
    op.create_table(
        "delivery",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("sscc", sa.String(length=18), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("vehicle_plate", sa.String(length=20), nullable=False),
        sa.Column("driver_name", sa.String(length=60), nullable=False),
        sa.Column("driver_phone", sa.String(length=30), nullable=False),
        sa.Column("weight_limit_kg", sa.Integer(), nullable=False),
        sa.Column("created_at", database.UtcDateTime(), nullable=False),
        sa.Column("departed_at", database.UtcDateTime(), nullable=True),
        sa.Column("arrived_at", database.UtcDateTime(), nullable=True),
        sa.Column("completed_at", database.UtcDateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_delivery_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("number", name=op.f("uq_delivery_number")),
        sa.UniqueConstraint("sscc", name=op.f("uq_delivery_sscc")),
    )
    op.create_index(op.f("ix_delivery_project_id"), "delivery", ["project_id"], unique=False)
    op.create_table(
        "delivery_item",
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("element_id", sa.Uuid(), nullable=False),
        sa.Column("stack_order", sa.Integer(), nullable=False),
        sa.Column("loaded_at", database.UtcDateTime(), nullable=False),
        sa.Column("loaded_from", sa.String(length=20), nullable=True),
        sa.Column("certificate_number", sa.String(length=40), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=True),
        sa.Column("outcome_at", database.UtcDateTime(), nullable=True),
        sa.Column("outcome_by", sa.String(length=80), nullable=True),
        sa.Column("reject_code", sa.String(length=20), nullable=True),
        sa.Column("reject_reason", sa.String(length=300), nullable=True),
        sa.Column("photos", database.Json(), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name=op.f("fk_delivery_item_delivery_id")),
        sa.ForeignKeyConstraint(["element_id"], ["element.id"], name=op.f("fk_delivery_item_element_id")),
        sa.PrimaryKeyConstraint("delivery_id", "element_id", name=op.f("pk_delivery_item")),
    )
    op.create_index(op.f("ix_delivery_item_element_id"), "delivery_item", ["element_id"], unique=False)
    op.create_table(
        "yard_place",
        sa.Column("element_id", sa.Uuid(), nullable=False),
        sa.Column("slot_id", sa.Uuid(), nullable=False),
        sa.Column("stored_at", database.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["element_id"], ["element.id"], name=op.f("fk_yard_place_element_id")),
        sa.ForeignKeyConstraint(["slot_id"], ["yard_slot.id"], name=op.f("fk_yard_place_slot_id")),
        sa.PrimaryKeyConstraint("element_id", name=op.f("pk_yard_place")),
    )
    op.create_index(op.f("ix_yard_place_slot_id"), "yard_place", ["slot_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_yard_place_slot_id"), table_name="yard_place")
    op.drop_table("yard_place")
    op.drop_index(op.f("ix_delivery_item_element_id"), table_name="delivery_item")
    op.drop_table("delivery_item")
    op.drop_index(op.f("ix_delivery_project_id"), table_name="delivery")
    op.drop_table("delivery")
    op.drop_table("yard_slot")
