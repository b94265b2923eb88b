"""One YAML file per city: everything about its platform. Read with `mes.traceability.platforms.signed_json.cities`."""

from __future__ import annotations

from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator

from mes.ledger.kinds import EVENT_KINDS
from mes.traceability.platforms.fields import Code, Condition, Declared, FieldRule, Name, Words
from mes.traceability.platforms.fields.declared import RecordTemplate, Scalar
from mes.traceability.platforms.signed_json.answer_rules import AnswerRule
from mes.traceability.platforms.signed_json.request_rules import (
    DayQuery,
    ExistenceQuery,
    Query,
    RequestRule,
    ResultQuery,
    TokenRule,
    UrlPath,
)
from mes.traceability.platforms.signed_json.signing_rules import CipherRule, SignatureRule
from mes.traceability.platforms.signed_json.whole import faults_of_city


def _require_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is no time zone") from error
    return name


def _require_kind(kind: str) -> str:
    if kind not in EVENT_KINDS:
        raise ValueError(f"{kind!r} is no kind of the ledger's events")
    return kind


Kind = Annotated[str, AfterValidator(_require_kind)]
Zone = Annotated[str, AfterValidator(_require_zone)]


class Source(Declared):
    """What a mapping was made from, and whether anybody of the platform has confirmed it."""

    text: str = Field(min_length=1)
    date: str = Field(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")
    url: str = ""
    confirmed: str = Field(min_length=1)


class ValueRule(Declared):
    """Something that the plant must say for its connector, such as the number the platform gave it."""

    title: Words
    required: bool = True
    longest: int = Field(default=200, alias="max", ge=1)
    pattern: str | None = None


class SecretRule(Declared):
    """A secret that the connector's settings must name the place of."""

    title: Words


class IdRule(Declared):
    """The business id: the same on every attempt. With `digest`, so many hexadecimal digits of its SHA-256."""

    value: RecordTemplate
    digest: int | None = Field(default=None, ge=16, le=64)


DEFAULT_IDS = {"element": "{id}-{element.serial}", "event": "{id}", "original": "{id}-{original.number}"}


class Endpoint(Declared):
    """Where certain kinds of events go, and the fields of their records."""

    path: UrlPath
    kinds: tuple[Kind, ...] = Field(min_length=1)
    per: Literal["element", "event", "original"] = "element"
    only: tuple[Condition, ...] = ()
    id: IdRule | None = None
    code: str = ""
    fields: tuple[FieldRule, ...] = ()
    leave_out: tuple[str, ...] = Field(default=(), description="common fields that this endpoint has not")

    @property
    def id_rule(self) -> IdRule:
        """How its records are identified."""
        return self.id or IdRule(value=DEFAULT_IDS[self.per])


class City(Declared):
    """Everything about one city's platform."""

    city: str = Field(pattern=r"^[a-z0-9-]{2,40}$")
    title: Words
    draft: bool
    source: Source
    notes: tuple[str, ...] = ()
    zone: Zone = "Asia/Shanghai"
    empty: Literal["leave_out", "null", "text"] = "leave_out"
    values: dict[Name, ValueRule] = Field(default_factory=dict)
    secrets: dict[Name, SecretRule] = Field(default_factory=dict)
    request: RequestRule = RequestRule()
    signature: SignatureRule | None = None
    token: TokenRule | None = None
    ciphers: dict[Name, CipherRule] = Field(default_factory=dict)
    answer: AnswerRule
    result: ResultQuery | None = None
    existence: ExistenceQuery | None = None
    day: DayQuery | None = None
    common: tuple[FieldRule, ...] = ()
    endpoints: dict[Name, Endpoint] = Field(min_length=1)
    codes: dict[Name, dict[Code, Scalar]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _whole(self) -> City:
        faults = list(faults_of_city(self))
        if faults:
            raise ValueError("\n".join(faults))
        return self

    def rules_of(self, endpoint: Endpoint) -> tuple[FieldRule, ...]:
        """The fields of an endpoint's records, common ones first."""
        return (*(rule for rule in self.common if rule.to not in endpoint.leave_out), *endpoint.fields)

    @property
    def queries(self) -> dict[str, Query]:
        """The requests of their own, by the names of their keys."""
        named = {"token": self.token, "result": self.result, "existence": self.existence, "day": self.day}
        return {name: query for name, query in named.items() if query is not None}
