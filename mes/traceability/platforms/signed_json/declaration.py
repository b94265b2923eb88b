"""One YAML file per city: everything about its platform. Read with `mes.traceability.platforms.signed_json.cities`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field, model_validator

from mes.traceability.platforms.fields import Code, Declared, FieldRule, Name, Words
from mes.traceability.platforms.fields.declared import Scalar
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
from mes.traceability.platforms.told import Source, Told, ValueRule, Zone


class SecretRule(Declared):
    """A secret that the connector's settings must name the place of."""

    title: Words


class Endpoint(Told):
    """Where certain kinds of events go, and the fields of their records."""

    path: UrlPath
    code: str = ""


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

    def rules_of(self, told: Told) -> tuple[FieldRule, ...]:
        """The fields of an endpoint's records, common ones first."""
        return (*(rule for rule in self.common if rule.to not in told.leave_out), *told.fields)

    @property
    def told(self) -> Mapping[str, Told]:
        """What is told, by the names of endpoints."""
        return self.endpoints

    @property
    def queries(self) -> dict[str, Query]:
        """The requests of their own, by the names of their keys."""
        named = {"token": self.token, "result": self.result, "existence": self.existence, "day": self.day}
        return {name: query for name, query in named.items() if query is not None}
