"""What a scan leads to when no room has a page of its own for it: the thing of a key, another name or a tag."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from labels import Scan
from mes.core import scanning, web
from mes.core.scanning import Place
from mes.identity import queries, things
from mes.identity.things import Thing

MOST_FOUND = 6
_SEARCHED_HINTS = ("unique_code", "element")


@scanning.finds
def _thing(scan: Scan) -> Place | None:
    found = queries.find_with_tag(web.reading(), web.actor(), scan)
    if found is None or not found.thing.address:
        return None
    return replace(_place(found.thing), notice=queries.ended_tag_words(found.ended) if found.ended else "")


@scanning.searches
def _search(scan: Scan) -> Sequence[Place]:
    """Elements whose mark, type or position an old code tells; all things of which a short text is a part."""
    return [_place(thing) for thing in _listed(scan)][:MOST_FOUND]


def _listed(scan: Scan) -> Iterator[Thing]:
    session, actor = web.reading(), web.actor()
    element = things.kinds().get("element")
    texts = [scan.hints[name] for name in _SEARCHED_HINTS if name in scan.hints]
    if not texts and not scan.hints and "\n" not in scan.text and 2 <= len(scan.text) <= 40:
        texts = [scan.text]
    for text in texts:
        if element is not None and element.listed is not None and actor.may(element.permission):
            yield from element.listed(session, actor, text, MOST_FOUND)


def _place(thing: Thing) -> Place:
    icon = things.kinds()[thing.kind].icon
    return Place(thing.kind, thing.title, thing.number, thing.address, icon, key=thing.key)
