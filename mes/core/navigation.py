"""The main navigation: each room names its pages; a person sees those they may open."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request, url_for

from mes.core import web


@dataclass(frozen=True)
class Entry:
    """A page in the main navigation. `order` sorts; `roles` empty means everybody with the permission."""

    title: str
    endpoint: str
    icon: str
    permission: str
    order: int
    roles: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Link:
    """An entry as one reader sees it."""

    title: str
    url: str
    icon: str
    active: bool


_entries: list[Entry] = []


def add_page(title: str, endpoint: str, icon: str, permission: str, order: int, roles: str = "") -> None:
    """Name a page for the main navigation (once, when a room's views are imported)."""
    _entries.append(Entry(title, endpoint, icon, permission, order, frozenset(roles.split())))
    _entries.sort(key=lambda entry: entry.order)


def links() -> list[Link]:
    """The navigation of the present reader."""
    actor = web.actor()
    return [
        Link(web.gettext(entry.title), url_for(entry.endpoint), entry.icon, _is_active(entry))
        for entry in _entries
        if actor.may(entry.permission) and (not entry.roles or actor.role in entry.roles)
    ]


def _is_active(entry: Entry) -> bool:
    return request.endpoint is not None and (request.blueprint or "") == entry.endpoint.split(".")[0]


def home_endpoint() -> str:
    """Where the present reader starts: the first page of their navigation."""
    actor = web.actor()
    for entry in _entries:
        if actor.may(entry.permission) and (not entry.roles or actor.role in entry.roles):
            return entry.endpoint
    return "accounts.sign_in"
