"""GS1 keys: check digits, the building of keys from a company prefix, and the checking of what came in.

A key is a mapping from application identifier to value, e.g. ``{"01": "80614141123458", "21": "6789"}``.
Source: GS1 General Specifications, sections 2, 3 and 7.9 (check digit), 7.11 (character set 82).
"""

from __future__ import annotations

from collections.abc import Mapping

from labels.errors import (
    CharacterError,
    CheckDigitError,
    CompanyPrefixError,
    KeyFormatError,
    ReferenceLengthError,
)
from labels.keys.tables import ApplicationIdentifier, application_identifiers, character_set_82, primary_keys

Key = dict[str, str]


def check_digit(digits: str) -> str:
    """The GS1 check digit of the digits before it: weights 3 and 1 from the right, modulo 10."""
    require_digits(digits, "a number with a check digit")
    total = sum(int(digit) * (3 if index % 2 == 0 else 1) for index, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def has_valid_check_digit(number: str) -> bool:
    """Whether the last digit is the check digit of the others."""
    return is_digits(number) and len(number) > 1 and check_digit(number[:-1]) == number[-1]


def verify_check_digit(number: str, name: str) -> None:
    """Raise CheckDigitError unless the last digit of the number is its check digit."""
    if not has_valid_check_digit(number):
        raise CheckDigitError(
            f"{name} {number} has a wrong check digit: {check_digit(number[:-1])} was expected, "
            f"not {number[-1]}. Scan or type the code again."
        )


def is_digits(text: str) -> bool:
    """Whether the text is one or more ASCII digits."""
    return text.isascii() and text.isdigit()


def require_digits(text: str, name: str) -> None:
    """Raise CharacterError unless the text is digits only."""
    if not is_digits(text):
        raise CharacterError(f"{name} must be digits only, not {text!r}")


def require_characters(text: str, name: str, longest: int) -> None:
    """Raise unless the text is 1 to ``longest`` characters of the GS1 set of 82."""
    if not 1 <= len(text) <= longest:
        raise ReferenceLengthError(f"{name} {text!r} must have 1 to {longest} characters, it has {len(text)}")
    for character in text:
        if character not in character_set_82():
            raise CharacterError(f"{name} {text!r} holds {character!r}, which GS1 does not allow")


def require_company_prefix(company_prefix: str) -> None:
    """Raise CompanyPrefixError unless the prefix has 6 to 12 digits."""
    if not is_digits(company_prefix) or not 6 <= len(company_prefix) <= 12:
        raise CompanyPrefixError(f"A GS1 company prefix has 6 to 12 digits, not {company_prefix!r}")


def _reference(company_prefix: str, reference: int | str, total_digits: int, name: str) -> str:
    """The reference in the digits that the company prefix leaves; a number is filled with zeros."""
    require_company_prefix(company_prefix)
    digits = total_digits - len(company_prefix)
    text = str(reference).zfill(digits) if isinstance(reference, int) else reference
    if digits == 0 and text in ("", "0"):
        return ""
    if text:
        require_digits(text, name)
    if len(text) != digits:
        raise ReferenceLengthError(
            f"{name} {reference} must have {digits} digits after the company prefix {company_prefix}"
        )
    return text


def gtin(company_prefix: str, item_reference: int | str, indicator: int = 0) -> str:
    """GTIN-14 of an element family: indicator digit, company prefix, item reference, check digit."""
    reference = _reference(company_prefix, item_reference, 12, "Item reference")
    body = f"{_digit(indicator)}{company_prefix}{reference}"
    return body + check_digit(body)


def gln(company_prefix: str, location_reference: int | str) -> str:
    """GLN of a place or a party: company prefix, reference, check digit; 13 digits."""
    body = company_prefix + _reference(company_prefix, location_reference, 12, "Location reference")
    return body + check_digit(body)


def sscc(company_prefix: str, serial_reference: int | str, extension_digit: int = 0) -> str:
    """SSCC of a load: extension digit, company prefix, serial reference, check digit; 18 digits."""
    reference = _reference(company_prefix, serial_reference, 16, "Serial reference")
    body = f"{_digit(extension_digit)}{company_prefix}{reference}"
    return body + check_digit(body)


def grai(company_prefix: str, asset_type: int | str, serial: int | str) -> str:
    """GRAI of a mould or pallet: 0, company prefix, asset type, check digit, serial of 1 to 16 characters."""
    body = company_prefix + _reference(company_prefix, asset_type, 12, "Asset type")
    value = f"0{body}{check_digit(body)}{serial}"
    require_characters(str(serial), "Asset serial", 16)
    return value


def giai(company_prefix: str, reference: int | str) -> str:
    """GIAI of equipment or a building: company prefix and reference, at most 30 characters together."""
    require_company_prefix(company_prefix)
    require_characters(str(reference), "Asset reference", 30 - len(company_prefix))
    return f"{company_prefix}{reference}"


def _digit(value: int) -> int:
    if not 0 <= value <= 9:
        raise ReferenceLengthError(f"Indicator and extension are one digit, not {value}")
    return value


def element_key(company_prefix: str, item_reference: int | str, serial: int | str, indicator: int = 0) -> Key:
    """Key of one element (SGTIN): the GTIN of its family and its serial of 1 to 20 characters."""
    return check_key({"01": gtin(company_prefix, item_reference, indicator), "21": str(serial)})


def batch_key(company_prefix: str, item_reference: int | str, lot: str, indicator: int = 0) -> Key:
    """Key of a batch of concrete or a heat of rebar (LGTIN)."""
    return check_key({"01": gtin(company_prefix, item_reference, indicator), "10": lot})


def load_key(company_prefix: str, serial_reference: int | str, extension_digit: int = 0) -> Key:
    """Key of a load (SSCC)."""
    return {"00": sscc(company_prefix, serial_reference, extension_digit)}


def mould_key(company_prefix: str, asset_type: int | str, serial: int | str) -> Key:
    """Key of a mould or a pallet (GRAI)."""
    return {"8003": grai(company_prefix, asset_type, serial)}


def place_key(company_prefix: str, location_reference: int | str, extension: str = "0") -> Key:
    """Key of a place (SGLN); an extension of ``0`` is none."""
    key = {"414": gln(company_prefix, location_reference)}
    return check_key(key if extension == "0" else key | {"254": extension})


def party_key(company_prefix: str, party_reference: int | str) -> Key:
    """Key of a party (PGLN)."""
    return {"417": gln(company_prefix, party_reference)}


def asset_key(company_prefix: str, reference: int | str) -> Key:
    """Key of an individual asset (GIAI)."""
    return {"8004": giai(company_prefix, reference)}


def check_key(key: Mapping[str, str]) -> Key:
    """The same key, checked and in the order of a Digital Link path.

    A GTIN of 8, 12 or 13 digits is filled to 14;
    a GLN extension of ``0`` (none) is left out. Raises a LabelError that names what is wrong.
    """
    primary = _primary_key(key)
    ordered = [primary, *(ai for ai in primary_keys()[primary] if ai in key)]
    left_over = set(key) - set(ordered)
    if left_over:
        raise KeyFormatError(f"({', '.join(sorted(left_over))}) cannot stand beside ({primary}) in one key")
    checked = {ai: check_value(ai, key[ai]) for ai in ordered}
    if checked.get("254") == "0":
        del checked["254"]
    return checked


def _primary_key(key: Mapping[str, str]) -> str:
    found = [ai for ai in primary_keys() if ai in key]
    if len(found) != 1:
        raise KeyFormatError(
            f"A key needs exactly one of the application identifiers {', '.join(primary_keys())}; "
            f"given: {', '.join(key) or 'none'}"
        )
    return found[0]


def check_value(ai: str, value: str) -> str:
    """The value of one application identifier, filled to its full length and checked."""
    rule = application_identifiers().get(ai)
    if rule is None:
        raise KeyFormatError(f"The application identifier ({ai}) is not known here")
    if not isinstance(value, str):
        raise KeyFormatError(f"The value of ({ai}) must be text, not {value!r}")
    text = _filled(ai, value)
    name = f"{rule.name} ({ai})"
    if rule.digits:
        _check_fixed_digits(rule, text, name)
    if rule.tail and len(text) > rule.digits:
        require_characters(text[rule.digits :], name, rule.tail)
    elif rule.tail and not rule.digits:
        raise ReferenceLengthError(f"{name} is empty")
    if ai == "8004":
        _check_asset_prefix(text)
    return text


def _filled(ai: str, value: str) -> str:
    if ai == "01" and len(value) in (8, 12, 13) and is_digits(value):
        return value.zfill(14)
    return value


def _check_fixed_digits(rule: ApplicationIdentifier, text: str, name: str) -> None:
    digits = text[: rule.digits]
    if len(digits) < rule.digits or (not rule.tail and len(text) > rule.digits):
        raise ReferenceLengthError(f"{name} {text} must have {rule.digits} digits, it has {len(text)}")
    require_digits(digits, name)
    if rule.leading and not digits.startswith(rule.leading):
        raise KeyFormatError(f"{name} {text} must start with {rule.leading}")
    verify_check_digit(digits[: rule.check_digit], name)


def _check_asset_prefix(text: str) -> None:
    if not is_digits(text[:6]) or len(text) < 7:
        raise CompanyPrefixError(f"GIAI (8004) {text} must start with a GS1 company prefix of 6 to 12 digits")
