"""Words for people, translated only where they are shown.

Code that knows neither the reader nor the language (services, importers, engines' adapters) says what it has to
say as a `Text`: an English message with named places, and the values for them. The web and the command line turn
it into the reader's language with the catalogues under each room's `translations/`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


def N_(message: str) -> str:  # noqa: N802 - the customary name, which message extraction looks for
    """Mark `message` for translation without translating it now."""
    return message


@dataclass(frozen=True)
class Text:
    """A message with named places, such as `Text(N_("%(code)s is unknown"), {"code": "X"})`."""

    message: str
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.render(lambda message: message)

    def render(self, translate: Callable[[str], str]) -> str:
        """The message in the language of `translate`, its places filled (values that are `Text` as well)."""
        values = {
            name: value.render(translate) if isinstance(value, Text) else value for name, value in self.values.items()
        }
        translated = translate(self.message)
        return translated % values if values else translated

    def as_json(self) -> dict[str, Any]:
        """The text as JSON, to be kept and shown later to a reader whose language is not known yet."""
        values = {name: _kept(value) for name, value in self.values.items()}
        return {"message": self.message, "values": values}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Text:
        """The text that `as_json` made."""
        return cls(kept["message"], {name: _unkept(value) for name, value in kept["values"].items()})


def _kept(value: object) -> Any:
    if isinstance(value, Text):
        return value.as_json()
    return value if isinstance(value, int | float | str) else str(value)


def _unkept(value: Any) -> Any:
    return Text.from_json(value) if isinstance(value, dict) else value
