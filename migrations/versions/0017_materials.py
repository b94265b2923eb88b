"""Bills of component types, amounts, units and GTINs of material lots; who is head of production."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from mes.core import database

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

JSON = database.Json
TIME = database.UtcDateTime
UNITS = {
    "KGM": ("rebar", "mesh", "girder", "cement", "addition", "aggregate", "admixture"),
    "MTK": ("insulation",),
    "LTR": ("release_agent",),
    "H87": ("embed", "sleeve", "tie", "other"),
}
"""The usual unit of each kind of material when this was written."""


def upgrade() -> None:
    op.add_column("component_type", sa.Column("bill", JSON(), nullable=False, server_default="[]"))
    op.add_column("material_lot", sa.Column("gtin", sa.String(14), nullable=False, server_default=""))
    op.add_column("material_lot", sa.Column("unit", sa.String(3), nullable=False, server_default="KGM"))
    op.add_column("material_lot", sa.Column("received_quantity", sa.Numeric(12, 3), nullable=True))
    op.add_column("material_use", sa.Column("quantity", sa.Numeric(12, 3), nullable=True))
    op.add_column("material_use", sa.Column("as_planned", sa.Boolean(), nullable=False, server_default=sa.false()))
    _usual_units()
    op.create_table(
        "production_head",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plant_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("since", TIME(), nullable=False),
        sa.Column("until", TIME(), nullable=True),
        sa.Column("named_at", TIME(), nullable=False),
        sa.Column("named_by", sa.String(80), nullable=False),
        sa.ForeignKeyConstraint(["plant_id"], ["plant.id"], name="fk_production_head_plant_id"),
        sa.ForeignKeyConstraint(["line_id"], ["line.id"], name="fk_production_head_line_id"),
        sa.PrimaryKeyConstraint("id", name="pk_production_head"),
    )
    op.create_index("ix_production_head_since", "production_head", ["since"])


def downgrade() -> None:
    op.drop_index("ix_production_head_since", table_name="production_head")
    op.drop_table("production_head")
    for table, columns in (
        ("material_use", ("as_planned", "quantity")),
        ("material_lot", ("received_quantity", "unit", "gtin")),
        ("component_type", ("bill",)),
    ):
        for column in columns:  # not the table made anew: others refer to its rows
            op.drop_column(table, column)


def _usual_units() -> None:
    lot = sa.table("material_lot", sa.column("kind", sa.String), sa.column("unit", sa.String))
    for unit, kinds in UNITS.items():
        op.execute(lot.update().where(lot.c.kind.in_(kinds)).values(unit=unit))
