"""What a new connector begins with: one of the kinds, or a city whose file ships, with settings to fill in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mes.traceability.platforms.fields import Words
from mes.traceability.platforms.file_drop.layout import layout_named, layout_names
from mes.traceability.platforms.signed_json.cities import city_named, city_names
from mes.traceability.platforms.told import ValueRule

EPCIS = """\
# 平台密钥：写后台进程的变量名（variable）或文件名（file），绝不写密钥本身。
# Key of the platform: the name of a variable of the worker, or of a file. Never the key itself.
credentials:
  kind: bearer
  secret: {variable: CITY_KEY}
  # 更换密钥期间同时写上新密钥，任一有效即可：
  # While a key is changed, name the new one too; either opens the door:
  # next_secret: {variable: CITY_KEY_NEXT}
batch_events: 500
timeout_seconds: 30
"""
WEBHOOK = """\
# 签名密钥（whsec_…）：写后台进程的变量名（variable）或文件名（file），绝不写密钥本身。
# The secret that signs (whsec_…): the name of a variable of the worker, or of a file. Never the secret itself.
secret: {variable: PARTNER_SECRET}
# 更换密钥期间的新密钥 · the new one, while a secret is changed:
# next_secret: {variable: PARTNER_SECRET_NEXT}
# 只发这些工程，不写则全部 · only these projects; without it, all:
# projects: [XM-01]
"""


_NEVER_SECRETS = (
    "# 密钥：写后台进程的变量名（variable）或文件名（file），绝不写密钥本身。",
    "# Names of variables of the worker, or of files, never secrets:",
)
_WHILE_CHANGED = (
    "# 更换密钥期间，在 next_secrets 下以同样方式写上新密钥。",
    "# While a secret is changed, name the new one under next_secrets in the same way.",
)
OWN = """\
# 把城市的对接文件整个贴在 definition 下面（每行缩进两格），写法见 docs/contracts/city-connectors.md。
# Paste the city's whole file below definition, each line two blanks further in.
values:
  app_key: ''
secrets:
  app_secret: {variable: CITY_APP_SECRET}
definition:
  city: our-city
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


_OWN_CITY = {"zh": "其他城市（自写对接文件）", "en": "Another city (a file of your own)"}


def beginnings() -> tuple[Beginning, ...]:
    """All there are, in the order in which people are asked."""
    return (
        Beginning("epcis", "epcis", None, EPCIS),
        *map(_of_city, city_names()),
        Beginning("own-city", "signed-json", _OWN_CITY, OWN),
        *map(_of_layout, layout_names()),
        Beginning("webhook", "webhook", None, WEBHOOK),
    )


def beginning_named(name: str) -> Beginning | None:
    """The one of that name."""
    return next((each for each in beginnings() if each.name == name), None)


def _both(words: Words) -> str:
    return f"{words.zh} · {words.en}"


def _of_city(name: str) -> Beginning:
    city = city_named(name)
    lines = [f"city: {name}", *_values(city.values), *_NEVER_SECRETS]
    lines.append("secrets:" if city.secrets else "secrets: {}")
    for secret, rule in city.secrets.items():
        lines.append(f"  {secret}: {{variable: CITY_{secret.upper()}}}  # {_both(rule.title)}")
    lines += _WHILE_CHANGED
    if city.draft:
        lines.append(
            "use_draft: false  # 与平台确认字段后改为 true · true, once the fields were agreed with the platform"
        )
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
        lines.append(f"  {mark}{name}: ''  # {_both(rule.title)}")
    return lines
