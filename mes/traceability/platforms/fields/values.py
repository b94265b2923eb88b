"""Writing one value as a platform wants it: codes, dates, units, decimals, types, lengths. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from itertools import cycle
from typing import Any
from zoneinfo import ZoneInfo

from mes.core.text import N_, Text
from mes.traceability.platforms.fields.dates import read_moment, write_moment
from mes.traceability.platforms.fields.declared import CheckRule, FieldRule
from mes.traceability.platforms.fields.sources import is_empty
from mes.traceability.platforms.fields.units import convert

Codes = Mapping[str, Mapping[str, Any]]


class WrongValue(ValueError):
    """A value cannot be written as declared; the reason is for a person."""

    def __init__(self, reason: Text) -> None:
        self.reason = reason
        super().__init__(str(reason))


def written(rule: FieldRule, found: Any, codes: Codes, zone: ZoneInfo) -> Any:
    """A value as the platform wants it; the rule's default, or None, where there is none.

    Raises:
        WrongValue: it cannot be written so.
    """
    if is_empty(found):
        return rule.default
    value = _coded(rule, found, codes) if rule.codes is not None else found
    if rule.date is not None:
        value = _dated(rule.date, value, zone)
    elif rule.unit is not None or rule.decimals is not None:
        value = _measured(rule, value)
    if isinstance(value, Mapping | list | tuple):
        raise WrongValue(Text(N_("a plain value is wanted, and there is a list or an object")))
    return _fitted(rule, _typed(rule, value))


def _coded(rule: FieldRule, found: Any, codes: Codes) -> Any:
    table = codes[rule.codes] if isinstance(rule.codes, str) else rule.codes or {}
    value = table.get(plain_text(found), rule.otherwise)
    if value is None:
        raise WrongValue(Text(N_("the platform has no code for “%(value)s”"), {"value": plain_text(found)}))
    return value


def _dated(form: str, value: Any, zone: ZoneInfo) -> str | int:
    try:
        return write_moment(read_moment(value), form, zone)
    except (ValueError, OverflowError) as error:
        raise WrongValue(Text(N_("“%(value)s” is no moment with its zone"), {"value": str(value)})) from error


def _measured(rule: FieldRule, value: Any) -> Any:
    amount = _number(value)
    if rule.unit is not None:
        amount = convert(amount, rule.unit.given, rule.unit.to)
    if rule.decimals is not None:
        amount = _rounded(amount, rule.decimals)
    return format(amount, "f") if rule.write_as == "text" else _json_number(amount)


def _rounded(amount: Decimal, decimals: int) -> Decimal:
    try:
        return amount.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    except InvalidOperation:
        raise WrongValue(Text(N_("%(value)s is too large a number"), {"value": str(amount)})) from None


def _number(value: Any) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise WrongValue(Text(N_("“%(value)s” is no number"), {"value": str(value)})) from None
    if isinstance(value, bool) or not number.is_finite():
        raise WrongValue(Text(N_("“%(value)s” is no number"), {"value": str(value)}))
    return number


def _json_number(number: Decimal) -> int | float:
    return int(number) if number == number.to_integral_value() else float(number)


def _typed(rule: FieldRule, value: Any) -> Any:
    if rule.digits is not None:
        text = plain_text(value)
        if not text.isdecimal():
            raise WrongValue(Text(N_("“%(value)s” is not made of digits"), {"value": text}))
        return text.zfill(rule.digits)[-rule.digits :]
    if rule.write_as == "text":
        return plain_text(value)
    if rule.write_as == "number":
        return _json_number(_number(value))
    if rule.write_as == "integer":
        return int(_number(value).to_integral_value(ROUND_HALF_UP))
    if rule.write_as == "boolean":
        return plain_text(value).lower() in ("true", "1", "yes")
    return value


def _fitted(rule: FieldRule, value: Any) -> Any:
    text = plain_text(value)
    if rule.longest is not None and len(text) > rule.longest:
        if rule.too_long == "refuse" or not isinstance(value, str):
            raise WrongValue(
                Text(
                    N_("it has %(count)s characters, the platform takes %(most)s"),
                    {"count": len(text), "most": rule.longest},
                )
            )
        value = text = text[: rule.longest]
    if rule.pattern is not None and not re.fullmatch(rule.pattern, text):
        raise WrongValue(Text(N_("“%(value)s” has not the form %(form)s"), {"value": text, "form": rule.pattern}))
    return value


def check_character(code: str, rule: CheckRule) -> str:
    """The check character of a code.

    Raises:
        WrongValue: a character of the code is not in the alphabet.
    """
    strangers = sorted({sign for sign in code if sign not in rule.alphabet})
    if strangers:
        raise WrongValue(
            Text(
                N_("“%(code)s” holds “%(sign)s”, for which the check character's rule has no value"),
                {"code": code, "sign": strangers[0]},
            )
        )
    total = sum(rule.alphabet.index(sign) * weight for sign, weight in zip(code, cycle(rule.weights), strict=False))
    remainder = total % rule.modulus
    return rule.alphabet[(rule.modulus - remainder) % rule.modulus if rule.complement else remainder]


def plain_text(value: Any) -> str:
    """A value as text: true and false in small letters, whole numbers without a point."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
