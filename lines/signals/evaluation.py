"""What the rules make of two polls of a station."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lines.profile import Value
from lines.signals.rules import Condition, Deed, FactKind, PalletSource, Rule, Test

PALLET = "pallet"
Values = Mapping[str, Value | None]
"""What each point of a machine shows; None (or nothing) where it is not known."""


@dataclass(frozen=True, slots=True)
class Intent:
    """A deed that the rules see in the signals.

    ``values`` are the facts that points show; ``rises`` names the counters whose rise since the start is the fact.
    ``counted`` says that the machine's own counter bears witness, not only its present state.
    """

    deed: Deed
    pallet: int
    values: Mapping[str, Value] = field(default_factory=dict)
    rises: Mapping[str, str] = field(default_factory=dict)
    counted: bool = False


def evaluate(rules: Sequence[Rule], before: Values, now: Values) -> tuple[Intent, ...]:
    """The intents of a station, in the order of its rules.

    ``before`` is what the points showed in the poll before, ``now`` what they show; with both the same, only what the
    present state means is told. A rule that finds no pallet tells nothing.
    """
    intents: list[Intent] = []
    for rule in rules:
        for intent in _intents(rule, before, now):
            if intent not in intents:
                intents.append(intent)
    return tuple(intents)


def concerns(rules: Sequence[Rule], point: str) -> bool:
    """Whether a change of the point may lead to another intent: it is tested, or names the pallet."""
    return point in {PALLET, "state"} or any(condition.covers(point) for rule in rules for condition in rule.when)


def rise(start: Value | None, now: Value | None) -> float | None:
    """How far a counter rose; one that is below its start was reset in between and counts from zero."""
    if not _is_number(start) or not _is_number(now):
        return None
    first, last = float(start), float(now)  # type: ignore[arg-type]
    return last - first if last >= first else last


def _intents(rule: Rule, before: Values, now: Values) -> Iterator[Intent]:
    slots = [condition for condition in rule.when if "*" in condition.point]
    if not slots:
        if all(_holds(condition, condition.point, before, now) for condition in rule.when):
            yield from _intent(rule, _whole((before if rule.pallet is PalletSource.BEFORE else now).get(PALLET)), now)
        return
    others = [condition for condition in rule.when if condition not in slots]
    if not all(_holds(condition, condition.point, before, now) for condition in others):
        return
    for name in sorted(name for name in {*before, *now} if slots[0].covers(name)):
        if all(_holds(condition, name, before, now) for condition in slots):
            emptied = any(condition.test is Test.EMPTIED for condition in slots)
            pallet = _whole((before if emptied else now).get(name))
            if not (emptied and _stands_elsewhere(slots[0], pallet, now)):
                yield from _intent(rule, pallet, now)


def _intent(rule: Rule, pallet: int, now: Values) -> Iterator[Intent]:
    if not pallet and rule.deed is not Deed.MIX:
        return
    values: dict[str, Value] = {}
    rises: dict[str, str] = {}
    for name, fact in rule.facts.items():
        shown = now.get(fact.point)
        if fact.kind is FactKind.RISE_OF:
            rises[name] = fact.point
        elif shown is not None and shown != "":
            values[name] = shown
    counted = any(condition.test is Test.COUNTED for condition in rule.when)
    yield Intent(rule.deed, 0 if rule.deed is Deed.MIX else pallet, values, rises, counted)


def _holds(condition: Condition, name: str, before: Values, now: Values) -> bool:
    was, shows = before.get(name), now.get(name)
    if condition.test is Test.IS:
        return shows in condition.values if condition.values else bool(_whole(shows))
    if condition.test is Test.COUNTED:
        return _is_number(was) and _is_number(shows) and _whole(shows) == _whole(was) + 1
    if condition.test is Test.CHANGED:
        return shows not in (None, "", 0) and shows != was
    if condition.test is Test.FILLED:
        return bool(_whole(shows)) and _whole(shows) != _whole(was)
    return bool(_whole(was)) and shows is not None and _whole(shows) != _whole(was)


def _stands_elsewhere(slot: Condition, pallet: int, now: Values) -> bool:
    """Whether the pallet was only moved to another slot of the same chamber."""
    return any(slot.covers(name) and _whole(value) == pallet for name, value in now.items())


def _is_number(value: Value | None) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _whole(value: Value | None) -> int:
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0
