"""What may be declared of a field; every fault of a declaration is found when the file is read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from mes.traceability.platforms.fields.dates import require_date_form
from mes.traceability.platforms.fields.templates import places_of, require_template
from mes.traceability.platforms.fields.units import require_conversion

CONTENT_ROOTS = ("id", "kind", "event_time", "recorded_time", "zone_offset", "who", "where", "how", "elements", "data")
ROOTS = frozenset({*CONTENT_ROOTS, "element", "item", "original", "values", "business_id"})
"""What a path of a field may begin with: the event's own parts, and what a record is about."""


class Declared(BaseModel):
    """A part of a declaration; a key that is not known is a fault."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _require_path(path: str) -> str:
    root = path.partition(".")[0]
    if root not in ROOTS:
        raise ValueError(f"{path!r} begins with {root!r}; a path begins with one of {', '.join(sorted(ROOTS))}")
    if not all(path.split(".")):
        raise ValueError(f"{path!r} has an empty part")
    return path


def _require_record_template(value: Any) -> Any:
    if isinstance(value, str):
        require_template(value)
        for path in places_of(value):
            _require_path(path)
    return value


def _as_text(value: Any) -> Any:
    """YAML reads 01 as a number and no as False: a code must be written in quotes, and is told so."""
    if isinstance(value, bool | float) or value is None:
        raise ValueError(f"{value!r} is not a text; write it in quotes")
    return str(value) if isinstance(value, int) else value


def _require_pattern(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"{pattern!r} is no pattern: {error}") from error
    return pattern


Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$", max_length=40)]
Code = Annotated[str, BeforeValidator(_as_text)]
Path = Annotated[str, AfterValidator(_require_path)]
Paths = Annotated[tuple[Path, ...], BeforeValidator(_listed), Field(min_length=1)]
Scalar = str | int | float | bool
Pattern = Annotated[str, AfterValidator(_require_pattern)]
RecordTemplate = Annotated[Scalar, AfterValidator(_require_record_template)]


class Words(Declared):
    """A name for people, in both languages."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)


class Unit(Declared):
    """A measure is told in another unit than the ledger has it in."""

    given: str = Field(alias="from")
    to: str

    @model_validator(mode="after")
    def _known(self) -> Unit:
        require_conversion(self.given, self.to)
        return self


class Condition(Declared):
    """Whether what stands at a path is (or is not) among some texts."""

    source: Path = Field(alias="from")
    among: tuple[Code, ...] = Field(default=(), alias="in")
    not_among: tuple[Code, ...] = Field(default=(), alias="not_in")

    @model_validator(mode="after")
    def _one_list(self) -> Condition:
        if bool(self.among) == bool(self.not_among):
            raise ValueError("a condition has either `in` or `not_in`")
        return self


class CheckRule(Declared):
    """How the last character of a code is worked out: the weighted sum of the characters' values, modulo.

    `verified: false` says that the rule was not seen in the text of its source.
    """

    alphabet: str = Field(min_length=2)
    weights: tuple[int, ...] = Field(min_length=1, description="repeated over the characters, from the left")
    modulus: int = Field(ge=2)
    complement: bool = Field(False, description="modulus minus the remainder, as in GB 11714")
    verified: bool = False
    source: str = ""

    @model_validator(mode="after")
    def _fits(self) -> CheckRule:
        if len(set(self.alphabet)) != len(self.alphabet):
            raise ValueError("a character stands twice in the alphabet")
        if self.modulus > len(self.alphabet):
            raise ValueError("the modulus is larger than the alphabet")
        return self


class FieldRule(Declared):
    """One field of a record: where it comes from, how it is written, what the platform asks of it.

    Exactly one of `source` (paths in the event, the first that has a value counts), `value` (a constant, or a text with
    `{path}` in it), `parts` (fields put together, with a check character where `check` says how) and `list_of` (a list
    in the event, each entry is `item`) says where it comes from. A list has `fields` for objects, or a source or value
    for plain entries.
    """

    to: str = Field(pattern=r"^[^\s.]+(\.[^\s.]+)*$", max_length=80, description="its name; dots make objects")
    source: Paths | None = Field(default=None, alias="from")
    value: RecordTemplate | None = None
    parts: tuple[FieldRule, ...] = ()
    check: CheckRule | None = None
    list_of: Paths | None = Field(default=None, alias="list")
    fields: tuple[FieldRule, ...] = ()

    codes: str | dict[Code, Scalar] | None = None
    otherwise: Scalar | None = Field(default=None, description="the code of what is not in the table")
    unit: Unit | None = None
    decimals: int | None = Field(default=None, ge=0, le=9)
    date: Annotated[str, AfterValidator(require_date_form)] | None = None
    write_as: Literal["text", "number", "integer", "boolean"] | None = Field(default=None, alias="as")
    default: Scalar | None = None
    digits: int | None = Field(default=None, ge=1, le=20, description="filled with zeros in front, cut in front")

    required: bool = False
    required_if: Condition | None = None
    longest: int | None = Field(default=None, ge=1, alias="max")
    too_long: Literal["refuse", "cut"] = "refuse"
    pattern: Pattern | None = None
    personal: Literal["name", "id_number", "phone", "other"] | None = None
    encrypt: str | None = None

    @model_validator(mode="after")
    def _consistent(self) -> FieldRule:
        origins = [name for name in ("source", "value", "parts") if getattr(self, name) not in (None, ())]
        if self.list_of is not None and self.fields and origins:
            raise ValueError("a list has either `fields` or a source of its entries")
        if self.fields and self.list_of is None:
            raise ValueError("`fields` belong to a `list`")
        if self.list_of is not None and (self.fields or not origins):
            if not self.fields:
                raise ValueError("a list needs `fields`, or `from` or `value` for its entries")
            return self
        if len(origins) != 1:
            raise ValueError("name exactly one of `from`, `value`, `parts` and `list`")
        if self.check is not None and not self.parts:
            raise ValueError("a check character belongs to a code made of `parts`")
        if self.otherwise is not None and self.codes is None:
            raise ValueError("`otherwise` belongs to `codes`")
        if self.date is not None and (self.unit or self.decimals is not None or self.codes):
            raise ValueError("a date has no unit, decimals or codes")
        return self

    @property
    def all_below(self) -> Iterable[FieldRule]:
        """This rule, and those of its parts and entries."""
        yield self
        for rule in (*self.parts, *self.fields):
            yield from rule.all_below


def require_known_codes(rules: Iterable[FieldRule], tables: Mapping[str, Any], where: str) -> list[str]:
    """Names of tables of codes that are used and not there, as faults in words."""
    used = {rule.codes for each in rules for rule in each.all_below if isinstance(rule.codes, str)}
    return [f"{where}: there is no table of codes named {name!r}" for name in sorted(used - set(tables))]
