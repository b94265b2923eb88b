"""People, organisations, plants, API tokens and sign-in attempts."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from mes.core.database import Base, Identified


class Plant(Identified, Base):
    """A factory: where elements are made and whose GS1 company prefix names them."""

    __tablename__ = "plant"
    __table_args__ = (Index("uq_plant_site_number", "site_number", unique=True),)

    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    organisation_name: Mapped[str] = mapped_column(String(120))  # the producer, 生产单位
    credit_code: Mapped[str] = mapped_column(String(18))  # unified social credit code
    address: Mapped[str] = mapped_column(String(200), default="")
    company_prefix: Mapped[str] = mapped_column(String(12))  # GS1, 6 to 12 digits; empty: no member, names are local
    site_number: Mapped[int] = mapped_column(default=0)  # 0 to 9 among plants that share a prefix
    next_serial: Mapped[int] = mapped_column(default=1)  # of the next element at this site: its serial without the site


class Person(Identified, Base):
    """Somebody who signs in."""

    __tablename__ = "person"

    sign_in_name: Mapped[str] = mapped_column(String(60), unique=True)  # lower case
    name: Mapped[str] = mapped_column(String(80))
    role: Mapped[str] = mapped_column(String(20))  # of roles.yaml
    organisation: Mapped[str] = mapped_column(String(120))
    crew: Mapped[str] = mapped_column(String(40), default="")  # 班组; empty for those who belong to none
    password_hash: Mapped[str] = mapped_column(String(200))  # argon2id
    pin_hash: Mapped[str | None] = mapped_column(String(200))  # argon2id; for shared tablets
    badge_sha256: Mapped[str | None] = mapped_column(String(64), unique=True)
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    projects: Mapped[list[PersonProject]] = relationship(cascade="all, delete-orphan", lazy="selectin")


class WebSession(Identified, Base):
    """A sign-in; over when it was ended or has grown old."""

    __tablename__ = "web_session"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    opened_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]


class PersonProject(Base):
    """A project a receiver may see. The project itself lives in an upper room, so only its id stands here."""

    __tablename__ = "person_project"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    project_id: Mapped[UUID] = mapped_column(primary_key=True)


class ApiToken(Identified, Base):
    """A program's key. Only its SHA-256 is kept."""

    __tablename__ = "api_token"

    name: Mapped[str] = mapped_column(String(80), unique=True)
    role: Mapped[str] = mapped_column(String(20))
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class SignInAttempt(Identified, Base):
    """A failed sign-in; too many within a while and the name or address must wait."""

    __tablename__ = "sign_in_attempt"

    key: Mapped[str] = mapped_column(String(160), index=True)  # "name:…" or "address:…"
    at: Mapped[datetime] = mapped_column(index=True)


class SerialCounter(Base):
    """Running numbers that must not collide: delivery notes, certificates, lots … per plant."""

    __tablename__ = "serial_counter"

    plant_id: Mapped[UUID] = mapped_column(ForeignKey("plant.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    next_number: Mapped[int] = mapped_column(default=1)
