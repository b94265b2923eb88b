"""Other names of things, RFID tags and readers; plants that share a company prefix."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from mes.core import database

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alias",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("scheme", sa.String(length=30), nullable=False),
        sa.Column("value", sa.String(length=120), nullable=False),
        sa.Column("given_at", database.UtcDateTime(), nullable=False),
        sa.Column("given_by", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_alias"),
        sa.UniqueConstraint("scheme", "value", name="uq_alias_scheme_value"),
    )
    op.create_index("ix_alias_subject", "alias", ["subject"])
    op.create_index("ix_alias_value", "alias", ["value"])
    op.create_table(
        "tag",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("tid", sa.String(length=64), nullable=False),
        sa.Column("epc_hex", sa.String(length=128), nullable=False),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("bound_at", database.UtcDateTime(), nullable=False),
        sa.Column("bound_by", sa.String(length=80), nullable=False),
        sa.Column("ended_at", database.UtcDateTime(), nullable=True),
        sa.Column("ended_by", sa.String(length=80), nullable=True),
        sa.Column("end_reason", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_tag"),
    )
    op.create_index("ix_tag_epc_hex", "tag", ["epc_hex"])
    op.create_index("ix_tag_subject", "tag", ["subject"])
    op.create_index("ix_tag_tid", "tag", ["tid"])
    op.create_index(
        "uq_tag_subject_bound",
        "tag",
        ["subject"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "uq_tag_epc_hex_bound",
        "tag",
        ["epc_hex"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "uq_tag_tid_bound",
        "tag",
        ["tid"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "tag_reader",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("use", sa.String(length=10), nullable=False),
        sa.Column("host", sa.String(length=120), nullable=False),
        sa.Column("port", sa.Integer(), nullable=False),
        sa.Column("antennas", sa.String(length=40), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("lease_owner", sa.String(length=80), nullable=True),
        sa.Column("lease_until", database.UtcDateTime(), nullable=True),
        sa.Column("seen_at", database.UtcDateTime(), nullable=True),
        sa.Column("fault", database.Json(), nullable=True),
        sa.Column("look_from", database.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_tag_reader"),
        sa.UniqueConstraint("code", name="uq_tag_reader_code"),
    )
    op.create_table(
        "tag_sighting",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reader_id", sa.Uuid(), nullable=True),
        sa.Column("read_for", sa.String(length=80), nullable=False),
        sa.Column("epc_hex", sa.String(length=128), nullable=False),
        sa.Column("tid", sa.String(length=64), nullable=False),
        sa.Column("first_seen_at", database.UtcDateTime(), nullable=False),
        sa.Column("last_seen_at", database.UtcDateTime(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("peak_rssi_dbm", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["reader_id"], ["tag_reader.id"], name="fk_tag_sighting_reader_id"),
        sa.PrimaryKeyConstraint("id", name="pk_tag_sighting"),
    )
    op.create_index("ix_tag_sighting_last_seen_at", "tag_sighting", ["last_seen_at"])
    op.create_index("ix_tag_sighting_read_for", "tag_sighting", ["read_for"])
    op.create_index("ix_tag_sighting_reader_seen", "tag_sighting", ["reader_id", "last_seen_at"])
    op.add_column("plant", sa.Column("site_number", sa.Integer(), nullable=False, server_default="0"))
    op.execute("UPDATE plant SET site_number = (SELECT count(*) FROM plant AS other WHERE other.code < plant.code)")
    op.create_index("uq_plant_site_number", "plant", ["site_number"], unique=True)
    if op.get_bind().dialect.name == "postgresql":  # SQLite's integers have 64 bits anyway
        op.alter_column("element", "serial", existing_type=sa.Integer(), type_=sa.BigInteger())


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("element", "serial", existing_type=sa.BigInteger(), type_=sa.Integer())
    op.drop_index("uq_plant_site_number", "plant")
    with op.batch_alter_table("plant") as table:
        table.drop_column("site_number")
    op.drop_table("tag_sighting")
    op.drop_table("tag_reader")
    op.drop_table("tag")
    op.drop_table("alias")
