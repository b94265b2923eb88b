"""The shape of the rules; :mod:`lines.signals.rules_reading` makes them of a YAML file."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from lines.profile import Value


class Deed(StrEnum):
    """What a signal means.

    ``arrive``: the pallet stands in the station. ``start``, ``finish``: work on it began, or is complete. ``leave``: it
    has gone on, so that its work was complete. ``consume``: material went into what lies on it. ``mix``: a batch of
    concrete was mixed (no pallet is concerned).
    """

    ARRIVE = "arrive"
    START = "start"
    CONSUME = "consume"
    FINISH = "finish"
    LEAVE = "leave"
    MIX = "mix"


class Test(StrEnum):
    """How a point is tested.

    ``is``: shows one of the values, now. ``counted``: went up by exactly one since the last poll. ``filled``,
    ``emptied``: changed from 0 to a pallet, or away from it. ``changed``: shows something, and something else than in
    the last poll.
    """

    __test__ = False  # not a test case, whatever its name begins with

    IS = "is"
    COUNTED = "counted"
    FILLED = "filled"
    EMPTIED = "emptied"
    CHANGED = "changed"

    @property
    def is_change(self) -> bool:
        """Whether the test looks at two polls, so that it holds once and not for as long as the state lasts."""
        return self is not Test.IS


class PalletSource(StrEnum):
    """Which pallet a rule is about: the one shown now, the one shown in the poll before, or the slot's own."""

    NOW = "now"
    BEFORE = "before"
    SLOT = "slot"


class FactKind(StrEnum):
    """Where a fact comes from: the point's value, or how far a counter rose since work on the pallet began."""

    VALUE_OF = "value_of"
    RISE_OF = "rise_of"


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that a deed needs to know, such as the volume poured."""

    kind: FactKind
    point: str


@dataclass(frozen=True, slots=True)
class Condition:
    """A test of one point, or with ``*`` in the name of each point that fits (the slots of a chamber)."""

    point: str
    test: Test
    values: tuple[Value, ...] = ()

    def covers(self, name: str) -> bool:
        """Whether the condition is about the point of this name."""
        pattern = re.escape(self.point).replace(r"\*", r"\d+")
        return re.fullmatch(pattern, name) is not None


@dataclass(frozen=True, slots=True)
class Rule:
    """When all conditions hold, the deed is done to the pallet."""

    deed: Deed
    when: tuple[Condition, ...]
    pallet: PalletSource = PalletSource.NOW
    facts: Mapping[str, Fact] = field(default_factory=dict)


@dataclass(frozen=True)
class RuleSet:
    """Rules by the kind of station, by a station's own code where it differs, and by the class of a machine that no
    pallet passes.
    """

    by_kind: Mapping[str, tuple[Rule, ...]]
    by_station: Mapping[str, tuple[Rule, ...]] = field(default_factory=dict)
    by_machine: Mapping[str, tuple[Rule, ...]] = field(default_factory=dict)

    def of(self, station: str, kind: str) -> tuple[Rule, ...]:
        """The rules of a station: its own, else those of its kind, else ``default``."""
        return self.by_station.get(station) or self.by_kind.get(kind) or self.by_kind["default"]

    def of_machine(self, machine_class: str) -> tuple[Rule, ...]:
        """The rules of a machine beside the pallets' way; () where its signals mean no work."""
        return self.by_machine.get(machine_class, ())

    @cached_property
    def counters(self) -> frozenset[str]:
        """The points whose rise is asked for: what they showed has to be remembered when work begins."""
        every = [*self.by_kind.values(), *self.by_station.values()]
        facts = [fact for rules in every for rule in rules for fact in rule.facts.values()]
        return frozenset(fact.point for fact in facts if fact.kind is FactKind.RISE_OF)
