"""Departures undone, certificates suspended by a rejection on site, the way back of what was rejected."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from mes.core import database

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

TIME = database.UtcDateTime
SUSPENDED_BY_SITE = """
UPDATE certificate SET
  suspended_at = (SELECT state_since FROM element WHERE element.id = certificate.element_id),
  suspension_reason = (SELECT hold_reason FROM element WHERE element.id = certificate.element_id)
WHERE withdrawn_at IS NULL
  AND element_id IN (SELECT id FROM element WHERE state = 'rejected_at_site')
"""
"""What lies rejected on a site while this runs: its rejection, which the ledger holds, suspends its certificate."""


def upgrade() -> None:
    # Column by column, in place: other tables refer to these, so that SQLite could not make them anew.
    op.add_column("delivery", sa.Column("note_edition", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("certificate", sa.Column("suspended_at", TIME(), nullable=True))
    op.add_column("certificate", sa.Column("suspension_reason", sa.String(200), nullable=True))
    op.add_column("delivery_item", sa.Column("sent_back_at", TIME(), nullable=True))
    op.add_column("delivery_item", sa.Column("return_plate", sa.String(20), nullable=True))
    op.execute(SUSPENDED_BY_SITE)


def downgrade() -> None:
    op.drop_column("delivery_item", "return_plate")
    op.drop_column("delivery_item", "sent_back_at")
    op.drop_column("certificate", "suspension_reason")
    op.drop_column("certificate", "suspended_at")
    op.drop_column("delivery", "note_edition")
