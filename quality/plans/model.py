"""The parts of an inspection plan."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from quality.expressions import Expression
from quality.rules import RuleSet, Source, Tolerance
from quality.words import Words


class InspectionKind(StrEnum):
    """The inspections of elements, and of the things that elements are made of and with."""

    INCOMING = "incoming"
    """a lot of material that comes into the plant; its subjects are materials"""
    MOULD = "mould"
    REBAR = "rebar"
    """rebar and embeds, before they go into the mould and in it"""
    HIDDEN_WORKS = "hidden_works"
    PROCESS = "process"
    """a batch of concrete: temperature, slump; its subject is `concrete`"""
    DEMOULDING = "demoulding"
    FINAL = "final"
    BEFORE_LOADING = "before_loading"
    AT_SITE = "at_site"


class UnknownInspectionError(ValueError):
    """An inspection kind that does not exist; the message lists those that do."""


class UnknownSubjectError(ValueError):
    """A material that the plan of a kind does not know; the message lists those it does."""


class AnswerKind(StrEnum):
    """What an item of a plan asks for."""

    CHECK = "check"
    """one of `PlanItem.answers`"""
    MEASURE = "measure"
    """readings in `PlanItem.unit`, judged by `judge_item`, or by the item's own `limits`"""


@dataclass(frozen=True)
class Answer:
    """One possible answer to a check; `accepts` is False for the answer that stops the element."""

    id: str
    title: Words
    accepts: bool


@dataclass(frozen=True)
class LotRule:
    """How much of a thing is one lot, and how many specimens or pieces of a lot are taken."""

    most: float
    unit: str
    sample: int
    clause: str


@dataclass(frozen=True)
class Limits:
    """What a measured item of a plan may be, in the item's unit; expressions in n, the value asked for.

    `relative`: the reading's deviation from n is judged, else the reading itself. `plausible` is what can be true.
    `classes` are pairs (n up to here, deviation allowed either way), as of slump; they stand for both bounds.
    """

    lower: Expression | None
    upper: Expression | None
    plausible: tuple[float, float]
    relative: bool
    clause: str
    classes: tuple[tuple[float, float], ...] = ()

    def tolerance(self, nominal: float | None) -> Tolerance:
        """The bounds for a nominal value; an open side is bounded by what can be true."""
        if self.classes:
            allowed = next((one for up_to, one in self.classes if (nominal or 0.0) <= up_to), self.classes[-1][1])
            return Tolerance(-allowed, allowed, self.clause)
        variables = {"n": nominal or 0.0}
        smallest, largest = (-math.inf, math.inf) if self.relative else self.plausible
        lower = self.lower.value(variables) if self.lower else smallest
        upper = self.upper.value(variables) if self.upper else largest
        return Tolerance(round(lower, 6), round(upper, 6), self.clause)


@dataclass(frozen=True)
class PlanItem:
    """One line of an inspection form.

    `readings` is the number of readings (0 for a check); `pairs` says that a reading is a position [x, y];
    `repeatable` that there may be several (each hole, each embed), each with its own nominal value;
    `nominal` is the element's own nominal value in mm, where it has one and the size was given.
    `limits` are those of a figure that the plan itself bounds; `lot` tells how many specimens a lot needs.
    """

    id: str
    title: Words
    method: Words
    answer_kind: AnswerKind
    unit: str
    readings: int
    required: bool
    photo_required: bool = False
    answers: tuple[Answer, ...] = ()
    nominal: float | None = None
    nominal_required: bool = False
    pairs: bool = False
    repeatable: bool = False
    limits: Limits | None = None
    lot: LotRule | None = None
    first_article: bool = False


@dataclass(frozen=True)
class Defect:
    """A kind of visible defect, and what makes it severe or general."""

    id: str
    title: Words
    description: Words
    severe: Words
    general: Words


@dataclass(frozen=True)
class PlanSubject:
    """A material that a plan is for: its name, and how much of it is one lot."""

    id: str
    title: Words
    lot: LotRule | None


@dataclass(frozen=True)
class InspectionPlan:
    """All that one inspection of one family (or material) asks for.

    `rules` names the tolerance rules of measured items, and `rule_set` is them; `text` is the plan's own file and
    `sha256` its digest.
    """

    kind: InspectionKind
    family: str
    title: Words
    source: Source
    items: tuple[PlanItem, ...]
    defects: tuple[Defect, ...]
    rules: str | None
    lot: LotRule | None = None
    id: str = ""
    text: str = ""
    sha256: str = ""
    rule_set: RuleSet | None = None
