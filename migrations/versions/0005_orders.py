"""Projects, buildings, floors, orders and elements."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from mes.core import database

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "project",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plant_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("permit_number", sa.String(length=60), nullable=False),
        sa.Column("contract_number", sa.String(length=60), nullable=False),
        sa.Column("created_at", database.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["plant_id"], ["plant.id"], name=op.f("fk_project_plant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project")),
        sa.UniqueConstraint("code", name=op.f("uq_project_code")),
    )
    op.create_table(
        "building",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_building_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_building")),
        sa.UniqueConstraint("project_id", "code", name=op.f("uq_building_project_id_code")),
    )
    op.create_table(
        "customer_order",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("source_name", sa.String(length=200), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.Column("received_at", database.UtcDateTime(), nullable=False),
        sa.Column("received_by", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_customer_order_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_order")),
        sa.UniqueConstraint("number", name=op.f("uq_customer_order_number")),
        sa.UniqueConstraint("project_id", "content_sha256", name=op.f("uq_customer_order_project_id_content_sha256")),
    )
    op.create_table(
        "responsible_party",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("credit_code", sa.String(length=18), nullable=False),
        sa.Column("contact", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_responsible_party_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_responsible_party")),
        sa.UniqueConstraint("project_id", "role", name=op.f("uq_responsible_party_project_id_role")),
    )
    op.create_table(
        "floor",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("building_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["building_id"], ["building.id"], name=op.f("fk_floor_building_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_floor")),
        sa.UniqueConstraint("building_id", "name", name=op.f("uq_floor_building_id_name")),
    )
    op.create_table(
        "element",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("gtin", sa.String(length=14), nullable=False),
        sa.Column("epc_hex", sa.String(length=64), nullable=False),
        sa.Column("digital_link", sa.String(length=120), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("floor_id", sa.Uuid(), nullable=False),
        sa.Column("component_type_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.String(length=60), nullable=False),
        sa.Column("mark", sa.String(length=60), nullable=False),
        sa.Column("model_global_id", sa.String(length=40), nullable=True),
        sa.Column("required_on", sa.Date(), nullable=False),
        sa.Column("erection_sequence", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("state_since", database.UtcDateTime(), nullable=False),
        sa.Column("aside_from", sa.String(length=24), nullable=True),
        sa.Column("hold_reason", sa.String(length=200), nullable=True),
        sa.Column("replaces_id", sa.Uuid(), nullable=True),
        sa.Column("facts", database.Json(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["component_type_id"], ["component_type.id"], name=op.f("fk_element_component_type_id")
        ),
        sa.ForeignKeyConstraint(["floor_id"], ["floor.id"], name=op.f("fk_element_floor_id")),
        sa.ForeignKeyConstraint(["order_id"], ["customer_order.id"], name=op.f("fk_element_order_id")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_element_project_id")),
        sa.ForeignKeyConstraint(["replaces_id"], ["element.id"], name=op.f("fk_element_replaces_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_element")),
        sa.UniqueConstraint("digital_link", name=op.f("uq_element_digital_link")),
        sa.UniqueConstraint("epc_hex", name=op.f("uq_element_epc_hex")),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_element_replaces_id")),
        sa.UniqueConstraint("serial", name=op.f("uq_element_serial")),
    )
    op.create_index("ix_element_place", "element", ["floor_id", "position"], unique=False)
    op.create_index("ix_element_project_state", "element", ["project_id", "state"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_element_project_state", table_name="element")
    op.drop_index("ix_element_place", table_name="element")
    op.drop_table("element")
    op.drop_table("floor")
    op.drop_table("responsible_party")
    op.drop_table("customer_order")
    op.drop_table("building")
    op.drop_table("project")
