"""The resolver: a Digital Link or a local name as an address, answered by a page, JSON-LD, a set of links, or a
redirect to one of them. Public by design: whoever holds a label may read what it leads to."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as WerkzeugResponse

import mes.identity.scan_target  # noqa: F401 - registers where scans lead
from labels import LabelError, kind_of_key
from labels.keys.gs1 import Key, check_key
from labels.keys.local import NoLocalKeyError, key_of_path
from labels.keys.naming import address
from labels.keys.tables import primary_keys
from labels.symbols.qr import qr_svg
from mes.accounts.queries import plant_name
from mes.core import web
from mes.core.errors import MesError, NotFound
from mes.core.scanning import refusal
from mes.core.text import N_, Text
from mes.core.translations import translate
from mes.identity import public, things
from mes.identity.public import HTML, JSON_LD, LINKSET, PublicLink
from mes.identity.things import PublicThing, Thing

pages = Blueprint("resolver", __name__)

OFFERED = (HTML, JSON_LD, LINKSET, "application/json")
ALL_LINKS = ("linkset", "all")


class WrongIdentity(MesError):
    """The address holds a key that cannot be right, such as one with a wrong check digit."""

    status = 400
    title = N_("This code cannot be right")


@pages.get('/<any("00", "01", "414", "417", "8003", "8004"):ai>/<path:rest>')
@web.public
def gs1(ai: str, rest: str) -> Response | WerkzeugResponse:
    """The thing of a GS1 Digital Link."""
    return _answered(lambda: check_key(key_in_path(ai, rest)))


@pages.get("/id/<path:rest>")
@web.public
def local(rest: str) -> Response | WerkzeugResponse:
    """The thing of a local name."""
    return _answered(lambda: key_of_path(f"/id/{rest}"))


@pages.get("/.well-known/gs1resolver")
@web.public
def description() -> Response:
    """What this resolver is and can."""
    told = public.description(_public_url(), plant_name(web.reading()))
    return _json(told, "application/json")


def key_in_path(ai: str, rest: str) -> Key:
    """The key of a path: a primary key, then its qualifiers in the standard's order.

    A value keeps slashes that were percent-encoded: what is no qualifier belongs to the value before it.
    """
    allowed = list(primary_keys()[ai])
    key, name = {ai: ""}, ai
    segments = rest.removesuffix("/").split("/")
    for at, segment in enumerate(segments):
        if segment in allowed and key[name] and at + 1 < len(segments):
            name, allowed = segment, allowed[allowed.index(segment) + 1 :]
            key[name] = ""
        else:
            key[name] += f"/{segment}" if key[name] else segment
    return key


def _answered(read: Callable[[], Key]) -> Response | WerkzeugResponse:
    """The answer in the form that was asked for, errors too."""
    wanted = request.accept_mimetypes.best_match(OFFERED, default=HTML) or HTML
    try:
        answer = _answer(_thing(_key(read)), wanted)
    except MesError as error:
        answer = not_found_page(error) if wanted == HTML else web.problem(error)
    answer.vary.update(("Accept", "Accept-Language", "Cookie"))
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return answer


def not_found_page(error: MesError, number: str = "") -> Response:
    """Why a code leads nowhere, and a field for the number on the label; `number` is what was typed there."""
    page = render_template(
        "identity/not_found.html",
        title=web.gettext(N_("There is nothing here")) if error.status == 404 else web.gettext(error.title),
        reason=web.in_words(error.reason),
        number=number,
        further={"number": number} if number else {},
    )
    return Response(page, status=error.status)


def _key(read: Callable[[], Key]) -> Key:
    try:
        return read()
    except NoLocalKeyError as error:
        raise NotFound(Text(N_("There is nothing at this address"))) from error
    except LabelError as error:
        raise WrongIdentity(refusal(error)) from error


def _thing(key: Key) -> Thing:
    """The thing of a key.

    Raises:
        NotFound: nothing here has this key.
    """
    thing = things.of_key(web.reading(), key)
    if thing is None:
        raise NotFound(Text(_not_here(key)))
    return thing


def _not_here(key: Key) -> str:
    if kind_of_key(key) == "element":
        return N_("No element with this code was made here. Check the code on the label.")
    return N_("Nothing here has this code. Check the code on the label.")


def _answer(thing: Thing, wanted: str) -> Response | WerkzeugResponse:
    asked = request.args.get("linkType", "")
    if asked and asked not in ALL_LINKS:
        return redirect(_href(thing, asked), 307)
    if asked or wanted in (LINKSET, "application/json"):
        told = public.linkset(thing, _links(thing), _in)
        answer = _json(told, wanted if wanted == "application/json" else LINKSET)
    elif wanted == JSON_LD:
        answer = _json(public.json_ld(thing, _public(thing), _public_url(), _in), JSON_LD)
    else:
        answer = Response(_page(thing))
    answer.headers.add("Link", f'<{_own(thing)}?linkType=linkset>; rel="linkset"; type="{LINKSET}"')
    return answer


def _public_url() -> str:
    return web.settings().effective_public_url


def _own(thing: Thing) -> str:
    return address(thing.key, _public_url())


def _public(thing: Thing) -> PublicThing:
    """What anybody may know of the thing.

    Raises:
        NotFound: nothing of its kind is public.
    """
    tell = things.kinds()[thing.kind].public
    if tell is None:
        raise NotFound(Text(_not_here(dict(thing.key))))
    return tell(web.reading(), thing)


def _links(thing: Thing) -> tuple[PublicLink, ...]:
    return public.links_of(web.reading(), thing, _public(thing), _public_url())


def _href(thing: Thing, asked: str) -> str:
    """Where the first link of a type leads.

    Raises:
        NotFound: the thing has no link of this type.
    """
    name = public.link_type_asked(asked)
    for link in _links(thing):
        if link.link_type == name:
            return link.href
    raise NotFound(Text(N_("There is no link of the type %(type)s here"), {"type": asked[:60]}))


def _page(thing: Thing) -> str:
    """The page of the thing: as its room draws it, else from its public facts."""
    kind = things.kinds()[thing.kind]
    if kind.public_page is not None:
        return kind.public_page(web.reading(), thing)
    told, reader = _public(thing), web.actor()
    return render_template(
        "identity/public.html",
        thing=thing,
        kind=kind,
        public=told,
        links=[(title, public.own_address(href, "")) for title, href in told.links],
        qr=qr_svg(_own(thing), size_mm=30),
        may_open=bool(thing.address) and reader.kind == "person" and things.may_see(reader, thing),
    )


def _json(document: dict[str, Any], media_type: str) -> Response:
    response = Response(json.dumps(document, ensure_ascii=False, indent=2) + "\n", mimetype=media_type)
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def _in(text: Text | str, locale: str) -> str:
    """A text in a language, whatever the reader's own is."""
    if isinstance(text, Text):
        return text.render(lambda message: translate(message, locale))
    return translate(text, locale)
