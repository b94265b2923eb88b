"""Every kind of thing that has a name here, registered by the room that keeps it.

A room says once how its things are found, what their labels say and what the public may read of them. Scans, the
resolver, tags, aliases and printing ask this register, and know no room above.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from typing import Any, Literal
from uuid import UUID

from sqlalchemy.orm import Session

from labels.layout.content import LabelContent
from mes.core.actor import Actor
from mes.core.text import Text


@dataclass(frozen=True)
class Thing:
    """Something with an identity.

    `subject` is its name in the ledger (`element:42`), `number` what people call it, `title` what it is in words,
    `key` its GS1 or local key (empty: it has none), `identity` the canonical URI of that key, `address` its page.
    `project_id` limits who may see it; None: everybody of the plant.
    """

    kind: str
    subject: str
    number: str
    title: Text | str
    key: Mapping[str, str] = field(default_factory=dict)
    identity: str = ""
    address: str = ""
    project_id: UUID | None = None
    epc_hex: str = ""


@dataclass(frozen=True)
class LabelWords:
    """What a label needs beside the thing: the address QR codes point to, the plant's name, language and zone.

    `tag_user_bits` is how much the USER bank of the plant's tags holds; 0: nothing is written there.
    """

    public_url: str
    plant_name: str
    language: Literal["zh", "en"]
    translate: Callable[[str], str]
    zone: tzinfo
    tag_user_bits: int = 0


@dataclass(frozen=True)
class PublicFact:
    """A line of a public page: a message id, and a value as it is printed."""

    title: str
    value: Text | str


@dataclass(frozen=True)
class PublicThing:
    """What anybody may know of a thing. `json_ld` holds schema.org and GS1 properties beside `@id` and `@type`."""

    title: Text | str
    facts: tuple[PublicFact, ...]
    json_ld_type: str
    json_ld: Mapping[str, Any] = field(default_factory=dict)
    links: tuple[tuple[Text | str, str], ...] = ()


@dataclass(frozen=True)
class ThingKind:
    """A kind of thing, as its room registers it.

    `of_key` and `of_number` find without asking who wants to know: callers check `permission` and the project.
    `label` makes the content of its label; `label_kind` names the label that routes know it by, where that is not
    the kind's own name (a rack among yard slots). `listed` are the things an actor may choose from: those that a text
    narrows them to (all for an empty one), at most so many. `of_numbers` and `labels` are for kinds of which hundreds
    are wanted at once: those that are there, by the number as it was given; and the labels in the order of the things.
    """

    kind: str
    name: str
    icon: str
    permission: str
    of_key: Callable[[Session, Mapping[str, str]], Thing | None]
    of_number: Callable[[Session, str], Thing | None]
    label: Callable[[Session, Thing, LabelWords], LabelContent] | None = None
    label_kind: Callable[[Session, Thing], str] | None = None
    listed: Callable[[Session, Actor, str, int], Sequence[Thing]] | None = None
    public: Callable[[Session, Thing], PublicThing] | None = None
    public_page: Callable[[Session, Thing], str] | None = None
    of_numbers: Callable[[Session, Sequence[str]], Mapping[str, Thing]] | None = None
    labels: Callable[[Session, Sequence[Thing], LabelWords], Sequence[LabelContent]] | None = None


_kinds: dict[str, ThingKind] = {}


def register(kind: ThingKind) -> None:
    """Make a kind known."""
    _kinds[kind.kind] = kind


def draw_public_page(kind: str, page: Callable[[Session, Thing], str]) -> None:
    """An upper room draws the whole public page of a kind itself."""
    _kinds[kind] = replace(_kinds[kind], public_page=page)


def kinds() -> Mapping[str, ThingKind]:
    """Every registered kind by name."""
    return _kinds


def of_key(session: Session, key: Mapping[str, str]) -> Thing | None:
    """The thing of a GS1 or local key; None where none of this house has it. Elements are asked first: most scans."""
    for kind in sorted(_kinds.values(), key=lambda kind: kind.kind != "element"):
        found = kind.of_key(session, key)
        if found is not None:
            return found
    return None


def of_subject(session: Session, subject: str) -> Thing | None:
    """The thing of a ledger's subject, such as `element:42`."""
    name, _, number = subject.partition(":")
    kind = _kinds.get(name)
    return kind.of_number(session, number) if kind else None


def of_subjects(session: Session, subjects: Iterable[str]) -> dict[str, Thing]:
    """The things of many subjects, by the subject as it was given; those that are not there are left out."""
    wanted: dict[str, list[str]] = {}
    for subject in dict.fromkeys(subjects):
        wanted.setdefault(subject.partition(":")[0], []).append(subject)
    found: dict[str, Thing] = {}
    for name, named in wanted.items():
        at_once = _kinds[name].of_numbers if name in _kinds else None
        if at_once is not None:
            by_number = at_once(session, [subject.partition(":")[2] for subject in named])
            found |= {f"{name}:{number}": thing for number, thing in by_number.items()}
        else:
            each = ((subject, of_subject(session, subject)) for subject in named)
            found |= {subject: thing for subject, thing in each if thing is not None}
    return found


def may_see(actor: Actor, thing: Thing) -> bool:
    """Whether this actor may see the thing inside the house."""
    in_scope = thing.project_id is None or actor.may_see_project(thing.project_id)
    return in_scope and actor.may(_kinds[thing.kind].permission)
