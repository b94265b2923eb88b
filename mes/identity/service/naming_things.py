"""The thing that a command names, and how errors name a thing."""

from __future__ import annotations

from mes.core.commands import Work
from mes.core.errors import NotFound
from mes.core.text import N_, Text
from mes.identity import things
from mes.identity.things import Thing


class NoSuchThing(NotFound):
    """There is no such thing, or it is not this actor's to see."""


def thing_named(work: Work, subject: str) -> Thing:
    """The thing of a ledger's subject; raises NoSuchThing."""
    thing = things.of_subject(work.session, subject)
    if thing is None or not things.may_see(work.actor, thing):
        raise NoSuchThing(Text(N_("Nothing here is called %(subject)s"), {"subject": subject}))
    return thing


def named(thing: Thing) -> Text:
    """A thing as people call it: kind and number."""
    kind = Text(things.kinds()[thing.kind].name)
    return Text(N_("%(kind)s %(number)s"), {"kind": kind, "number": thing.number})


def named_to(work: Work, thing: Thing | None) -> Text:
    """As `named`; of what the actor may not see, no more than that it is there."""
    if thing is None or not things.may_see(work.actor, thing):
        return Text(N_("another thing"))
    return named(thing)
