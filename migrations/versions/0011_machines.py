"""Machines as announced, what they say over time, and commands that persons ask for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from mes.core import database

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

UTC_TIME = database.UtcDateTime
COMMAND_OUTCOMES = """
UPDATE machine_command SET outcome = CASE
    WHEN done_at IS NOT NULL THEN 'done' WHEN error IS NOT NULL THEN 'refused' ELSE 'asked' END
"""


def upgrade() -> None:
    _create_machines()
    _create_history()
    with op.batch_alter_table("machine_command") as table:
        table.alter_column(
            "value",
            existing_type=sa.Integer(),
            type_=database.Json(),
            existing_nullable=False,
            postgresql_using="to_jsonb(value)",
        )
        table.add_column(sa.Column("once", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("outcome", sa.String(length=8), nullable=False, server_default="asked"))
        table.add_column(sa.Column("note", sa.String(length=300), nullable=False, server_default=""))
        table.add_column(sa.Column("sent_at", UTC_TIME(), nullable=True))
        table.add_column(sa.Column("resolved_by", sa.String(length=80), nullable=True))
        table.add_column(sa.Column("resolved_at", UTC_TIME(), nullable=True))
        table.add_column(sa.Column("resolution", sa.String(length=300), nullable=True))
    op.execute(COMMAND_OUTCOMES)
    with op.batch_alter_table("machine_command") as table:
        table.alter_column("once", existing_type=sa.Boolean(), server_default=None)
        table.alter_column("outcome", existing_type=sa.String(length=8), server_default=None)
        table.alter_column("note", existing_type=sa.String(length=300), server_default=None)
    op.create_index(op.f("ix_machine_command_outcome"), "machine_command", ["outcome"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_machine_command_outcome"), table_name="machine_command")
    op.execute("DELETE FROM machine_command WHERE load_id IS NULL")  # what persons asked for had no place before
    with op.batch_alter_table("machine_command") as table:
        for name in ("resolution", "resolved_at", "resolved_by", "sent_at", "note", "outcome", "once"):
            table.drop_column(name)
        table.alter_column(
            "value",
            existing_type=database.Json(),
            type_=sa.Integer(),
            existing_nullable=False,
            postgresql_using="(value #>> '{}')::integer",
        )
    op.drop_index("ix_alarm_interval_cleared_at", table_name="alarm_interval")
    op.drop_index("ix_alarm_interval_device_raised_at", table_name="alarm_interval")
    op.drop_table("alarm_interval")
    op.drop_table("machine_minute")
    op.drop_table("machine_measurement")
    op.drop_index("ix_state_interval_device_ended_at", table_name="state_interval")
    op.drop_table("state_interval")
    op.drop_index(op.f("ix_machine_line_code"), table_name="machine")
    op.drop_index(op.f("ix_machine_gateway"), table_name="machine")
    op.drop_table("machine")
    op.drop_table("gateway_seen")


def _create_machines() -> None:
    op.create_table(
        "gateway_seen",
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("announced_at", UTC_TIME(), nullable=False),
        sa.Column("last_seen_at", UTC_TIME(), nullable=False),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.Column("dropped", sa.Integer(), nullable=False),
        sa.Column("faults", database.Json(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_gateway_seen")),
    )
    op.create_table(
        "machine",
        sa.Column("device", sa.String(length=60), nullable=False),
        sa.Column("gateway", sa.String(length=60), nullable=False),
        sa.Column("line_code", sa.String(length=20), nullable=False),
        sa.Column("station_code", sa.String(length=40), nullable=False),
        sa.Column("profile", sa.String(length=80), nullable=False),
        sa.Column("machine_class", sa.String(length=60), nullable=False),
        sa.Column("manufacturer", sa.String(length=80), nullable=False),
        sa.Column("model", sa.String(length=80), nullable=False),
        sa.Column("protocol", sa.String(length=20), nullable=False),
        sa.Column("points", database.Json(), nullable=False),
        sa.Column("alarms", database.Json(), nullable=False),
        sa.Column("commands", database.Json(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("state_since", UTC_TIME(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=True),
        sa.Column("last_heard", UTC_TIME(), nullable=True),
        sa.Column("figures", database.Json(), nullable=False),
        sa.Column("commands_on", sa.Boolean(), nullable=False),
        sa.Column("ideal_minutes", sa.Float(), nullable=True),
        sa.Column("announced_at", UTC_TIME(), nullable=False),
        sa.Column("withdrawn_at", UTC_TIME(), nullable=True),
        sa.PrimaryKeyConstraint("device", name=op.f("pk_machine")),
    )
    op.create_index(op.f("ix_machine_gateway"), "machine", ["gateway"], unique=False)
    op.create_index(op.f("ix_machine_line_code"), "machine", ["line_code"], unique=False)


def _create_history() -> None:
    op.create_table(
        "state_interval",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("device", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("started_at", UTC_TIME(), nullable=False),
        sa.Column("ended_at", UTC_TIME(), nullable=True),
        sa.Column("pallet", sa.Integer(), nullable=True),
        sa.Column("told_again", database.Json(), nullable=False),
        sa.Column("reason_code", sa.String(length=40), nullable=True),
        sa.Column("note", sa.String(length=300), nullable=True),
        sa.Column("named_by", sa.String(length=80), nullable=True),
        sa.Column("named_at", UTC_TIME(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_state_interval")),
        sa.UniqueConstraint("device", "started_at", name=op.f("uq_state_interval_device_started_at")),
    )
    op.create_index("ix_state_interval_device_ended_at", "state_interval", ["device", "ended_at"], unique=False)
    op.create_table(
        "machine_measurement",
        sa.Column("device", sa.String(length=60), nullable=False),
        sa.Column("point", sa.String(length=60), nullable=False),
        sa.Column("time", UTC_TIME(), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("device", "point", "time", name=op.f("pk_machine_measurement")),
    )
    op.create_table(
        "machine_minute",
        sa.Column("device", sa.String(length=60), nullable=False),
        sa.Column("point", sa.String(length=60), nullable=False),
        sa.Column("minute", UTC_TIME(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("low", sa.Float(), nullable=False),
        sa.Column("high", sa.Float(), nullable=False),
        sa.Column("total", sa.Float(), nullable=False),
        sa.Column("last", sa.Float(), nullable=False),
        sa.Column("last_at", UTC_TIME(), nullable=False),
        sa.PrimaryKeyConstraint("device", "point", "minute", name=op.f("pk_machine_minute")),
    )
    op.create_table(
        "alarm_interval",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("device", sa.String(length=80), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("severity", sa.String(length=8), nullable=False),
        sa.Column("text", database.Json(), nullable=False),
        sa.Column("raised_at", UTC_TIME(), nullable=False),
        sa.Column("cleared_at", UTC_TIME(), nullable=True),
        sa.Column("seen_by", sa.String(length=80), nullable=True),
        sa.Column("seen_at", UTC_TIME(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarm_interval")),
    )
    op.create_index("ix_alarm_interval_device_raised_at", "alarm_interval", ["device", "raised_at"], unique=False)
    op.create_index("ix_alarm_interval_cleared_at", "alarm_interval", ["cleared_at"], unique=False)
