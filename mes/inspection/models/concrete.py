"""Concrete: cube tests, mixes, curing, and the evaluation of strength."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Numeric, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from mes.core.database import Base, Identified


class CubeTest(Identified, Base):
    """Compressive strength of a set of three cubes of a batch (MPa), standard or same-condition cured."""

    __tablename__ = "cube_test"

    batch_id: Mapped[UUID] = mapped_column(ForeignKey("casting_batch.id"), index=True)
    condition: Mapped[str] = mapped_column(String(16))  # same_condition | standard
    strengths_mpa: Mapped[list[Any]]
    set_value_mpa: Mapped[float | None] = mapped_column(Numeric(6, 1, asdecimal=False))  # None: the set is invalid
    rule: Mapped[str] = mapped_column(String(10))  # which rule gave the value: mean | middle | invalid
    age_hours: Mapped[int]
    equivalent_age_hours: Mapped[float | None] = mapped_column(Numeric(8, 2, asdecimal=False))  # after its mix's method
    tested_at: Mapped[datetime]
    tested_by: Mapped[str] = mapped_column(String(80))


class ConcreteMix(Identified, Base):
    """A mix (配合比) with the constants of its maturity; a change is a further version."""

    __tablename__ = "concrete_mix"
    __table_args__ = (UniqueConstraint("code", "version"),)

    code: Mapped[str] = mapped_column(String(40), index=True)
    version: Mapped[int]
    name: Mapped[str] = mapped_column(String(80), default="")
    concrete_grade: Mapped[str] = mapped_column(String(10))
    method: Mapped[str] = mapped_column(String(12))  # nurse_saul | arrhenius
    reference_temperature_c: Mapped[float] = mapped_column(Numeric(5, 1, asdecimal=False))
    datum_temperature_c: Mapped[float | None] = mapped_column(Numeric(5, 1, asdecimal=False))
    activation_energy_j_per_mol: Mapped[float | None] = mapped_column(Numeric(9, 1, asdecimal=False))
    calibration: Mapped[list[Any]]  # of trial mixes: [equivalent age in hours, MPa]; cubes with an equivalent age join
    set_at: Mapped[datetime]
    set_by: Mapped[str] = mapped_column(String(80))


class CuringRecord(Identified, Base):
    """How a load was cured: its curve, judged; written anew while it cures, final once it is demoulded."""

    __tablename__ = "curing_record"

    load_id: Mapped[UUID] = mapped_column(ForeignKey("pallet_load.id"), unique=True)
    chamber: Mapped[str] = mapped_column(String(60))  # the machine's code
    cast_at: Mapped[datetime]
    entered_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]
    curve: Mapped[list[Any]]  # [minutes after casting, °C], thinned to what the judgement needs
    rule_set: Mapped[str] = mapped_column(String(40))
    findings: Mapped[list[Any]]  # what broke a rule: rule, actual, allowed, from and to in minutes, clause
    mix_code: Mapped[str] = mapped_column(String(40), default="")
    equivalent_age_hours: Mapped[float | None] = mapped_column(Numeric(8, 2, asdecimal=False))
    predicted_mpa: Mapped[float | None] = mapped_column(Numeric(6, 1, asdecimal=False))
    predicted_lower_mpa: Mapped[float | None] = mapped_column(Numeric(6, 1, asdecimal=False))
    safe_at: Mapped[datetime | None]  # earliest safe demoulding at the confidence of the plant
    basis: Mapped[dict[str, Any]] = mapped_column(default=dict)  # what curve and prediction rest on
    evaluated_at: Mapped[datetime]
    final: Mapped[bool] = mapped_column(default=False)


class StrengthEvaluation(Identified, Base):
    """Cube strengths of one mix and period judged after GB/T 50107, with the lots it covers."""

    __tablename__ = "strength_evaluation"

    number: Mapped[str] = mapped_column(String(40), unique=True)
    mix_code: Mapped[str] = mapped_column(String(40))
    concrete_grade: Mapped[str] = mapped_column(String(10))
    condition: Mapped[str] = mapped_column(String(16))  # standard | same_condition
    begins_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    method: Mapped[str] = mapped_column(String(24))
    result: Mapped[str] = mapped_column(String(4))  # pass | fail
    content: Mapped[dict[str, Any]]  # sets, batches, criteria as judged
    evaluated_at: Mapped[datetime]
    evaluated_by: Mapped[str] = mapped_column(String(80))
