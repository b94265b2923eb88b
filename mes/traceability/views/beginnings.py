"""What a new connector begins with: one of the kinds, or a city whose file ships, with settings to fill in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mes.traceability.platforms.file_drop.layout import layout_named, layout_names
from mes.traceability.platforms.signed_json.cities import city_named, city_names
from mes.traceability.platforms.told import ValueRule

EPCIS = """\
# Key of the platform: the name of a variable of the worker, or of a file. Never the key itself.
credentials:
  kind: bearer
  secret: {variable: CITY_KEY}
  # While a key is changed, name the new one too; either opens the door:
  # next_secret: {variable: CITY_KEY_NEXT}
batch_events: 500
timeout_seconds: 30
"""
WEBHOOK = """\
# The secret that signs (whsec_…): the name of a variable of the worker, or of a file. Never the secret itself.
secret: {variable: PARTNER_SECRET}
# next_secret: {variable: PARTNER_SECRET_NEXT}
# projects: [XM-01]
"""


@dataclass(frozen=True)
class Beginning:
    """A kind of platform with settings to begin with. `title` None: the kind's own name says it."""

    name: str
    kind: str
    title: Mapping[str, str] | None
    settings: str
    draft: bool = False
    address: str = "https://"


def beginnings() -> tuple[Beginning, ...]:
    """All there are, in the order in which people are asked."""
    return (
        Beginning("epcis", "epcis", None, EPCIS),
        *map(_of_city, city_names()),
        *map(_of_layout, layout_names()),
        Beginning("webhook", "webhook", None, WEBHOOK),
    )


def beginning_named(name: str) -> Beginning | None:
    """The one of that name."""
    return next((each for each in beginnings() if each.name == name), None)


def _of_city(name: str) -> Beginning:
    city = city_named(name)
    lines = [f"city: {name}", *_values(city.values), "# Names of variables of the worker, or of files, never secrets:"]
    lines.append("secrets:" if city.secrets else "secrets: {}")
    for secret, rule in city.secrets.items():
        lines.append(f"  {secret}: {{variable: CITY_{secret.upper()}}}  # {rule.title.zh}")
    lines.append("# While a secret is changed, name the new one under next_secrets in the same way.")
    if city.draft:
        lines.append("use_draft: false  # true, once the fields were agreed with the platform")
    return Beginning(f"city:{name}", "signed-json", city.title.model_dump(), "\n".join(lines) + "\n", city.draft)


def _of_layout(name: str) -> Beginning:
    layout = layout_named(name)
    lines = [f"layout: {name}", "prefix: precast", *_values(layout.values)]
    title = layout.title.model_dump()
    return Beginning(f"layout:{name}", "file", title, "\n".join(lines) + "\n", address="city")


def _values(rules: Mapping[str, ValueRule]) -> list[str]:
    if not rules:
        return []
    lines = ["values:"]
    for name, rule in rules.items():
        mark = "" if rule.required else "# "
        lines.append(f"  {mark}{name}: ''  # {rule.title.zh}")
    return lines
