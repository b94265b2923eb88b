"""The normal form of another name, its fields, and which schemes a text may belong to.

A name is kept and compared in its scheme's normal form: full-width characters as typed on a Chinese keyboard become
plain ones (Unicode NFKC), blanks at the ends go, and what the scheme says to remove or to capitalise.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from unicodedata import normalize

from labels.aliases.schemes import AliasField, AliasScheme, scheme_named, schemes
from labels.errors import LabelError


class AliasError(LabelError):
    """A text that breaks the form of its scheme; says which field, at which position, and what was expected."""


def normal_form(scheme: str, text: str) -> str:
    """The text in the scheme's normal form. Raises UnknownAliasSchemeError or AliasError."""
    rule = scheme_named(scheme)
    tidied = _tidy(rule, text)
    _divide(rule, tidied)
    return tidied


def fields_of(scheme: str, text: str) -> dict[str, str]:
    """The fields of a name by their names. Raises UnknownAliasSchemeError or AliasError."""
    rule = scheme_named(scheme)
    return _divide(rule, _tidy(rule, text))


def build(scheme: str, fields: Mapping[str, str]) -> str:
    """The name made of these fields, in normal form.

    All fields must be given: nothing is made up, nor a check character whose rule was not seen.
    Raises UnknownAliasSchemeError, or AliasError where a field is missing, unknown or wrong.
    """
    rule = scheme_named(scheme)
    names = [field.name for field in rule.fields]
    unknown, missing = sorted(set(fields) - set(names)), [name for name in names if not fields.get(name)]
    if unknown or missing:
        wrong = f"has no field {unknown[0]}" if unknown else f"needs the field {missing[0]}"
        raise AliasError(f"A name of the scheme {rule.name} {wrong}; its fields are {', '.join(names)}")
    given = {field.name: _tidy(rule, fields[field.name]) for field in rule.fields}
    text = "".join(field.before + given[field.name] for field in rule.fields)
    divided = _divide(rule, text)
    for name in names:
        if divided[name] != given[name]:
            raise AliasError(f"The field {name} of the scheme {rule.name} cannot be {fields[name]!r}")
    return text


def recognise(text: str) -> list[tuple[str, str]]:
    """Every scheme the text may belong to, with its normal form there; the strictest scheme first.

    A form alone proves nothing: of the candidates, the one that somebody has given a thing counts.
    """
    found = []
    for rule in schemes():
        try:
            found.append((rule.name, normal_form(rule.name, text)))
        except AliasError:
            continue
    return found


def _tidy(rule: AliasScheme, text: str) -> str:
    plain = " ".join(normalize("NFKC", text).split())
    for character in rule.remove:
        plain = plain.replace(character, "")
    return plain.upper() if rule.case == "upper" else plain


def _divide(rule: AliasScheme, text: str) -> dict[str, str]:
    found, at = {}, 0
    for index, field in enumerate(rule.fields):
        at = _skip(rule, field, text, at)
        following = rule.fields[index + 1].before if index + 1 < len(rule.fields) else ""
        end = _end_of(field, text, at, following)
        _check(rule, field, text[at:end], at)
        found[field.name], at = text[at:end], end
    if at < len(text):
        raise AliasError(f"{rule.name}: {text[at:]!r} from position {at + 1} is more than the scheme has")
    return found


def _skip(rule: AliasScheme, field: AliasField, text: str, at: int) -> int:
    if not text.startswith(field.before, at):
        raise AliasError(f"{rule.name}: {field.before!r} is expected at position {at + 1}, before the {_name(field)}")
    return at + len(field.before)


def _end_of(field: AliasField, text: str, at: int, following: str) -> int:
    if field.fixed:
        return min(at + field.longest, len(text))
    end = text.find(following, at) if following else -1
    return len(text) if end < 0 else end


def _check(rule: AliasScheme, field: AliasField, value: str, at: int) -> None:
    where = f"{rule.name}: the {_name(field)} at position {at + 1}"
    for offset, character in enumerate(value):
        if not field.allows(character):
            raise AliasError(
                f"{rule.name}: position {at + offset + 1}, in the {_name(field)}, must be {field.allowed_words}, "
                f"not {character!r}"
            )
    if not field.shortest <= len(value) <= field.longest:
        wanted = str(field.longest) if field.fixed else f"{field.shortest} to {field.longest}"
        raise AliasError(f"{where} must have {wanted} character{'s' * (field.longest > 1)}, it has {len(value)}")
    if len(value) % field.multiple_of:
        raise AliasError(f"{where} must have a multiple of {field.multiple_of} characters, it has {len(value)}")
    if field.must_be and value != field.must_be:
        raise AliasError(f"{where} must be {field.must_be}, not {value}")
    if field.date:
        _check_date(where, field.date, value)


def _check_date(where: str, form: str, value: str) -> None:
    try:
        datetime.strptime(value, form)  # noqa: DTZ007 - a day has no zone
    except ValueError:
        raise AliasError(f"{where} must be a day of the calendar, which {value} is not") from None


def _name(field: AliasField) -> str:
    return field.title["en"]
