"""Which facts events have (`facts.yaml`), so that a path to what no event has is found when a file is read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from importlib import resources

import yaml

from mes.traceability.platforms.fields.declared import FieldRule
from mes.traceability.platforms.fields.templates import places_of

_CHECKED = ("id", "kind", "event_time", "recorded_time", "zone_offset", "who", "where", "how", "element", "data")


@cache
def facts() -> Mapping[str, Mapping[str, str]]:
    """What events have: paths, each with its meaning in Chinese and English; `.*` stands for whatever is below."""
    text = resources.files(__package__).joinpath("facts.yaml").read_text(encoding="utf-8")
    read: dict[str, dict[str, str]] = yaml.safe_load(text)
    return read


def is_known(path: str) -> bool:
    """Whether an event can have something there; of the roots that are no facts of events, nothing is said."""
    plain = _plain(path)
    if plain.partition(".")[0] not in _CHECKED:
        return True
    return any(
        plain == fact or fact.startswith(plain + ".") or (fact.endswith(".*") and plain.startswith(fact[:-1]))
        for fact in facts()
    )


def unknown_paths(rules: Iterable[FieldRule], where: str) -> Iterator[str]:
    """Paths of fields that lead to nothing, as faults in words."""
    for rule in rules:
        yield from _unknown(rule, rule.to, where, ())


def unknown_places(paths: Iterable[str], where: str) -> Iterator[str]:
    """As `unknown_paths`, of the paths themselves."""
    yield from (f"{where}: {_words(path)}" for path in dict.fromkeys(paths) if not is_known(path))


def paths_of(rule: FieldRule) -> Iterator[str]:
    """Every path that a rule itself looks at, conditions too."""
    yield from (*(rule.list_of or ()), *(rule.source or ()))
    if isinstance(rule.value, str):
        yield from places_of(rule.value)
    if rule.required_if is not None:
        yield rule.required_if.source


def _unknown(rule: FieldRule, to: str, where: str, items: tuple[str, ...]) -> Iterator[str]:
    """`items`: what `item` stands for here, the lists that are gone through."""
    inside = rule.list_of or items
    for path in dict.fromkeys(paths_of(rule)):
        of_list = path in (rule.list_of or ())
        meant = _meant(path, items if of_list else inside)
        if not any(is_known(each) for each in meant):
            yield f"{where}: the field {to!r}: {_words(meant[0])}"
    for below in (*rule.parts, *rule.fields):
        yield from _unknown(below, f"{to}.{below.to}", where, inside)


def _meant(path: str, items: tuple[str, ...]) -> list[str]:
    root, dot, rest = path.partition(".")
    return [f"{item}{dot}{rest}" for item in items] if root == "item" and items else [path]


def _plain(path: str) -> str:
    """Without places in lists; an element of the list is an element, a batch a batch."""
    parts = [part for part in path.split(".") if not part.isdecimal()]
    if parts[0] == "elements":
        parts[0] = "element"
    return ".".join(parts).replace("how.batches.", "how.batch.")


def _words(path: str) -> str:
    near = get_close_matches(_plain(path), [fact for fact in facts() if not fact.endswith("*")], 1, 0.8)
    return f"no event has {path}" + (f"; there is {near[0]}" if near else "")
