"""How many events each platform has had, so that nobody counts them again at every look."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("connector", sa.Column("delivered", sa.Integer(), nullable=False, server_default="0"))
    op.execute(
        "UPDATE connector SET delivered = (SELECT COUNT(*) FROM receipt"
        " WHERE receipt.connector_id = connector.id AND receipt.delivered_at IS NOT NULL)"
    )


def downgrade() -> None:
    op.drop_column("connector", "delivered")
