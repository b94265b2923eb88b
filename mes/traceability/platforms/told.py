"""What is declared alike of every platform that is told by fields: sources, values, and which events become records."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from mes.core.errors import Fault
from mes.core.text import N_, Text
from mes.ledger.kinds import EVENT_KINDS
from mes.traceability.platforms.fields import Condition, Declared, FieldRule, Pattern, Words, places_of
from mes.traceability.platforms.fields.declared import RecordTemplate
from mes.traceability.platforms.fields.known import unknown_paths, unknown_places


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
    pattern: Pattern | None = None


class IdRule(Declared):
    """The business id: the same on every attempt. With `digest`, so many hexadecimal digits of its SHA-256."""

    value: RecordTemplate
    digest: int | None = Field(default=None, ge=16, le=64)


DEFAULT_IDS = {"element": "{id}-{element.serial}", "event": "{id}", "original": "{id}-{original.number}"}


class Told(Declared):
    """Events of certain kinds as records: one for each element, for the event, or for each record of a corrected event.

    `only` are conditions that all must hold. Every record has a business id.
    """

    kinds: tuple[Kind, ...] = Field(min_length=1)
    per: Literal["element", "event", "original"] = "element"
    only: tuple[Condition, ...] = ()
    id: IdRule | None = None
    fields: tuple[FieldRule, ...] = ()
    leave_out: tuple[str, ...] = Field(default=(), description="common fields that these records have not")

    @property
    def id_rule(self) -> IdRule:
        """How its records are identified."""
        return self.id or IdRule(value=DEFAULT_IDS[self.per])


def unknown_facts(told: Told, rules: Iterable[FieldRule], where: str) -> Iterator[str]:
    """What of the events is referred to and is not there, as faults in words."""
    yield from unknown_paths(rules, where)
    yield from unknown_places((condition.source for condition in told.only), f"{where}.only")
    yield from unknown_places(places_of(str(told.id_rule.value)), f"{where}.id")


def kinds_in(told: Mapping[str, Told]) -> frozenset[str]:
    """Kinds of events that become a record of any."""
    return frozenset(kind for each in told.values() for kind in each.kinds)


def faults_of_values(rules: Mapping[str, ValueRule], given: Mapping[str, str]) -> list[Fault]:
    """What is wrong with a connector's values: unknown, missing, too long, of another form."""
    faults = []
    for name in sorted(set(given) - set(rules)):
        faults.append(Fault(f"values.{name}", Text(N_("The city's file asks for nothing of this name"))))
    for name, rule in rules.items():
        text = given.get(name, "")
        where = f"values.{name}"
        if rule.required and not text.strip():
            faults.append(Fault(where, Text(N_("The platform asks for it: %(title)s"), {"title": rule.title.zh})))
        elif len(text) > rule.longest:
            faults.append(Fault(where, Text(N_("It has more than %(count)s characters"), {"count": rule.longest})))
        elif text and rule.pattern is not None and not re.fullmatch(rule.pattern, text):
            faults.append(Fault(where, Text(N_("It has not the form %(form)s"), {"form": rule.pattern})))
    return faults
