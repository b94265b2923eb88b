"""A city's file, read by the platform's own eyes: every plain value is a text, as it stands there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from mes.traceability.sandbox.problems import UnusableFileError

Plain = Mapping[str, Any]
_PLACE = re.compile(r"\{\{|\}\}|\{([A-Za-z_][\w.-]*)\}")
_NAME = re.compile(r"[a-z0-9-]{2,40}$")
ON_THE_WIRE = ("timestamp", "nonce", "token", "signature", "request_key", "business_id", "job", "day", "page")
"""Places whose values only the request itself can say."""
_ALGORITHMS = {"md5", "sha1", "sha256", "sm3", "hmac-md5", "hmac-sha1", "hmac-sha256", "hmac-sm3", "sm2-sm3"}


class CityFileError(UnusableFileError):
    """A city's file cannot be played; says which and why."""


@dataclass(frozen=True)
class Parameter:
    """Something that comes beside the records."""

    name: str
    place: str
    template: str

    @property
    def carries_signature(self) -> bool:
        """Whether the signature is in it."""
        return "signature" in places_in(self.template)


@dataclass(frozen=True)
class Endpoint:
    """Where records of some kinds come in, and their fields, the common ones first."""

    name: str
    path: str
    told: Plain
    fields: tuple[Plain, ...]

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of the sender's events that come here."""
        return tuple(self.told["kinds"])

    @property
    def id_field(self) -> str:
        """The field that holds the business id; empty where there is none."""
        return next((rule["to"] for rule in self.fields if rule.get("value") == "{business_id}"), "")


@dataclass(frozen=True)
class PlayedCity:
    """A city whose platform is played."""

    name: str
    told: Plain

    @property
    def titles(self) -> Mapping[str, str]:
        """What it is called, `zh` and `en`."""
        return {"zh": self.told["title"]["zh"], "en": self.told["title"]["en"]}

    @property
    def draft(self) -> bool:
        """Whether the file says that it is one."""
        return bool(self.told.get("draft") == "true")

    @property
    def zone(self) -> str:
        """The zone of dates and time stamps."""
        return str(self.told.get("zone", "Asia/Shanghai"))

    @property
    def request(self) -> Plain:
        """How requests are put together."""
        found: Plain = self.told.get("request", {})
        return found

    @property
    def body(self) -> Plain:
        """The body's form."""
        found: Plain = self.request.get("body", {})
        return found

    @property
    def answer(self) -> Plain:
        """What answers mean."""
        found: Plain = self.told["answer"]
        return found

    @property
    def signature(self) -> Plain | None:
        """How requests are signed."""
        return self.told.get("signature")

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """What comes beside the records."""
        return tuple(Parameter(p["name"], p["in"], p["value"]) for p in self.request.get("parameters", ()))

    @cached_property
    def endpoints(self) -> Mapping[str, Endpoint]:
        """By their names."""
        common = self.told.get("common", ())
        found = {}
        for name, told in self.told["endpoints"].items():
            own = [rule for rule in common if rule["to"] not in told.get("leave_out", ())]
            found[name] = Endpoint(name, told["path"], told, (*own, *told["fields"]))
        return found

    @property
    def queries(self) -> Mapping[str, Plain]:
        """Requests of their own: log-in, result, existence, day."""
        return {name: self.told[name] for name in ("token", "result", "existence", "day") if name in self.told}

    @cached_property
    def values_needed(self) -> tuple[str, ...]:
        """Values of the sender that its requests show, such as an application key."""
        return tuple(dict.fromkeys(_named("values", self._templates())))

    @cached_property
    def secrets_needed(self) -> tuple[str, ...]:
        """Secrets that both sides hold."""
        return tuple(self.told.get("secrets", {}))

    def _templates(self) -> Iterator[str]:
        yield from (parameter.template for parameter in self.parameters)
        for query in self.queries.values():
            yield from (query["path"], *query.get("fields", {}).values())
        text = (self.signature or {}).get("text", {})
        yield from (text.get("template", ""), *(pair["value"] for pair in text.get("pairs", ())))


def places_in(template: str) -> list[str]:
    """The places of a template."""
    return [found.group(1) for found in _PLACE.finditer(template) if found.group(1)]


def parts_of(template: str) -> Iterator[tuple[str, bool]]:
    """A template's literal texts, and its places (with True)."""
    at = 0
    for found in _PLACE.finditer(template):
        yield template[at : found.start()], False
        yield (found.group(1), True) if found.group(1) else (found.group(0)[0], False)
        at = found.end()
    yield template[at:], False


def shipped_cities() -> list[PlayedCity]:
    """The cities whose files come with the program, but for the example, which has an interface of its own here."""
    folder = resources.files("mes.traceability").joinpath("platforms", "signed_json", "cities")
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".yaml")), key=lambda file: file.name)
    return [read_city(file.read_text(encoding="utf-8"), file.name) for file in files if file.name != "sandbox.yaml"]


def read_city_file(file: Path) -> PlayedCity:
    """A plant's own file.

    Raises:
        CityFileError: it cannot be read or played.
    """
    try:
        return read_city(file.read_text(encoding="utf-8"), str(file))
    except (OSError, UnicodeDecodeError) as error:
        raise CityFileError(f"cannot read {file}: {error}") from error


def read_city(text: str, where: str) -> PlayedCity:
    """A city's file.

    Raises:
        CityFileError: it is no city's file, or holds what cannot be played.
    """
    try:
        told = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - makes texts, lists and mappings only
        city = PlayedCity(told["city"], told)
        faults = [] if _NAME.match(city.name) else [f"{city.name!r} is no name of a city"]
        faults += _unplayable(city)
        json.dumps([rule for endpoint in city.endpoints.values() for rule in endpoint.fields])
    except (yaml.YAMLError, LookupError, TypeError, AttributeError, ValueError, RecursionError) as error:
        raise CityFileError(f"{where} is no city's file (`mes connector check` says more): {error!r}") from error
    if faults:
        raise CityFileError("; ".join(f"{where}: {fault}" for fault in faults))
    return city


def _unplayable(city: PlayedCity) -> Iterator[str]:
    signature = city.signature
    if signature is not None:
        if signature["algorithm"] not in _ALGORITHMS:
            yield f"signature.algorithm: {signature['algorithm']} is not known here"
        if signature.get("sm2", {}).get("user_id", "1234567812345678") != "1234567812345678":
            yield "signature.sm2.user_id: only 1234567812345678 is played"
        texts = [signature["text"].get("template", ""), *(p["value"] for p in signature["text"].get("pairs", ()))]
        signs_body = {"body", "body_minified", "body_digest"} & {place for text in texts for place in places_in(text)}
        if signs_body and any(p.place == "body" and p.carries_signature for p in city.parameters):
            yield "signature.text: a body that is signed as a whole while the signature stands in it is not played"
    if any("secrets" in place for endpoint in city.endpoints.values() for place in places_in(endpoint.path)):
        yield "endpoints: a secret in a path is not played"


def _named(root: str, templates: Iterable[str]) -> Iterator[str]:
    for template in templates:
        for place in places_in(template):
            first, _, name = place.partition(".")
            if first == root and name:
                yield name


def texts(value: Any) -> Sequence[str]:
    """One text or several, as a list."""
    return [value] if isinstance(value, str) else list(value or ())
