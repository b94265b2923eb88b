"""Reading rule sets from YAML, strictly: every fault is named with its file and its place in it."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache, lru_cache
from pathlib import Path

from quality.catalogue import READING_VARIABLES, Catalogue, Dimensions, Item, Subject, catalogue, read_expression
from quality.documents import Place, RuleDataError, parse_document, read_text
from quality.expressions import Expression, ExpressionError
from quality.rules.model import Face, ItemRules, LengthRange, RuleSet, Sampling, Source, ToleranceRow
from quality.rules.sharpening import require_stricter
from quality.rules.text import bundled, canonical_text, digest_of, unbundled

RULE_SETS = Path(__file__).parents[1] / "rule_sets"
SOURCE_KEYS = ("kind", "id", "standard", "edition", "title", "source", "verified")
_RULE_SET_KIND = "tolerances"
_MOST_ROWS = 50
_LENGTH_KEYS = ("from_mm", "above_mm", "below_mm", "up_to_mm")


class UnknownRulesError(ValueError):
    """A rule set that does not exist; the message lists those that do."""


def available_rules(subject: Subject | str = Subject.ELEMENT) -> tuple[str, ...]:
    """Ids of the tolerance rule sets about a subject that ship with the engine."""
    return tuple(rules_id for rules_id, known in _shipped_subjects().items() if known == subject)


@cache
def _shipped_subjects() -> dict[str, str]:
    found = {}
    for path in sorted(RULE_SETS.glob("*.yaml")):
        entries = parse_document(read_text(path), path.name).entries()
        if entries.get("kind", Place(None, "")).value == _RULE_SET_KIND:
            found[path.stem] = entries["subject"].one_of(Subject) if "subject" in entries else Subject.ELEMENT.value
    return found


def load_rules(reference: str | Path) -> RuleSet:
    """The rule set with this id, or in this YAML file.

    Raises UnknownRulesError where there is none, RuleDataError (file and place) where it cannot be used.
    """
    text = str(reference)
    if isinstance(reference, Path) or text.lower().endswith((".yaml", ".yml")):
        path = Path(reference)
        return parse_rules(read_text(path), path.name)
    return _shipped_rules(text)


@lru_cache(maxsize=128)
def parse_rules(text: str, file: str = "rules.yaml") -> RuleSet:
    """The rule set in the text of a file, as years later from a kept one; `file` is its name in refusals.

    A set that sharpens another may carry it behind a line `---`; else the packaged set of that id is meant.

    Raises:
        RuleDataError: file and place of what cannot be used, and of a figure looser than the sharpened set's.
    """
    own, kept_base = unbundled(text)
    place = parse_document(own, file)
    if "sharpens" not in place.entries():
        if kept_base is not None:
            raise place.refuse("a second document is expected only where the first names a set that it sharpens")
        return _read_rules(place, None, own)
    base = _base_of(place, kept_base, file)
    rules = _read_rules(place, base, bundled(own, base.text))
    require_stricter(rules, base, place)
    return rules


def _base_of(place: Place, kept: str | None, file: str) -> RuleSet:
    """The set that is sharpened: the one kept with the text, else the packaged one."""
    name = place.entries()["sharpens"]
    if kept is None:
        if name.text() not in _shipped_subjects():
            raise name.refuse(f"unknown rule set {name.text()!r}; known are {', '.join(_shipped_subjects())}")
        return _shipped_rules(name.text())
    base = parse_rules(kept, f"{file} (base)")
    if base.id != name.text():
        raise name.refuse(f"the set kept with this one is {base.id!r}")
    if base.base is not None:
        raise name.refuse(f"{base.id!r} sharpens another set itself; name that one")
    return base


@cache
def _shipped_rules(rules_id: str) -> RuleSet:
    if rules_id not in _shipped_subjects():
        known = ", ".join(_shipped_subjects())
        raise UnknownRulesError(f"unknown rule set {rules_id!r}; known are {known}, or a YAML file")
    path = RULE_SETS / f"{rules_id}.yaml"
    return parse_rules(read_text(path), path.name)


def read_source(entry: dict[str, Place]) -> Source:
    """The keys standard, edition, title, source and verified that each rule file starts with."""
    return Source(
        entry["standard"].text(),
        entry["edition"].text(),
        entry["title"].words(),
        entry["source"].words(),
        entry["verified"].truth(),
    )


def _read_rules(place: Place, base: RuleSet | None, text: str) -> RuleSet:
    entry = place.record([*SOURCE_KEYS, "items"], ["sampling", "subject", "sharpens"])
    entry["kind"].one_of([_RULE_SET_KIND])
    source, known = read_source(entry), catalogue()
    own_subject = Subject(entry["subject"].one_of(Subject)) if "subject" in entry else None
    subject = own_subject or (base.subject if base else Subject.ELEMENT)
    items = {}
    for item_id, item_place in entry["items"].entries().items():
        if item_id not in known.items or known.items[item_id].subject is not subject:
            raise item_place.refuse(f"unknown item {item_id!r}")
        kept = base.items.get(item_id) if base else None
        items[item_id] = _read_item(known.items[item_id], item_place, known, source, kept)
    sampling = _read_sampling(entry["sampling"], source.standard) if "sampling" in entry else None
    return RuleSet(
        id=entry["id"].text(),
        subject=subject,
        source=source,
        sampling=sampling or (base.sampling if base else None),
        items={**(base.items if base else {}), **items},
        own=frozenset(items),
        base=base,
        text=canonical_text(text),
        sha256=digest_of(text),
    )


def _read_sampling(place: Place, standard: str) -> Sampling:
    entry = place.record(["lot_pieces", "share", "minimum_pieces", "clause"])
    share = entry["share"].number()
    if not 0 < share <= 1:
        raise entry["share"].refuse("a share between 0 and 1 is expected")
    return Sampling(
        entry["lot_pieces"].count(),
        share,
        entry["minimum_pieces"].count(),
        f"{standard} {entry['clause'].text()}",
    )


def _read_item(item: Item, place: Place, known: Catalogue, source: Source, kept: ItemRules | None) -> ItemRules:
    entry = place.record(["clause", "method", "rows"], ["temporary_factor", "verified"])
    kept_factor = kept.temporary_factor if kept else None
    factor = entry["temporary_factor"].number() if "temporary_factor" in entry else kept_factor
    if factor is not None and factor < 1:
        raise entry["temporary_factor"].refuse("a factor of at least 1 is expected")
    places = entry["rows"].sequence()
    if len(places) > _MOST_ROWS:
        raise entry["rows"].refuse(f"at most {_MOST_ROWS} rows are expected, not {len(places)}")
    rows = [_read_row(row, known) for row in places]
    for index, row in enumerate(rows):
        for earlier in rows[:index]:
            if row.overlaps(earlier):
                raise RuleDataError(place.file, row.place, f"speaks about the same readings as {earlier.place}")
    return ItemRules(
        item,
        f"{source.standard} {entry['clause'].text()}",
        entry["method"].words(),
        factor,
        tuple(rows),
        entry["verified"].truth() if "verified" in entry else source.verified,
    )


def _read_row(place: Place, known: Catalogue) -> ToleranceRow:
    entry = place.record(["for", "allowed"], [*_LENGTH_KEYS, "face"])
    lower, upper = _read_allowed(entry["allowed"])
    row = ToleranceRow(
        families=known.resolve_families(entry["for"]),
        lengths=_read_lengths(place, entry),
        face=Face(entry["face"].one_of(Face)) if "face" in entry else None,
        lower=lower,
        upper=upper,
        one_sided=not isinstance(entry["allowed"].value, list),
        place=place.place,
    )
    _check_limits(row, entry["allowed"])
    return row


def _read_lengths(place: Place, entry: dict[str, Place]) -> LengthRange:
    """The lengths a row speaks about: `from_mm` ≤ or `above_mm` <, `below_mm` > or `up_to_mm` ≥."""
    for one, other in (("from_mm", "above_mm"), ("below_mm", "up_to_mm")):
        if one in entry and other in entry:
            raise place.refuse(f"either {one} or {other} is expected")
    number: Callable[[str, float], float] = lambda key, other: entry[key].number() if key in entry else other  # noqa: E731
    found = LengthRange(
        start=number("above_mm", number("from_mm", 0.0)),
        end=number("up_to_mm", number("below_mm", math.inf)),
        above="above_mm" in entry,
        up_to="up_to_mm" in entry,
    )
    if not 0 <= found.start < found.end:
        raise place.refuse("from_mm must be at least 0 and less than below_mm")
    return found


def _read_allowed(place: Place) -> tuple[Expression, Expression]:
    if not isinstance(place.value, list):
        return read_expression(Place(0, place.file, place.place)), read_expression(place, READING_VARIABLES)
    limits = place.sequence()
    if len(limits) != 2:
        raise place.refuse("[lower, upper] or one upper limit is expected")
    return read_expression(limits[0], READING_VARIABLES), read_expression(limits[1], READING_VARIABLES)


def _check_limits(row: ToleranceRow, place: Place) -> None:
    """Refuse limits that exclude a faultless element (at a typical size within the row's lengths)."""
    length = min(max(row.lengths.start, 3000.0), row.lengths.end)
    typical = {**Dimensions(length, 1500.0, 200.0).variables(), "n": length}
    try:
        lower, upper = row.lower.value(typical), row.upper.value(typical)
    except ExpressionError as error:
        raise place.refuse(str(error)) from error
    if not lower <= 0 <= upper or lower == upper:
        raise place.refuse(f"the allowed range [{lower:g}, {upper:g}] must be a range around 0")
