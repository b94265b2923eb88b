"""The fewest symbol characters for a text in Code 128: sets A, B and C changed, or shifted for one, where that pays.

Values of the symbol characters: ISO/IEC 15417, table 1. FNC1 is GS1-128's mark and separator, in every set.
"""

from __future__ import annotations

from functools import lru_cache

FNC1 = "\x80"
"""Stands in a text for the symbol character FNC1: no character that Code 128 could hold."""

_FNC1, _SHIFT = 102, 98
_START = {"B": 104, "C": 105, "A": 103}
_TO = {"C": 99, "B": 100, "A": 101}
_NEVER = 10**6
_Step = tuple[tuple[int, ...], int, str]


@lru_cache(maxsize=512)
def code128_values(text: str) -> tuple[int, ...]:
    """The values from the start character to the check character; the stop character follows them.

    The text is of ASCII and FNC1, and not empty. Found from its end: for each place and set, the fewest characters
    that are still needed.
    """
    length = len(text)
    needed = dict.fromkeys(_START, 0)
    plan: list[dict[str, _Step]] = []
    ahead = [needed]
    for place in range(length - 1, -1, -1):
        steps = {name: _cheapest(name, text, place, ahead) for name in _START}
        direct = {name: cost for name, (cost, _) in steps.items()}
        chosen = {name: step for name, (_, step) in steps.items()}
        here = dict(direct)
        for name in _START:
            best = min(_START, key=lambda other: direct[other] + (other != name))
            if best != name and direct[best] + 1 < direct[name]:
                here[name] = direct[best] + 1
                values, taken, after = chosen[best]
                chosen = {**chosen, name: ((_TO[best], *values), taken, after)}
        plan.append(chosen)
        ahead = [here, *ahead[:2]]
    plan.reverse()
    return _with_check(_walk(plan, min(_START, key=lambda name: ahead[0][name])))


def _cheapest(name: str, text: str, place: int, ahead: list[dict[str, int]]) -> tuple[int, _Step]:
    """How the character at this place is written in a set, and what that and all after it cost."""
    best: tuple[int, _Step] = (_NEVER, ((), 1, name))
    for values, taken in _ways(name, text[place : place + 2]):
        cost = len(values) + ahead[taken - 1][name]
        if cost < best[0]:
            best = (cost, (values, taken, name))
    return best


def _ways(name: str, pair: str) -> list[tuple[tuple[int, ...], int]]:
    """Values for the next one or two characters in a set, without changing it."""
    first = pair[0]
    if first == FNC1:
        return [((_FNC1,), 1)]
    if name == "C":
        return [((int(pair),), 2)] if len(pair) == 2 and pair.isascii() and pair.isdigit() else []
    value = _value(name, first)
    if value is not None:
        return [((value,), 1)]
    shifted = _value("B" if name == "A" else "A", first)
    return [] if shifted is None else [((_SHIFT, shifted), 1)]


def _value(name: str, character: str) -> int | None:
    """Set A has the control characters instead of the small letters, set B the other way round."""
    number = ord(character)
    if number < 32:
        return number + 64 if name == "A" else None
    return number - 32 if number < (96 if name == "A" else 128) else None


def _walk(plan: list[dict[str, _Step]], name: str) -> list[int]:
    values, place = [_START[name]], 0
    while place < len(plan):
        step, taken, name = plan[place][name]
        values += step
        place += taken
    return values


def _with_check(values: list[int]) -> tuple[int, ...]:
    """The check character: the sum of the values by their places, modulo 103."""
    total = values[0] + sum(place * value for place, value in enumerate(values[1:], start=1))
    return (*values, total % 103)
