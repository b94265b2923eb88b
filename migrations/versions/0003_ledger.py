"""The append-only event ledger: the spine of traceability."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from mes.core import database

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ledger_event",
        sa.Column(
            "sequence",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("event_time", database.UtcDateTime(), nullable=False),
        sa.Column("recorded_time", database.UtcDateTime(), nullable=False),
        sa.Column("content", database.Json(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_ledger_event")),
        sa.UniqueConstraint("hash", name=op.f("uq_ledger_event_hash")),
        sa.UniqueConstraint("id", name=op.f("uq_ledger_event_id")),
    )
    op.create_index(op.f("ix_ledger_event_event_time"), "ledger_event", ["event_time"], unique=False)
    op.create_index(op.f("ix_ledger_event_kind"), "ledger_event", ["kind"], unique=False)
    op.create_table(
        "ledger_subject",
        sa.Column("event_sequence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["event_sequence"], ["ledger_event.sequence"], name=op.f("fk_ledger_subject_event_sequence")
        ),
        sa.PrimaryKeyConstraint("event_sequence", "subject", name=op.f("pk_ledger_subject")),
        sa.UniqueConstraint("subject", "ordinal", name=op.f("uq_ledger_subject_subject_ordinal")),
    )

    _make_append_only("ledger_event", "sequence = NEW.sequence OR id = NEW.id OR hash = NEW.hash")
    _make_append_only(
        "ledger_subject",
        "(event_sequence = NEW.event_sequence AND subject = NEW.subject) "
        "OR (subject = NEW.subject AND ordinal = NEW.ordinal)",
    )


def downgrade() -> None:

    _drop_append_only("ledger_subject")
    _drop_append_only("ledger_event")
    op.drop_table("ledger_subject")
    op.drop_index(op.f("ix_ledger_event_kind"), table_name="ledger_event")
    op.drop_index(op.f("ix_ledger_event_event_time"), table_name="ledger_event")
    op.drop_table("ledger_event")


def _make_append_only(table: str, same: str) -> None:
    """The database itself refuses to change, remove or (SQLite's REPLACE) overwrite a row of the ledger.

    `same` is the condition under which a new row would take an old one's place.
    """
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE FUNCTION {table}_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_is_append_only()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_is_append_only()"
        )
        return
    op.execute(
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "  # noqa: S608 - our own constants
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )


def _drop_append_only(table: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"DROP TRIGGER {table}_no_truncate ON {table}")
        op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
        op.execute(f"DROP FUNCTION {table}_is_append_only()")
        return
    op.execute(f"DROP TRIGGER {table}_no_replace")
    for verb in ("UPDATE", "DELETE"):
        op.execute(f"DROP TRIGGER {table}_no_{verb.lower()}")
