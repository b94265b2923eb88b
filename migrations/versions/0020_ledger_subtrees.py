"""Roots of the ledger's full subtrees, so that a proof does not read the whole ledger."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.orm import Session

from mes.ledger.subtrees import grow

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ledger_subtree",
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.String(length=64), nullable=False),
        sa.Column("last_sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("height", "place", name="pk_ledger_subtree"),
    )
    op.create_index("ix_ledger_subtree_last_sequence", "ledger_subtree", ["height", "last_sequence"])
    connection = op.get_bind()
    events = connection.execute(sa.text("SELECT count(*) FROM ledger_event")).scalar_one()
    with Session(bind=connection, join_transaction_mode="rollback_only") as session:
        grow(session, events)
        session.flush()


def downgrade() -> None:
    op.drop_table("ledger_subtree")
