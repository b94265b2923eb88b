"""The words of CBV 2.0 and the property lists of EPCIS 2.0, read from `cbv.yaml`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml


@dataclass(frozen=True)
class Vocabulary:
    """One standard vocabulary: its bare words and the web and URN forms they stand for."""

    name: str
    web: str
    urn: str
    words: frozenset[str]

    def web_form(self, value: str) -> str:
        """The web address of a bare word or old URN; any other value as it is."""
        if value in self.words:
            return self.web + value
        if self.urn and value.startswith(self.urn):
            return self.web + value.removeprefix(self.urn)
        return value

    def bare_word(self, value: str) -> str:
        """The bare word of a web address, `cbv:` short form or URN; any other value as it is."""
        short = self.web.replace("https://ref.gs1.org/cbv/", "cbv:").replace("https://gs1.org/voc/", "gs1:")
        for start in (self.web, self.urn, short):
            if start and value.startswith(start) and value.removeprefix(start) in self.words:
                return value.removeprefix(start)
        return value


@cache
def facts() -> dict[str, Any]:
    """The whole of `cbv.yaml`; not to be changed by the caller."""
    text = resources.files(__package__).joinpath("cbv.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


@cache
def vocabulary(name: str) -> Vocabulary:
    """The vocabulary `name` of `cbv.yaml`, such as `bizStep`.

    Raises:
        KeyError: there is no such vocabulary.
    """
    entry = facts()["vocabularies"][name]
    return Vocabulary(name, entry["web"], entry["urn"], frozenset(entry["words"]))


@cache
def _endings() -> frozenset[str]:
    """Every end of a word's web address that follows a - or a /."""
    forms = (vocabulary(name).web_form(word) for name in facts()["vocabularies"] for word in vocabulary(name).words)
    return frozenset(form[at + 1 :] for form in forms for at, sign in enumerate(form) if sign in "-/")


def is_word_of_standard(text: str) -> bool:
    """Whether `text` is a bare word of a vocabulary, or the end of its web address such as `Disp-active`."""
    return text in _endings()
