"""Rules from YAML, every fault reported with file and line."""

from collections.abc import Iterator
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from lines.profile import Value
from lines.signals.rules import Condition, Deed, Fact, FactKind, PalletSource, Rule, RuleSet, Test
from lines.states import MachineState
from lines.yaml_source import FileFaultError, Key, Source, parse_source, read_source

SHOWN = "shown"
_CHANGES = (Test.COUNTED, Test.FILLED, Test.EMPTIED, Test.CHANGED)
_FACTS = {
    Deed.CONSUME: {"batch", "volume_m3"},
    Deed.MIX: {
        "batch",
        "volume_m3",
        "mix",
        "grade",
        "slump_mm",
        "temperature_c",
        "cement_lot",
        "addition_lot",
        "aggregate_lot",
        "admixture_lot",
    },
}


class RulesError(FileFaultError):
    """Rules that cannot be used."""


def load_rules(path: Path | str) -> RuleSet:
    """Read a file of rules. Raises :class:`RulesError` naming every fault with file and line."""
    try:
        return _rule_set(read_source(Path(path)))
    except FileFaultError as error:
        raise RulesError(list(error.faults)) from error


def parse_rules(text: str, name: str = "rules") -> RuleSet:
    """Read rules from YAML text. Raises :class:`RulesError`."""
    try:
        return _rule_set(parse_source(text, name))
    except FileFaultError as error:
        raise RulesError(list(error.faults)) from error


@cache
def standard_rules() -> RuleSet:
    """The rules that come with this package."""
    file = resources.files("lines.signals") / "standard.yaml"
    return parse_rules(file.read_text(encoding="utf-8"), file.name)


def _rule_set(source: Source) -> RuleSet:
    content = source.mapping((), source.content, {"rules", "kinds"}, {"stations", "machines"})
    reader = _Reader(source)
    kinds = dict(reader.groups(("kinds",), content.get("kinds", {})))
    if "kinds" in content and "default" not in kinds:
        source.fault(("kinds",), "the rules of 'default' are missing: they hold for every other kind of station")
    stations = dict(reader.groups(("stations",), content.get("stations", {})))
    machines = dict(reader.groups(("machines",), content.get("machines", {})))
    source.raise_faults()
    return RuleSet(kinds, stations, machines)


class _Reader:
    def __init__(self, source: Source) -> None:
        self.source = source

    def groups(self, key: Key, content: Any) -> Iterator[tuple[str, tuple[Rule, ...]]]:
        if not isinstance(content, dict):
            self.source.fault(key, f"{key[0]} is a mapping of names to lists of rules")
            return
        for name, entries in content.items():
            if not isinstance(entries, list) or not entries:
                self.source.fault((*key, name), f"{name!r} needs a list of at least one rule")
                continue
            yield str(name), tuple(self._rule((*key, name, index), entry) for index, entry in enumerate(entries))

    def _rule(self, key: Key, content: Any) -> Rule:
        entry = self.source.mapping(key, content, {"do", "when"}, {"pallet", "facts"})
        when = tuple(self._conditions((*key, "when"), entry.get("when", {})))
        pallet = PalletSource(self._choice((*key, "pallet"), entry.get("pallet", "now"), list(PalletSource), "now"))
        slots = any("*" in condition.point for condition in when)
        if "when" in entry and slots != (pallet is PalletSource.SLOT):
            self.source.fault((*key, "pallet"), "a rule about slots, and no other, says pallet: slot")
        deed = Deed(self._choice((*key, "do"), entry.get("do", "arrive"), list(Deed), "arrive"))
        facts = dict(self._facts((*key, "facts"), entry.get("facts", {}), _FACTS.get(deed, set())))
        if deed is Deed.MIX and not {"batch", "volume_m3"} <= facts.keys():
            self.source.fault((*key, "facts"), "a mixed batch needs the facts batch and volume_m3")
        return Rule(deed, when, pallet, facts)

    def _conditions(self, key: Key, content: Any) -> Iterator[Condition]:
        if not isinstance(content, dict) or not content:
            self.source.fault(key, "when is a mapping of points to what they show")
            return
        for point, wanted in content.items():
            place = (*key, point)
            if isinstance(wanted, list) and wanted:
                yield Condition(str(point), Test.IS, tuple(self._values(place, str(point), wanted)))
            elif wanted == SHOWN:
                yield Condition(str(point), Test.IS)
            elif wanted in _CHANGES:
                yield Condition(str(point), Test(wanted))
            else:
                words = ", ".join([SHOWN, *_CHANGES])
                self.source.fault(place, f"{point} is tested by a list of values or one of {words}, not {wanted!r}")

    def _values(self, key: Key, point: str, wanted: list[Any]) -> Iterator[Value]:
        for value in wanted:
            if not isinstance(value, bool | int | float | str):
                self.source.fault(key, f"{value!r} is no value of a point")
            elif point == "state" and value not in set(MachineState):
                self.source.fault(key, f"{value!r} is no PackML state (states: {', '.join(MachineState)})")
            else:
                yield value

    def _facts(self, key: Key, content: Any, names: set[str]) -> Iterator[tuple[str, Fact]]:
        if not isinstance(content, dict):
            self.source.fault(key, "facts is a mapping, such as {batch: {value_of: batch}}")
            return
        for name, given in content.items():
            known = [kind for kind in FactKind if isinstance(given, dict) and list(given) == [kind.value]]
            if name not in names:
                there = ", ".join(sorted(names)) or "none"
                self.source.fault((*key, name), f"{name!r} is no fact of this deed (facts: {there})")
            elif not known or not isinstance(given[known[0].value], str):
                self.source.fault((*key, name), "a fact is {value_of: POINT} or {rise_of: COUNTER}")
            else:
                yield name, Fact(known[0], given[known[0].value])

    def _choice(self, key: Key, given: Any, known: list[Any], default: str) -> str:
        if given in known:
            return str(given)
        self.source.fault(key, f"{given!r} is not one of {', '.join(known)}")
        return default
