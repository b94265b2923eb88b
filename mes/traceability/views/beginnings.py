"""What a new connector begins with: one of the kinds, or a city whose file ships, with settings to fill in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mes.core import web
from mes.core.text import N_
from mes.traceability.platforms.fields import Words
from mes.traceability.platforms.file_drop.layout import layout_named, layout_names
from mes.traceability.platforms.signed_json.cities import city_named, city_names
from mes.traceability.platforms.told import ValueRule

KEY = N_("Key of the platform: the name of a variable of the worker, or of a file. Never the key itself.")
NEXT_KEY = N_("While a key is changed, name the new one too; either opens the door:")
SIGNS = N_("The secret that signs (whsec_…): the name of a variable of the worker, or of a file, never the secret.")
SECRETS = N_("Names of variables of the worker, or of files, never secrets:")
NEXT_SECRETS = N_("While a secret is changed, name the new one under next_secrets in the same way.")
AGREED = N_("true, once the fields were agreed with the platform")
EPCIS = """\
# {key}
credentials:
  kind: bearer
  secret: {{variable: CITY_KEY}}
  # {next_key}
  # next_secret: {{variable: CITY_KEY_NEXT}}
batch_events: 500
timeout_seconds: 30
"""
WEBHOOK = """\
# {signs}
secret: {{variable: PARTNER_SECRET}}
# next_secret: {{variable: PARTNER_SECRET_NEXT}}
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
    """All there are, in the order in which people are asked; comments in the reader's language."""
    return (
        Beginning("epcis", "epcis", None, EPCIS.format(key=web.gettext(KEY), next_key=web.gettext(NEXT_KEY))),
        *map(_of_city, city_names()),
        *map(_of_layout, layout_names()),
        Beginning("webhook", "webhook", None, WEBHOOK.format(signs=web.gettext(SIGNS))),
    )


def beginning_named(name: str) -> Beginning | None:
    """The one of that name."""
    return next((each for each in beginnings() if each.name == name), None)


def _of_city(name: str) -> Beginning:
    city = city_named(name)
    lines = [f"city: {name}", *_values(city.values), f"# {web.gettext(SECRETS)}"]
    lines.append("secrets:" if city.secrets else "secrets: {}")
    for secret, rule in city.secrets.items():
        lines.append(f"  {secret}: {{variable: CITY_{secret.upper()}}}  # {_said(rule.title)}")
    lines.append(f"# {web.gettext(NEXT_SECRETS)}")
    if city.draft:
        lines.append(f"use_draft: false  # {web.gettext(AGREED)}")
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
        lines.append(f"  {mark}{name}: ''  # {_said(rule.title)}")
    return lines


def _said(words: Words) -> str:
    """Words of a declared file in the reader's language."""
    return words.zh if web.locale() == "zh_CN" else words.en
