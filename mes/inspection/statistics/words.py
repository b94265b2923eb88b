"""What statistics call things in the reader's language."""

from __future__ import annotations

from mes.core import web
from mes.core.text import N_
from mes.inspection.nonconformities import causes
from mes.inspection.statistics.defects import UNKNOWN_CAUSE
from mes.inspection.statistics.drifts import DriftWarning
from mes.inspection.views.blueprint import item_name, kind_name, words
from mes.library.families import FAMILY_NAMES
from quality.statistics import DriftKind, Rule, Side

RULE_WORDS = {
    Rule.BEYOND_LIMIT: N_("one point beyond a control limit"),
    Rule.TWO_OF_THREE: N_("two of three points beyond 2σ"),
    Rule.FOUR_OF_FIVE: N_("four of five points beyond 1σ"),
    Rule.EIGHT_IN_A_ROW: N_("eight points in a row on one side"),
}
KIND_WORDS = {"final": N_("Final inspection"), "hidden_works": N_("Hidden-works inspection")}


def rule_word(rule: int) -> str:
    """A Western Electric rule in words."""
    return web.gettext(RULE_WORDS[Rule(rule)])


def cause_name(cause: str) -> str:
    """A cause of the table."""
    if cause == UNKNOWN_CAUSE:
        return web.gettext(N_("Cause not named yet"))
    known = causes().get(cause)
    return words(known.title) if known else cause


def defect_name(kind: str) -> str:
    """A kind of nonconformity."""
    return kind_name(kind)


def family_name(family: str) -> str:
    """A family of elements."""
    return web.gettext(FAMILY_NAMES[family]) if family in FAMILY_NAMES else family


def shift_name(code: str) -> str:
    """A shift by its hours: 07:30–17:30."""
    return f"{code[:2]}:{code[2:4]}–{code[5:7]}:{code[7:]}" if len(code) == 9 else code


def series_name(warning: DriftWarning) -> str:
    """What drifts: the dimension, and of which mould, or line and family."""
    one = warning.series
    if one.mould:
        return web.gettext(N_("%(item)s, mould %(mould)s"), item=item_name(one.item), mould=one.mould)
    parts = [item_name(one.item), family_name(one.family), one.line]
    return " · ".join(part for part in parts if part)


def warning_text(warning: DriftWarning) -> str:
    """Where it stands, which way it goes, how fast, and when the limit is met."""
    drift, unit = warning.drift, warning.unit
    facts = {
        "level": f"{drift.level:+.1f} {unit}",
        "limit": f"{drift.limit:+g} {unit}",
        "rate": f"{drift.trend.per_day * 7:+.2f} {unit}",
        "count": warning.count,
    }
    if drift.kind is DriftKind.SHIFT:
        side = N_("Jumped up to %(level)s; the spread reaches the limit %(limit)s")
        if drift.side is Side.BELOW:
            side = N_("Jumped down to %(level)s; the spread reaches the limit %(limit)s")
        return web.gettext(side, **facts)
    if drift.level_out_days == 0:
        return web.gettext(N_("Stands at %(level)s, beyond the limit %(limit)s, and moves %(rate)s a week"), **facts)
    assert warning.first_out_at is not None  # noqa: S101 - a trend knows both days
    assert warning.level_out_at is not None  # noqa: S101
    facts["first"] = f"{web.local_time(warning.first_out_at):%m-%d}"
    facts["met"] = f"{web.local_time(warning.level_out_at):%m-%d}"
    if drift.first_out_days == 0:
        message = N_(
            "At %(level)s, moves %(rate)s a week; single elements may be out already, the limit %(limit)s is met "
            "about %(met)s"
        )
    else:
        message = N_(
            "At %(level)s, moves %(rate)s a week; first elements out about %(first)s, the limit %(limit)s is met "
            "about %(met)s"
        )
    return web.gettext(message, **facts)
