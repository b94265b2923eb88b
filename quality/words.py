"""Text that a person reads, in the languages of the user interface."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """One text in Chinese and in English."""

    zh: str
    en: str

    def in_language(self, language: str) -> str:
        """The text in `language` (a tag such as zh_CN or en); Chinese unless English is asked for."""
        return self.en if language.lower().startswith("en") else self.zh
