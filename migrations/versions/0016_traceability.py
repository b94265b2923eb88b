"""Signed checkpoints of the ledger; renditions, requests and differences of connectors; passes; archive packages."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

from mes.core import database
from mes.ledger.canonical import canonical_text

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

JSON = database.Json
TIME = database.UtcDateTime


REWRITTEN_AT_ONCE = 2000


def upgrade() -> None:
    _rewrite_content(sa.Text(), canonical_text)
    _checkpoints()
    _connectors()
    _requests()
    _differences()
    _passes()
    _archives()


def downgrade() -> None:
    for table in (
        "archive_package",
        "trace_pass",
        "delivery_difference",
        "exchange_receipt",
        "exchange",
        "ledger_checkpoint",
    ):
        op.drop_table(table)
    with op.batch_alter_table("receipt") as receipt:
        receipt.drop_index("ix_receipt_connector_state")
        receipt.create_index("ix_receipt_connector_state", ["connector_id", "state"])
        receipt.drop_column("refused_for")
        receipt.drop_column("body")
        receipt.drop_column("loose_identifiers")
    with op.batch_alter_table("connector") as connector:
        for column in (
            "reconciled_until",
            "most_events",
            "recent",
            "opened_at",
            "breaker",
            "clock_skew_seconds",
            "last_error_at",
            "paused_at",
            "paused_for",
        ):
            connector.drop_column(column)
    _rewrite_content(JSON(), lambda content: content)


def _rewrite_content(kind: sa.types.TypeEngine[Any], form: Callable[[Any], Any]) -> None:
    """Keep every event's content as `kind`: as the text that is hashed, so that it is checked as it stands.

    What an event says and its hash stay the same; the trigger that refuses changes stands aside for it.
    """
    connection = op.get_bind()
    _let_events_change(connection)
    op.add_column("ledger_event", sa.Column("rewritten", kind, nullable=False, server_default="{}"))
    events = sa.table("ledger_event", sa.column("sequence"), sa.column("content"), sa.column("rewritten", kind))
    update = events.update().where(events.c.sequence == sa.bindparam("at")).values(rewritten=sa.bindparam("new"))
    after = 0
    while rows := connection.execute(
        sa.select(events.c.sequence, sa.cast(events.c.content, sa.Text))
        .where(events.c.sequence > after)
        .order_by(events.c.sequence)
        .limit(REWRITTEN_AT_ONCE)
    ).all():
        connection.execute(update, [{"at": sequence, "new": form(json.loads(old))} for sequence, old in rows])
        after = rows[-1][0]
    op.drop_column("ledger_event", "content")
    op.alter_column("ledger_event", "rewritten", new_column_name="content", existing_type=kind)
    if connection.dialect.name == "postgresql":
        op.alter_column("ledger_event", "content", server_default=None)
    _keep_events(connection)


def _let_events_change(connection: sa.Connection) -> None:
    if connection.dialect.name == "postgresql":
        op.execute("ALTER TABLE ledger_event DISABLE TRIGGER ledger_event_append_only")
    else:
        op.execute("DROP TRIGGER ledger_event_no_update")


def _keep_events(connection: sa.Connection) -> None:
    if connection.dialect.name == "postgresql":
        op.execute("ALTER TABLE ledger_event ENABLE TRIGGER ledger_event_append_only")
    else:
        op.execute(
            "CREATE TRIGGER ledger_event_no_update BEFORE UPDATE ON ledger_event "
            "BEGIN SELECT RAISE(ABORT, 'ledger_event is append-only'); END"
        )


def _checkpoints() -> None:
    op.create_table(
        "ledger_checkpoint",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.Column("last_sequence", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.String(length=64), nullable=False),
        sa.Column("frontier", JSON(), nullable=False),
        sa.Column("made_at", TIME(), nullable=False),
        sa.Column("made_by", sa.String(length=120), nullable=False),
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_checkpoint"),
        sa.UniqueConstraint("events", name="uq_ledger_checkpoint_events"),
    )


def _connectors() -> None:
    with op.batch_alter_table("connector") as connector:
        connector.add_column(sa.Column("paused_for", sa.String(length=16), nullable=True))
        connector.add_column(sa.Column("paused_at", TIME(), nullable=True))
        connector.add_column(sa.Column("last_error_at", TIME(), nullable=True))
        connector.add_column(sa.Column("clock_skew_seconds", sa.Double(), nullable=True))
        connector.add_column(sa.Column("breaker", sa.String(length=10), nullable=False, server_default="closed"))
        connector.add_column(sa.Column("opened_at", TIME(), nullable=True))
        connector.add_column(sa.Column("recent", JSON(), nullable=False, server_default="[]"))
        connector.add_column(sa.Column("most_events", sa.Integer(), nullable=True))
        connector.add_column(sa.Column("reconciled_until", sa.Date(), nullable=True))
    with op.batch_alter_table("receipt") as receipt:
        receipt.add_column(sa.Column("loose_identifiers", JSON(), nullable=False, server_default="[]"))
        receipt.add_column(sa.Column("body", sa.LargeBinary(), nullable=True))
        receipt.add_column(sa.Column("refused_for", sa.String(length=10), nullable=True))
        receipt.drop_index("ix_receipt_connector_state")
        receipt.create_index("ix_receipt_connector_state", ["connector_id", "state", "event_sequence"])


def _requests() -> None:
    op.create_table(
        "exchange",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("connector_id", sa.Uuid(), nullable=False),
        sa.Column("at", TIME(), nullable=False),
        sa.Column("purpose", sa.String(length=12), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("method", sa.String(length=10), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("sent_bytes", sa.Integer(), nullable=False),
        sa.Column("request", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["connector_id"], ["connector.id"], name="fk_exchange_connector_id"),
        sa.PrimaryKeyConstraint("id", name="pk_exchange"),
    )
    op.create_index("ix_exchange_connector_at", "exchange", ["connector_id", "at"])
    op.create_table(
        "exchange_receipt",
        sa.Column("receipt_id", sa.Uuid(), nullable=False),
        sa.Column("exchange_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["receipt_id"], ["receipt.id"], name="fk_exchange_receipt_receipt_id"),
        sa.ForeignKeyConstraint(["exchange_id"], ["exchange.id"], name="fk_exchange_receipt_exchange_id"),
        sa.PrimaryKeyConstraint("receipt_id", "exchange_id", name="pk_exchange_receipt"),
    )
    op.create_index("ix_exchange_receipt_exchange", "exchange_receipt", ["exchange_id"])


def _differences() -> None:
    op.create_table(
        "delivery_difference",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("connector_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("event_id", sa.String(length=120), nullable=False),
        sa.Column("event_sequence", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("found_at", TIME(), nullable=False),
        sa.Column("side", sa.String(length=8), nullable=False),
        sa.Column("settled_at", TIME(), nullable=True),
        sa.Column("settled_by", sa.String(length=120), nullable=True),
        sa.Column("settlement", sa.String(length=300), nullable=True),
        sa.ForeignKeyConstraint(["connector_id"], ["connector.id"], name="fk_delivery_difference_connector_id"),
        sa.ForeignKeyConstraint(
            ["event_sequence"], ["ledger_event.sequence"], name="fk_delivery_difference_event_sequence"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_delivery_difference"),
        sa.UniqueConstraint("connector_id", "day", "event_id", name="uq_delivery_difference_connector_id_day_event_id"),
    )


def _passes() -> None:
    op.create_table(
        "trace_pass",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("audience", sa.String(length=12), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=True),
        sa.Column("holder", sa.String(length=120), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", TIME(), nullable=False),
        sa.Column("created_by", sa.String(length=120), nullable=False),
        sa.Column("valid_until", TIME(), nullable=False),
        sa.Column("withdrawn_at", TIME(), nullable=True),
        sa.Column("last_used_at", TIME(), nullable=True),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_trace_pass_project_id"),
        sa.PrimaryKeyConstraint("id", name="pk_trace_pass"),
        sa.UniqueConstraint("secret_hash", name="uq_trace_pass_secret_hash"),
    )


def _archives() -> None:
    op.create_table(
        "archive_package",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("scope", sa.String(length=10), nullable=False),
        sa.Column("scope_key", sa.String(length=60), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=True),
        sa.Column("asked_at", TIME(), nullable=False),
        sa.Column("asked_by", sa.String(length=120), nullable=False),
        sa.Column("ledger_sequence", sa.BigInteger(), nullable=False),
        sa.Column("elements", sa.Integer(), nullable=True),
        sa.Column("generated_at", TIME(), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("state_at", TIME(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_archive_package_project_id"),
        sa.PrimaryKeyConstraint("id", name="pk_archive_package"),
        sa.UniqueConstraint("number", name="uq_archive_package_number"),
    )
