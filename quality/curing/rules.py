"""The rules of curing as data."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from quality.documents import Place, read_document
from quality.rules import RULE_SETS, SOURCE_KEYS, UnknownRulesError
from quality.words import Words

CURING_RULES = "curing-jgj1-2014"
RULE_NAMES = (
    "precure_hours",
    "heating_k_per_hour",
    "cooling_k_per_hour",
    "highest_celsius",
    "stripping_difference_k",
)


@dataclass(frozen=True)
class CuringLimit:
    """One rule: what is allowed, in the unit that its name ends with; `least` is None where there is no lower limit."""

    rule: str
    title: Words
    clause: str
    least: float | None
    most: float
    most_with_insulation: float

    def highest(self, *, is_insulated: bool) -> float:
        """The upper limit, of sandwich walls with insulation where it is another."""
        return self.most_with_insulation if is_insulated else self.most


@dataclass(frozen=True)
class CuringRules:
    """A set of rules; the rate is the change over `rate_minutes`."""

    id: str
    standard: str
    title: Words
    source: Words
    verified: bool
    rate_minutes: float
    phase_k_per_hour: float
    heating_begins_k: float
    limits: dict[str, CuringLimit]


@cache
def curing_rules(rule_set: str = CURING_RULES) -> CuringRules:
    """A packaged set of rules; raises UnknownRulesError for a name that is none."""
    file = RULE_SETS / f"{rule_set}.yaml"
    known = sorted(path.stem for path in RULE_SETS.glob("curing-*.yaml"))
    if rule_set not in known:
        raise UnknownRulesError(f"no curing rules {rule_set!r}; known are {', '.join(known)}")
    entry = read_document(file).record(
        [*SOURCE_KEYS, "rate_minutes", "phase_k_per_hour", "heating_begins_k", "rules"],
    )
    entry["kind"].one_of(["curing"])
    limits = entry["rules"].record(RULE_NAMES)
    return CuringRules(
        id=entry["id"].text(),
        standard=entry["standard"].text(),
        title=entry["title"].words(),
        source=entry["source"].words(),
        verified=entry["verified"].truth(),
        rate_minutes=entry["rate_minutes"].number(),
        phase_k_per_hour=entry["phase_k_per_hour"].number(),
        heating_begins_k=entry["heating_begins_k"].number(),
        limits={name: _limit(name, place) for name, place in limits.items()},
    )


def _limit(rule: str, place: Place) -> CuringLimit:
    entry = place.record(["title", "clause", "most"], ["least", "most_with_insulation"])
    most = entry["most"].number()
    return CuringLimit(
        rule=rule,
        title=entry["title"].words(),
        clause=entry["clause"].text(),
        least=entry["least"].number() if "least" in entry else None,
        most=most,
        most_with_insulation=entry["most_with_insulation"].number() if "most_with_insulation" in entry else most,
    )
