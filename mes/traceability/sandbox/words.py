"""The portal's words: codes in events become words, in the reader's language."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml
from babel.messages.pofile import read_po

LANGUAGES = {"zh": "zh_CN", "en": "en"}


@cache
def words() -> dict[str, Any]:
    """The whole of `words.yaml`."""
    text = resources.files(__package__).joinpath("words.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


@cache
def catalogue(locale: str) -> Mapping[str, str]:
    """Translations of English messages; empty for English."""
    if locale == "en":
        return {}
    file = resources.files(__package__).joinpath("translations", f"{locale}.po")
    messages = read_po(io.BytesIO(file.read_bytes()), locale=locale)
    return {str(message.id): str(message.string) for message in messages if message.id and message.string}


@dataclass(frozen=True)
class Speech:
    """One language; `speak` turns an English message or a code's label into it."""

    code: str

    def speak(self, message: str, **values: object) -> str:
        """The message in this language, its places filled."""
        text = catalogue(LANGUAGES[self.code]).get(message, message)
        return text % values if values else text

    def step(self, code: str) -> str:
        """A process step or business step in words."""
        entry = words()["steps"].get(code)
        return self.speak(entry["label"]) if entry else readable(code)

    def disposition(self, code: str) -> str:
        """A disposition in words."""
        entry = words()["dispositions"].get(code)
        return self.speak(entry["label"]) if entry else readable(code)

    def of(self, section: str, code: str) -> str:
        """A code of one of the plain sections (roles, facts, units …) in words."""
        entry = words()[section].get(code)
        return self.speak(entry) if entry else readable(code)


def stage_of(step: str) -> str:
    """The stage of life that a step belongs to."""
    return str(words()["steps"].get(step, {"stage": "other"})["stage"])


def tone_of(disposition: str) -> str:
    """Whether a disposition is good, bad, moving or plain news."""
    return str(words()["dispositions"].get(disposition, {"tone": "plain"})["tone"])


def readable(code: str) -> str:
    """A code that we have no word for, at least with blanks: `stringLineNo` → `string line no`."""
    bare = code.rsplit("/", 1)[-1].rsplit(":", 1)[-1]
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", bare).replace("_", " ").lower()
