"""Commands, answers and the API's shapes of concrete: mixes, curing, the evaluation of strength."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from mes.core.commands import Answer, Command, Moment
from mes.core.paging import PageQuery

Code = Annotated[str, Field(pattern=r"^[^\s/?#%](?:[^/?#%]{0,38}[^\s/?#%])?$", max_length=40)]
Grade = Annotated[str, Field(pattern=r"^C\d{2,3}$")]
Condition = Literal["same_condition", "standard"]
Method = Literal["auto", "known_sigma", "unknown_sigma", "non_statistical"]


class TrialPoint(BaseModel):
    """Strength of a set of cubes of a trial mix at an equivalent age."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    equivalent_age_hours: float = Field(gt=0, le=100_000)
    strength_mpa: float = Field(gt=0, le=250)


class DefineMix(Command):
    """A mix with the constants of its maturity; each definition is a further version.

    The method `nurse_saul` needs the datum temperature, `arrhenius` the activation energy. Without trial points the
    plant's own cubes alone calibrate it.
    """

    code: Code
    name: str = Field("", max_length=80)
    concrete_grade: Grade
    method: Literal["nurse_saul", "arrhenius"] = "nurse_saul"
    reference_temperature_c: float = Field(20, ge=0, le=40, allow_inf_nan=False)
    datum_temperature_c: float | None = Field(None, ge=-30, le=10, allow_inf_nan=False)
    activation_energy_j_per_mol: float | None = Field(None, ge=10_000, le=100_000, allow_inf_nan=False)
    calibration: list[TrialPoint] = Field(default=[], max_length=60)


class MixDefined(Answer):
    """The version that was made, and how many sets of the plant have an equivalent age after it."""

    mix_id: UUID
    code: str
    version: int
    own_sets: int


class EvaluateConcrete(Command):
    """Judge the cube sets of a grade (of one mix, or of all with an empty code) mixed in a period."""

    mix_code: str = Field("", max_length=40)
    concrete_grade: Grade
    condition: Condition = "standard"
    begins_at: Moment
    ends_at: Moment
    method: Method = "auto"


class ConcreteEvaluated(Answer):
    """The evaluation's number and result."""

    evaluation_id: UUID
    number: str
    result: Literal["pass", "fail"]
    method: str
    sets: int


class AnswerFinding(Command):
    """An inspector's answer to a finding of a cure: accepted with a reason, or a nonconformity for its elements."""

    record_id: UUID
    finding: int = Field(ge=0, description="its place in the record's findings, from 0")
    decision: Literal["accept", "report"]
    reason: str = Field("", max_length=300)


class FindingAnswered(Answer):
    """What followed: the numbers of the nonconformities, none where the finding was accepted."""

    record_id: UUID
    nonconformities: list[str]


class MixQuery(PageQuery):
    """Which mixes to list."""

    code: str | None = Field(None, max_length=40)


class EvaluationQuery(PageQuery):
    """Which evaluations to list."""

    concrete_grade: str | None = Field(None, max_length=10)
    mix_code: str | None = Field(None, max_length=40)


class CuringQuery(PageQuery):
    """Which cures to list."""

    final: bool | None = Field(None, description="false: those under way")


class CubeQuery(PageQuery):
    """Which cube tests to list."""

    batch_id: UUID | None = None


class EvaluationPath(BaseModel):
    """An evaluation's address."""

    evaluation_id: UUID


class LoadPath(BaseModel):
    """A cure's address: that of its load."""

    load_id: UUID


class Row(BaseModel):
    """Base of what the API shows: read from table rows."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID


class MixRow(Row):
    """A version of a mix."""

    code: str
    version: int
    name: str
    concrete_grade: str
    method: str
    reference_temperature_c: float
    datum_temperature_c: float | None
    activation_energy_j_per_mol: float | None
    calibration: list[list[float]]
    set_at: datetime
    set_by: str


class EvaluationRow(Row):
    """An evaluation as it was judged; `content` holds sets, criteria and what it covers."""

    number: str
    mix_code: str
    concrete_grade: str
    condition: str
    begins_at: datetime
    ends_at: datetime
    method: str
    result: str
    content: dict[str, Any]
    evaluated_at: datetime
    evaluated_by: str


class CuringRow(Row):
    """A cure: its curve ([minutes after casting, °C]), findings and prediction; `basis` says what they rest on."""

    load_id: UUID
    chamber: str
    cast_at: datetime
    entered_at: datetime | None
    left_at: datetime | None
    curve: list[list[float]]
    rule_set: str
    findings: list[dict[str, Any]]
    mix_code: str
    equivalent_age_hours: float | None
    predicted_mpa: float | None
    predicted_lower_mpa: float | None
    safe_at: datetime | None
    basis: dict[str, Any]
    evaluated_at: datetime
    final: bool


class CubeRow(Row):
    """A set of three cubes."""

    batch_id: UUID
    condition: str
    strengths_mpa: list[float]
    set_value_mpa: float | None
    rule: str
    age_hours: int
    equivalent_age_hours: float | None
    tested_at: datetime
    tested_by: str
