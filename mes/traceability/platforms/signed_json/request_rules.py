"""What may be declared of requests: their parts, the log-in, and asking what a platform has."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from mes.traceability.platforms.fields import Declared, Name, places_of
from mes.traceability.platforms.fields.dates import require_date_form
from mes.traceability.platforms.signed_json.answer_rules import AnswerPaths, Predicate, Results
from mes.traceability.platforms.signed_json.placeholders import RequestTemplate
from mes.traceability.platforms.signed_json.signing_rules import DigestRule, Place

UrlPath = Annotated[RequestTemplate, Field(pattern=r"^/")]


class TimestampRule(Declared):
    """How an attempt's time is written: `s`, `ms`, `iso` or a pattern, in the city's zone."""

    form: Annotated[str, AfterValidator(require_date_form)] = "ms"


class NonceRule(Declared):
    """What an attempt's one-time value is made of."""

    form: Literal["uuid", "hex", "digits", "letters", "timestamp"] = "hex"
    length: int = Field(default=32, ge=4, le=64)


class Parameter(Declared):
    """Something that goes beside the records. One that holds {signature} is not signed itself."""

    name: str = Field(min_length=1, max_length=80)
    place: Place = Field(alias="in")
    value: RequestTemplate
    write_as: Literal["text", "integer"] = Field(default="text", alias="as")

    @property
    def is_signature(self) -> bool:
        """Whether it carries the signature."""
        return "signature" in places_of(self.value)


class BodyRule(Declared):
    """The body's form. `records` names the member that holds the records; empty: the one record is the body itself."""

    form: Literal["json", "form"] = "json"
    records: str = ""
    records_as: Literal["json", "text"] = "json"
    always_list: bool = False
    most: int = Field(default=1, ge=1, le=2000, description="most records in one request")
    most_bytes: int = Field(default=1_000_000, ge=1000)
    spacing: Literal["compact", "spaced"] = "compact"
    keys: Literal["declared", "sorted"] = "declared"
    ascii_only: bool = False
    encrypt: Name | None = Field(default=None, description="the records as one encrypted text")

    @model_validator(mode="after")
    def _fits(self) -> BodyRule:
        if not self.records and (self.most > 1 or self.always_list or self.encrypt or self.records_as == "text"):
            raise ValueError(
                "several records, a list, a text or an encrypted text need `records`, the member they are in"
            )
        return self


class RequestRule(Declared):
    """How a request is put together."""

    method: Literal["POST", "PUT"] = "POST"
    content_type: str = ""
    timestamp: TimestampRule = TimestampRule()
    nonce: NonceRule = NonceRule()
    body: BodyRule = BodyRule()
    body_digest: DigestRule = DigestRule()
    parameters: tuple[Parameter, ...] = ()


class Query(Declared):
    """A request of its own: fields go into the query of a GET, else into the body."""

    method: Literal["GET", "POST"] = "POST"
    path: UrlPath
    fields: dict[str, RequestTemplate] = Field(default_factory=dict)
    parameters: bool = Field(default=True, description="with the parameters of every request")


class TokenRule(Query):
    """Log-in: what it answers is {token} until it runs out, or the platform says so."""

    parameters: bool = False
    success: Predicate
    token: str = Field(description="where the token stands")
    seconds: str | None = Field(default=None, description="where it says for how many seconds it is good")
    lifetime_seconds: int = Field(default=7200, ge=10)
    message: AnswerPaths = ()


class ResultQuery(Query):
    """Asking what became of a request that was only taken in."""

    running: Predicate
    success: Predicate
    refused: Predicate | None = None
    message: AnswerPaths = ()
    results: Results | None = None


class ExistenceQuery(Query):
    """Asking whether the platform has a record."""

    found: Predicate
    missing: Predicate


class DayQuery(Query):
    """Asking for the business ids of a day, page by page as long as `more` holds."""

    ids: str
    id: str = Field(default="", description="where an entry of the list has its id, if it is no plain text")
    more: Predicate | None = None
    last_page: str | None = Field(default=None, description="where the number of the last page stands")
    first_page: int = 1
