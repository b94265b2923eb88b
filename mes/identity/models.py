"""Other names of things, the RFID tags they wear or wore, and the readers of the plant."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from mes.core.database import Base, Identified


class Alias(Identified, Base):
    """Another name of a thing: a city's code, Ecode, a Handle, the plant's own, an earlier tag's."""

    __tablename__ = "alias"
    __table_args__ = (UniqueConstraint("scheme", "value"),)

    subject: Mapped[str] = mapped_column(String(80), index=True)  # as in the ledger: element:42
    scheme: Mapped[str] = mapped_column(String(30))  # of labels/aliases: fujian, ecode, handle, plant …
    value: Mapped[str] = mapped_column(String(120), index=True)  # in the scheme's normal form
    given_at: Mapped[datetime]
    given_by: Mapped[str] = mapped_column(String(80))


class Tag(Identified, Base):
    """An RFID tag on a thing, by the number its maker burned in (TID). A replaced tag keeps its row.

    A tag is on one thing at a time, a thing wears one tag at a time, and no two tags that are worn hold the same EPC:
    each by a partial unique index.
    """

    __tablename__ = "tag"
    __table_args__ = (
        Index(
            "uq_tag_tid_bound",
            "tid",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index(
            "uq_tag_subject_bound",
            "subject",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index(
            "uq_tag_epc_hex_bound",
            "epc_hex",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    subject: Mapped[str] = mapped_column(String(80), index=True)  # as in the ledger: element:42
    tid: Mapped[str] = mapped_column(String(64), index=True)  # hexadecimal, upper case
    epc_hex: Mapped[str] = mapped_column(String(128), index=True)  # what was written into its EPC memory
    verified: Mapped[bool]  # the EPC was read back from this tag
    bound_at: Mapped[datetime]
    bound_by: Mapped[str] = mapped_column(String(80))
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None] = mapped_column(String(80))
    end_reason: Mapped[str | None] = mapped_column(String(200))


class TagReader(Identified, Base):
    """An RFID reader that speaks LLRP: at a bench, where tags are written and bound, or at a gate."""

    __tablename__ = "tag_reader"

    code: Mapped[str] = mapped_column(String(30), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    use: Mapped[str] = mapped_column(String(10))  # bench | gate
    host: Mapped[str] = mapped_column(String(120))
    port: Mapped[int] = mapped_column(default=5084)
    antennas: Mapped[str] = mapped_column(String(40), default="")  # "1,2"; empty: all
    active: Mapped[bool] = mapped_column(default=True)
    lease_owner: Mapped[str | None] = mapped_column(String(80))  # the worker that listens to a gate
    lease_until: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]  # when it last answered
    fault: Mapped[dict[str, Any] | None]  # why it does not, as `Text.as_json`; None: it answered last
    look_from: Mapped[datetime | None]  # a gate's screen looks at what was seen since: what was before is settled


class TagSighting(Identified, Base):
    """A tag that was seen: one row for a passage through a gate, counted up while it stays in the field.

    What people read with a handheld, type or paste has no reader; `read_for` says what they read it for, and the
    id is the one their device gave the read.
    """

    __tablename__ = "tag_sighting"
    __table_args__ = (Index("ix_tag_sighting_reader_seen", "reader_id", "last_seen_at"),)

    reader_id: Mapped[UUID | None] = mapped_column(ForeignKey("tag_reader.id"))
    read_for: Mapped[str] = mapped_column(String(80), default="", index=True)  # subject: delivery:<sscc>; empty: none
    epc_hex: Mapped[str] = mapped_column(String(128))
    tid: Mapped[str] = mapped_column(String(64), default="")
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime] = mapped_column(index=True)
    count: Mapped[int]
    peak_rssi_dbm: Mapped[int | None]
