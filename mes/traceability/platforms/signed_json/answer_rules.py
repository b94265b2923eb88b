"""What may be declared of a platform's answers: where the code stands, and what each code means for delivery."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from mes.traceability.platforms.fields import Declared, is_empty, look_up
from mes.traceability.platforms.fields.values import plain_text

OutcomeName = Literal["success", "accepted", "duplicate", "refused", "credentials", "configuration", "retry", "token"]


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


AnswerPaths = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class Predicate(Declared):
    """Whether what stands at a path of the answer is among some values; 0 and "0" are the same, true and "true" too."""

    at: str = Field(min_length=1)
    among: tuple[str | int | float | bool, ...] = Field(default=(), alias="in")
    not_among: tuple[str | int | float | bool, ...] = Field(default=(), alias="not_in")
    present: bool | None = None

    @model_validator(mode="after")
    def _one_list(self) -> Predicate:
        if sum((bool(self.among), bool(self.not_among), self.present is not None)) != 1:
            raise ValueError("a predicate has one of `in`, `not_in` and `present`")
        return self

    def holds(self, answer: Any) -> bool:
        """Whether it is so; what is not there is among nothing, and not absent from anything either. An answer that is
        no object or list, such as a proxy's page, says nothing at all."""
        if not isinstance(answer, Mapping | list):
            return False
        found = look_up(answer, self.at)
        if self.present is not None:
            return self.present != is_empty(found)
        if found is None:
            return False
        text = plain_text(found)
        if self.among:
            return text in map(plain_text, self.among)
        return text not in map(plain_text, self.not_among)


class Results(Declared):
    """A result for each record of a batch: the list, and where each has its business id (or place), code and words."""

    at: str
    id: str | None = None
    index: str | None = None
    first_index: int = Field(default=0, ge=0, le=1)
    code: str
    message: str = ""
    success: tuple[str | int | bool, ...] = Field(min_length=1)
    duplicate: tuple[str | int | bool, ...] = ()

    @model_validator(mode="after")
    def _findable(self) -> Results:
        if (self.id is None) == (self.index is None):
            raise ValueError("a result is of the record that `id` or `index` names; give one")
        return self


class AnswerRule(Declared):
    """What an answer means. The first that holds counts, in the order of the keys here; a status of 429 or 5xx is
    believed unless the body has one of the declared codes. `otherwise` is what an unknown code means: by default
    nothing more is sent until a person has looked it up.
    """

    token: Predicate | None = None
    credentials: Predicate | None = None
    duplicate: Predicate | None = None
    accepted: Predicate | None = None
    success: Predicate | None = None
    retry: Predicate | None = None
    refused: Predicate | None = None
    configuration: Predicate | None = None
    otherwise: Literal["configuration", "refused", "retry"] = "configuration"
    message: AnswerPaths = ()
    retry_after: str | None = Field(default=None, description="where the answer says how many seconds to wait")
    job: str | None = Field(default=None, description="where an accepted request's number stands")
    results: Results | None = None
    nothing_stored: bool = Field(default=True, description="a refused request stored none of its records")

    @model_validator(mode="after")
    def _tells(self) -> AnswerRule:
        if self.success is None and self.accepted is None:
            raise ValueError("say what a success is (`success`), or what is only taken in (`accepted`)")
        return self

    def outcome(self, answer: Any) -> OutcomeName | None:
        """What the answer's body means; None: no declared code."""
        return next((name for name in OUTCOMES if (rule := getattr(self, name)) and rule.holds(answer)), None)


OUTCOMES: tuple[OutcomeName, ...] = (
    "token",
    "credentials",
    "duplicate",
    "accepted",
    "success",
    "retry",
    "refused",
    "configuration",
)
