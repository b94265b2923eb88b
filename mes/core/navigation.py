"""The main navigation: each room names its pages; a person sees those they may open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import request, url_for

from mes.core import web


@dataclass(frozen=True)
class Entry:
    """A page in the main navigation. `order` sorts; `roles` empty means everybody with the permission.

    `badge` tells how many things there wait for a person.
    """

    title: str
    endpoint: str
    icon: str
    permission: str
    order: int
    roles: frozenset[str] = frozenset()
    badge: Callable[[], int] | None = None


@dataclass(frozen=True)
class Link:
    """An entry as one reader sees it."""

    title: str
    url: str
    icon: str
    active: bool
    badge: int = 0


_entries: list[Entry] = []


def add_page(
    title: str,
    endpoint: str,
    icon: str,
    permission: str,
    order: int,
    roles: str = "",
    badge: Callable[[], int] | None = None,
) -> None:
    """Name a page for the main navigation (once, when a room's views are imported)."""
    _entries.append(Entry(title, endpoint, icon, permission, order, frozenset(roles.split()), badge))
    _entries.sort(key=lambda entry: entry.order)


def links() -> list[Link]:
    """The navigation of the present reader."""
    actor = web.actor()
    shown = [
        entry for entry in _entries if actor.may(entry.permission) and (not entry.roles or actor.role in entry.roles)
    ]
    present = _present(shown)
    return [
        Link(
            web.gettext(entry.title),
            url_for(entry.endpoint),
            entry.icon,
            entry is present,
            entry.badge() if entry.badge else 0,
        )
        for entry in shown
    ]


def _present(shown: list[Entry]) -> Entry | None:
    """The entry that the present page belongs to: of its room's, the one with the longest fitting address."""
    if request.endpoint is None:
        return None
    of_room = [entry for entry in shown if entry.endpoint.split(".")[0] == (request.blueprint or "")]
    fitting = [entry for entry in of_room if _holds(url_for(entry.endpoint), request.path)]
    if fitting:
        return max(fitting, key=lambda entry: len(url_for(entry.endpoint)))
    return of_room[0] if of_room else None


def _holds(folder: str, path: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def home_endpoint() -> str:
    """Where the present reader starts: the first page of their navigation."""
    actor = web.actor()
    for entry in _entries:
        if actor.may(entry.permission) and (not entry.roles or actor.role in entry.roles):
            return entry.endpoint
    return "accounts.sign_in"
