"""Words for the points and classes of machines, read from `point_words.yaml`."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import yaml

WORDS_FILE = Path(__file__).with_name("point_words.yaml")
NUMBER = "{number}"


@cache
def _words() -> dict[str, dict[str, dict[str, str]]]:
    found: dict[str, dict[str, dict[str, str]]] = yaml.safe_load(WORDS_FILE.read_text(encoding="utf-8"))
    return found


def point_word(name: str, locale: str) -> str:
    """A point's word in a language; its own name, legible, where none is listed."""
    language = "en" if locale == "en" else "zh"
    known = _words()
    if name in known["points"]:
        return known["points"][name][language]
    for pattern, words in known["numbered"].items():
        before, after = pattern.split(NUMBER)
        found = re.fullmatch(rf"{re.escape(before)}(\d+){re.escape(after)}", name)
        if found:
            return words[language].replace(NUMBER, found[1])
    return name.replace("_", " ")


def class_word(machine_class: str, locale: str) -> str:
    """A class of machine in a language; its own name where none is listed."""
    words = _words()["classes"].get(machine_class)
    return words["en" if locale == "en" else "zh"] if words else machine_class


def unit_word(unit: str | None) -> str:
    """A unit as people write it."""
    return (unit or "").replace("m3", "m³").replace("m2", "m²")
