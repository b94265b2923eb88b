"""Named errors of the labels engine; each message says what a person can do about it."""

from __future__ import annotations


class LabelError(ValueError):
    """Anything this engine refuses; the base of every error below."""


class CheckDigitError(LabelError):
    """The check digit does not fit the digits before it: a misread or mistyped code."""


class CompanyPrefixError(LabelError):
    """The GS1 company prefix has not 6 to 12 digits, or its length is not known."""


class ReferenceLengthError(LabelError):
    """A reference, a key or a serial has the wrong number of characters."""


class CharacterError(LabelError):
    """A character outside the set that the standard allows at this place."""


class SerialError(LabelError):
    """A serial that the chosen tag scheme cannot carry (leading zeros, letters, too large)."""


class FilterError(LabelError):
    """A filter value outside 0 to 7."""


class SchemeError(LabelError):
    """A tag scheme that is unknown, or does not fit the key it is asked to carry."""


class KeyFormatError(LabelError):
    """A GS1 key that lacks an application identifier or mixes those that do not belong together."""


class UriError(LabelError):
    """A URI that is not of the form it claims."""


class TagDataError(LabelError):
    """A bit string that no rule of the EPC Tag Data Standard could have produced."""


class DisagreementError(LabelError):
    """Two statements of the same identity differ."""


class FontMissingError(LabelError):
    """The font files that Chinese labels need are not where the caller said."""


class TextOverflowError(LabelError):
    """A text does not fit its field even at the smallest allowed size."""


class TemplateError(LabelError):
    """A label template that cannot be drawn."""


class SheetError(LabelError):
    """Labels that do not fit the sheet they are to be printed on."""
