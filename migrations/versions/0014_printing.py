"""Printers, which label goes where, and print jobs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from mes.core import database

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "printer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("host", sa.String(length=120), nullable=False),
        sa.Column("port", sa.Integer(), nullable=False),
        sa.Column("dpi", sa.Integer(), nullable=False),
        sa.Column("media_width_mm", sa.Double(), nullable=False),
        sa.Column("media_height_mm", sa.Double(), nullable=False),
        sa.Column("writes_rfid", sa.Boolean(), nullable=False),
        sa.Column("answers_status", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("lease_owner", sa.String(length=80), nullable=True),
        sa.Column("lease_until", database.UtcDateTime(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("state_reason", database.Json(), nullable=True),
        sa.Column("state_at", database.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_printer"),
        sa.UniqueConstraint("code", name="uq_printer_code"),
    )
    op.create_table(
        "label_route",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.String(length=30), nullable=False),
        sa.Column("station", sa.String(length=40), nullable=False),
        sa.Column("design", sa.String(length=40), nullable=False),
        sa.Column("printer_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["printer_id"], ["printer.id"], name="fk_label_route_printer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_label_route"),
        sa.UniqueConstraint("label", "station", name="uq_label_route_label_station"),
    )
    op.create_table(
        "print_job",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("printer_id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.String(length=30), nullable=False),
        sa.Column("design", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("labels", database.Json(), nullable=False),
        sa.Column("station", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", database.Json(), nullable=True),
        sa.Column("writes_rfid", sa.Boolean(), nullable=False),
        sa.Column("printed_count", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", database.UtcDateTime(), nullable=True),
        sa.Column("reprint_of_id", sa.Uuid(), nullable=True),
        sa.Column("reprint_reason", sa.String(length=200), nullable=False),
        sa.Column("requested_at", database.UtcDateTime(), nullable=False),
        sa.Column("requested_by", sa.String(length=80), nullable=False),
        sa.Column("started_at", database.UtcDateTime(), nullable=True),
        sa.Column("finished_at", database.UtcDateTime(), nullable=True),
        sa.Column("finished_by", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["printer_id"], ["printer.id"], name="fk_print_job_printer_id"),
        sa.ForeignKeyConstraint(["reprint_of_id"], ["print_job.id"], name="fk_print_job_reprint_of_id"),
        sa.PrimaryKeyConstraint("id", name="pk_print_job"),
        sa.UniqueConstraint("number", name="uq_print_job_number"),
    )
    op.create_index("ix_print_job_printer_state", "print_job", ["printer_id", "state", "number"])
    op.create_table(
        "print_job_subject",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["print_job.id"], name="fk_print_job_subject_job_id"),
        sa.PrimaryKeyConstraint("job_id", "subject", name="pk_print_job_subject"),
    )
    op.create_index("ix_print_job_subject_subject", "print_job_subject", ["subject"])


def downgrade() -> None:
    op.drop_table("print_job_subject")
    op.drop_table("print_job")
    op.drop_table("label_route")
    op.drop_table("printer")
