"""City connectors: a cursor on the ledger, and one receipt per event and connector."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from mes.core import database

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "connector",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("url", sa.String(length=300), nullable=False),
        sa.Column("settings", database.Json(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("paused_reason", sa.String(length=300), nullable=True),
        sa.Column("cursor", sa.Integer(), nullable=False),
        sa.Column("created_at", database.UtcDateTime(), nullable=False),
        sa.Column("last_success_at", database.UtcDateTime(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("retry_at", database.UtcDateTime(), nullable=True),
        sa.Column("lease_owner", sa.String(length=80), nullable=True),
        sa.Column("lease_until", database.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connector")),
        sa.UniqueConstraint("name", name=op.f("uq_connector_name")),
    )
    op.create_table(
        "receipt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("connector_id", sa.Uuid(), nullable=False),
        sa.Column("event_sequence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("identifiers", database.Json(), nullable=False),
        sa.Column("event_ids", database.Json(), nullable=False),
        sa.Column("capture_job", sa.String(length=400), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("polls", sa.Integer(), nullable=False),
        sa.Column("first_attempt_at", database.UtcDateTime(), nullable=True),
        sa.Column("next_attempt_at", database.UtcDateTime(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("delivered_at", database.UtcDateTime(), nullable=True),
        sa.Column("updated_at", database.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["connector_id"], ["connector.id"], name=op.f("fk_receipt_connector_id")),
        sa.ForeignKeyConstraint(["event_sequence"], ["ledger_event.sequence"], name=op.f("fk_receipt_event_sequence")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt")),
        sa.UniqueConstraint("connector_id", "event_sequence", name=op.f("uq_receipt_connector_id_event_sequence")),
    )
    op.create_index("ix_receipt_connector_state", "receipt", ["connector_id", "state"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_receipt_connector_state", table_name="receipt")
    op.drop_table("receipt")
    op.drop_table("connector")
