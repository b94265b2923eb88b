"""Rule sets as tables that people read and compare: one line per item, class of families, length and face."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from quality import RuleSet, Words, catalogue
from quality.rules import LengthRange, ToleranceRow


@dataclass(frozen=True)
class TableRow:
    """One row of a table: for whom, what is allowed, where it stands, and whether somebody has confirmed it."""

    item: str
    title: Words
    families: tuple[str, ...]
    lengths: str
    face: str
    allowed: str
    clause: str
    method: Words
    verified: bool
    own: bool


@dataclass(frozen=True)
class ComparedRow:
    """What two rule sets say of one item for one family; empty where a set is silent."""

    item: str
    title: Words
    family: str
    left: str
    right: str

    @property
    def differs(self) -> bool:
        """Whether the two sets say different things."""
        return self.left != self.right


def table_of(rules: RuleSet) -> list[TableRow]:
    """All rows of a rule set in catalogue order; of a plant's own set those of the sharpened one too."""
    return [row for item in catalogue().items if item in rules.items for row in _rows(rules, item)]


def _rows(rules: RuleSet, item: str) -> Iterator[TableRow]:
    said = rules.items[item] if item in rules.own else None
    for row in said.rows if said else ():
        yield TableRow(
            item=item,
            title=catalogue().items[item].title,
            families=tuple(family for family in catalogue().families if family in row.families),
            lengths=lengths_text(row.lengths),
            face=row.face.value if row.face else "",
            allowed=allowed_text(row),
            clause=said.clause if said else "",
            method=rules.items[item].method,
            verified=bool(said and said.verified),
            own=rules.base is not None,
        )
    if rules.base is not None and item in rules.base.items:
        yield from _rows(rules.base, item)


def allowed_text(row: ToleranceRow) -> str:
    """Limits as a table prints them: ±5, +10 / −5, or ≤ L/750."""
    lower, upper = (_printed(limit.text) for limit in (row.lower, row.upper))
    if row.one_sided:
        return f"≤ {upper}"
    if lower == f"−{upper}":
        return f"±{upper}"
    return f"{'' if upper == '0' else '+'}{upper} / {lower}"


def _printed(text: str) -> str:
    """An expression as tables have it: L for the length of the element, a real minus."""
    return re.sub(r"\bl\b", "L", text).replace("-", "−")


def lengths_text(lengths: LengthRange) -> str:
    """The lengths a row speaks about, in m: `L < 12 m`; empty where it speaks about all."""
    parts = []
    if lengths.start > 0:
        parts.append(f"{lengths.start / 1000:g} m {'<' if lengths.above else '≤'} L")
    if math.isfinite(lengths.end):
        head = "" if parts else "L"
        parts.append(f"{head} {'≤' if lengths.up_to else '<'} {lengths.end / 1000:g} m".strip())
    return " ".join(parts)


def compared(left: RuleSet, right: RuleSet, faces: Mapping[str, str]) -> list[ComparedRow]:
    """Two rule sets side by side; families of which both say the same are one line. `faces`: words for the faces."""
    rows: list[ComparedRow] = []
    for item_id, item in catalogue().items.items():
        if item_id not in left.items and item_id not in right.items:
            continue
        said: dict[tuple[str, str], list[str]] = {}
        for family in catalogue().families:
            both = (_said(left, item_id, family, faces), _said(right, item_id, family, faces))
            if any(both):
                said.setdefault(both, []).append(family)
        rows += [ComparedRow(item_id, item.title, ",".join(f), one, other) for (one, other), f in said.items()]
    return rows


def _said(rules: RuleSet, item: str, family: str, faces: Mapping[str, str]) -> str:
    """What a set says of an item for a family, as short as a table has it."""
    if item not in rules.items:
        return ""
    own = [row for row in rules.items[item].rows if family in row.families]
    rows = own or ([row for row in rules.base.rows_of(item) if family in row.families] if rules.base else [])
    said = [(lengths_text(row.lengths), faces[row.face] if row.face else "", allowed_text(row)) for row in rows]
    return "; ".join(" ".join(filter(None, parts)) for parts in said)


def row_document(row: TableRow) -> dict[str, Any]:
    """A row as the API shows it."""
    return {
        "item": row.item,
        "title": {"zh": row.title.zh, "en": row.title.en},
        "families": list(row.families),
        "lengths": row.lengths,
        "face": row.face or None,
        "allowed": row.allowed,
        "clause": row.clause,
        "method": {"zh": row.method.zh, "en": row.method.en},
        "verified": row.verified,
    }
