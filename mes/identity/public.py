"""What anybody may know of a thing, as JSON-LD and as a set of links (RFC 9264)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from sqlalchemy.orm import Session

from labels import LabelError
from labels.keys.local import LOCAL
from labels.keys.naming import address, parse_identity
from mes.core.text import N_, Text
from mes.identity.things import PublicThing, Thing

HTML = "text/html"
JSON_LD = "application/ld+json"
LINKSET = "application/linkset+json"
LANGUAGES = {"zh-CN": "zh_CN", "en": "en"}
"""Language tags of the pages, with the locale that each is written in."""

Translate = Callable[[Text | str, str], str]


@dataclass(frozen=True)
class PublicLink:
    """A link of a thing: a link type of GS1 (`certificationInfo`) or of IANA (`item`), a title, an address.

    An address may be relative to the thing's own, such as `#certificate`.
    """

    link_type: str
    title: Text | str
    href: str
    media_type: str = HTML


LinkTeller = Callable[[Session, Thing], Sequence[PublicLink]]
_tellers: dict[str, LinkTeller] = {}


def tells_links(kind: str) -> Callable[[LinkTeller], LinkTeller]:
    """Register what links things of a kind have beside their own page."""

    def register(teller: LinkTeller) -> LinkTeller:
        _tellers[kind] = teller
        return teller

    return register


@cache
def words() -> Mapping[str, Any]:
    """The data file beside this module."""
    loaded: Mapping[str, Any] = yaml.safe_load(files("mes.identity").joinpath("public.yaml").read_text("utf-8"))
    return loaded


def links_of(session: Session, thing: Thing, public: PublicThing, public_url: str) -> tuple[PublicLink, ...]:
    """Every link of a thing with whole addresses; its own page first, as the default."""
    own = address(thing.key, public_url)
    page = N_("What it is")
    further = _tellers[thing.kind](session, thing) if thing.kind in _tellers else ()
    parts = [PublicLink("item", title, own_address(href, public_url)) for title, href in public.links]
    named = [PublicLink("defaultLink", page, own), PublicLink("pip", page, own), *further, *parts]
    return tuple(replace(link, href=own + link.href) if link.href.startswith("#") else link for link in named)


def own_address(href: str, public_url: str) -> str:
    """The address in this house of an identity; any other address as it is."""
    try:
        return address(parse_identity(href), public_url)
    except LabelError:
        return href


def relation(link_type: str) -> str:
    """The link relation: GS1's types are URIs, those of the IANA registry plain words (RFC 8288, section 2.1)."""
    return f"{words()['vocabulary']}{link_type}" if link_type in words()["link_types"] else link_type


def link_type_asked(asked: str) -> str:
    """The plain name of a link type as asked for: `gs1:pip`, a URI of the vocabulary, or the name itself."""
    return next((asked.removeprefix(prefix) for prefix in words()["prefixes"] if asked.startswith(prefix)), asked)


def linkset(thing: Thing, links: Sequence[PublicLink], translate: Translate) -> dict[str, Any]:
    """The links as RFC 9264 has them in JSON (section 4.2): one context, the identity, and its targets by relation."""
    context: dict[str, Any] = {"anchor": thing.identity}
    for link in links:
        context.setdefault(relation(link.link_type), []).append(_target(link, translate))
    return {"linkset": [context]}


def _target(link: PublicLink, translate: Translate) -> dict[str, Any]:
    titles = [{"value": translate(link.title, locale), "language": tag} for tag, locale in LANGUAGES.items()]
    return {
        "href": link.href,
        "type": link.media_type,
        "hreflang": list(LANGUAGES),
        "title": translate(link.title, "en"),
        "title*": titles,
    }


def json_ld(thing: Thing, public: PublicThing, public_url: str, translate: Translate) -> dict[str, Any]:
    """The thing as JSON-LD with its context inline; `@id` is the canonical identity, whatever address was asked."""
    facts = [
        {
            "@type": "schema:PropertyValue",
            "schema:name": _in_each_language(fact.title, translate),
            "schema:value": translate(fact.value, "en"),
        }
        for fact in public.facts
    ]
    told: dict[str, Any] = {
        "@context": dict(words()["context"]),
        "@id": thing.identity,
        "@type": public.json_ld_type,
        "schema:name": _in_each_language(public.title, translate),
        "schema:url": {"@id": address(thing.key, public_url)},
        **_key_properties(thing.key),
    }
    return told | ({"schema:additionalProperty": facts} if facts else {}) | dict(public.json_ld)


def _in_each_language(text: Text | str, translate: Translate) -> list[dict[str, str]]:
    return [{"@value": translate(text, locale), "@language": tag} for tag, locale in LANGUAGES.items()]


def _key_properties(key: Mapping[str, str]) -> dict[str, str]:
    if LOCAL in key:
        return {"schema:identifier": key[LOCAL]}
    names: Mapping[str, str] = words()["key_properties"]
    return {names[ai]: value for ai, value in key.items() if ai in names}


def description(public_url: str, plant: str, languages: Sequence[str] = tuple(LANGUAGES)) -> dict[str, Any]:
    """What `/.well-known/gs1resolver` says of this resolver."""
    return {
        "name": plant,
        "resolverRoot": public_url,
        "supportedPrimaryKeys": sorted({"00", "01", "414", "417", "8003", "8004"}),
        "supportedLinkType": [
            {"namespace": words()["vocabulary"], "prefix": "gs1:", "profile": "https://www.gs1.org/voc/?show=linktypes"}
        ],
        "linkTypeDefaultCanBeLinkset": False,
        "supportedLanguages": list(languages),
    }
