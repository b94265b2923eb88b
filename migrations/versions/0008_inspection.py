"""Inspections, measurements, photos, cube tests, nonconformities and certificates."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from mes.core import database

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cube_test",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("condition", sa.String(length=16), nullable=False),
        sa.Column("strengths_mpa", database.Json(), nullable=False),
        sa.Column("set_value_mpa", sa.Numeric(precision=6, scale=1, asdecimal=False), nullable=True),
        sa.Column("rule", sa.String(length=10), nullable=False),
        sa.Column("age_hours", sa.Integer(), nullable=False),
        sa.Column("tested_at", database.UtcDateTime(), nullable=False),
        sa.Column("tested_by", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["casting_batch.id"], name=op.f("fk_cube_test_batch_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cube_test")),
    )
    op.create_index(op.f("ix_cube_test_batch_id"), "cube_test", ["batch_id"], unique=False)
    op.create_table(
        "certificate",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("element_id", sa.Uuid(), nullable=False),
        sa.Column("issued_at", database.UtcDateTime(), nullable=False),
        sa.Column("issued_by", sa.String(length=80), nullable=False),
        sa.Column("content", database.Json(), nullable=False),
        sa.Column("pdf_sha256", sa.String(length=64), nullable=False),
        sa.Column("withdrawn_at", database.UtcDateTime(), nullable=True),
        sa.Column("withdrawal_reason", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["element_id"], ["element.id"], name=op.f("fk_certificate_element_id")),
        sa.ForeignKeyConstraint(["pdf_sha256"], ["stored_file.sha256"], name=op.f("fk_certificate_pdf_sha256")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate")),
        sa.UniqueConstraint("number", name=op.f("uq_certificate_number")),
    )
    op.create_index(
        "uq_certificate_valid_element",
        "certificate",
        ["element_id"],
        unique=True,
        sqlite_where=sa.text("withdrawn_at IS NULL"),
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_table(
        "inspection",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("element_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("rule_set", sa.String(length=40), nullable=False),
        sa.Column("verdict", sa.String(length=10), nullable=False),
        sa.Column("answers", database.Json(), nullable=False),
        sa.Column("evaluation", database.Json(), nullable=False),
        sa.Column("remark", sa.String(length=400), nullable=False),
        sa.Column("inspected_at", database.UtcDateTime(), nullable=False),
        sa.Column("inspector_id", sa.String(length=80), nullable=False),
        sa.Column("inspector_name", sa.String(length=80), nullable=False),
        sa.Column("witnessed_by", sa.String(length=80), nullable=True),
        sa.Column("witnessed_at", database.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["element_id"], ["element.id"], name=op.f("fk_inspection_element_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection")),
    )
    op.create_index(op.f("ix_inspection_element_id"), "inspection", ["element_id"], unique=False)
    op.create_table(
        "inspection_photo",
        sa.Column("inspection_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("item", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["inspection_id"], ["inspection.id"], name=op.f("fk_inspection_photo_inspection_id")),
        sa.ForeignKeyConstraint(["sha256"], ["stored_file.sha256"], name=op.f("fk_inspection_photo_sha256")),
        sa.PrimaryKeyConstraint("inspection_id", "sha256", "item", name=op.f("pk_inspection_photo")),
    )
    op.create_table(
        "nonconformity",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("element_id", sa.Uuid(), nullable=False),
        sa.Column("inspection_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("severity", sa.String(length=10), nullable=False),
        sa.Column("description", sa.String(length=400), nullable=False),
        sa.Column("photos", database.Json(), nullable=False),
        sa.Column("reported_at", database.UtcDateTime(), nullable=False),
        sa.Column("reported_by", sa.String(length=80), nullable=False),
        sa.Column("disposition", sa.String(length=12), nullable=True),
        sa.Column("disposition_reason", sa.String(length=400), nullable=True),
        sa.Column("disposed_at", database.UtcDateTime(), nullable=True),
        sa.Column("disposed_by", sa.String(length=80), nullable=True),
        sa.Column("designer_consent", sa.String(length=120), nullable=True),
        sa.Column("replacement_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["element_id"], ["element.id"], name=op.f("fk_nonconformity_element_id")),
        sa.ForeignKeyConstraint(["inspection_id"], ["inspection.id"], name=op.f("fk_nonconformity_inspection_id")),
        sa.ForeignKeyConstraint(["replacement_id"], ["element.id"], name=op.f("fk_nonconformity_replacement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nonconformity")),
        sa.UniqueConstraint("number", name=op.f("uq_nonconformity_number")),
    )
    op.create_index(op.f("ix_nonconformity_element_id"), "nonconformity", ["element_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_nonconformity_element_id"), table_name="nonconformity")
    op.drop_table("nonconformity")
    op.drop_table("inspection_photo")
    op.drop_index(op.f("ix_inspection_element_id"), table_name="inspection")
    op.drop_table("inspection")
    op.drop_index(
        "uq_certificate_valid_element",
        table_name="certificate",
        sqlite_where=sa.text("withdrawn_at IS NULL"),
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.drop_table("certificate")
    op.drop_index(op.f("ix_cube_test_batch_id"), table_name="cube_test")
    op.drop_table("cube_test")
