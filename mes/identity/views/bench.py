"""The bench: a thing is scanned, a tag lies on the reader, one button writes, checks and puts it on."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from labels.errors import LabelError
from labels.llrp.sightings import Seen
from labels.tags.user_memory import TagFacts, read_user_memory
from mes.core import commands, navigation, web
from mes.core.errors import InvalidInput, MesError, NotFound
from mes.core.scanning import read_code
from mes.core.text import N_, Text
from mes.identity import queries, things
from mes.identity.label_words import label_words
from mes.identity.models import TagReader
from mes.identity.reading import bench as reading
from mes.identity.reading.bench import TagWritten
from mes.identity.reading.link import Address
from mes.identity.rules import END_REASONS
from mes.identity.service import BindTag, ReplaceTag, TagOn, bind_tag, replace_tag
from mes.identity.things import Thing
from mes.identity.views.room import asked, asked_thing, command_of, pages

LONGEST_NUMBER = 12

navigation.add_page(N_("Put tags on"), "identity.bench", "tags", "tag:bind", 550)


@dataclass(frozen=True)
class Contents:
    """What is written into a thing's tag, and what its user memory says in plain facts."""

    epc_hex: str
    user_memory_hex: str
    facts: TagFacts | None


@pages.get("/tags/bench")
@web.permission("tag:bind")
def bench() -> str | Response | WerkzeugResponse:
    """The bench: without a thing it asks for one, with one it looks what lies on the reader."""
    code = asked("code")
    if code:
        try:
            return redirect(url_for("identity.bench", subject=_scanned(code).subject, reader=asked("reader") or None))
        except MesError as error:
            return Response(_page(None, error, code), status=error.status)
    return _page(asked_thing() if asked("subject") else None)


def _scanned(code: str) -> Thing:
    session, reader, scan = web.reading(), web.actor(), read_code(code)
    thing = queries.find(session, reader, scan)
    if thing is None and scan.text.isascii() and scan.text.isdecimal() and len(scan.text) <= LONGEST_NUMBER:
        thing = things.of_subject(session, f"element:{int(scan.text)}")
    if thing is None or not things.may_see(reader, thing):
        raise NotFound(Text(N_("Nothing here is known as “%(code)s”"), {"code": code[:80]}))
    return thing


def _page(thing: Thing | None, error: MesError | None = None, code: str = "") -> str:
    session = web.reading()
    benches = queries.readers(session, "bench", active=True)
    return render_template(
        "identity/bench.html",
        thing=thing,
        names=queries.names_of(session, thing.subject) if thing else None,
        contents=_contents(thing) if thing else None,
        benches=benches,
        reader=_reader(),
        replaces=bool(asked("replace")),
        reason=asked("reason") or "broken",
        reasons=END_REASONS,
        error=error,
        code=code,
        typed={name: request.form.get(name, "") for name in ("tid", "epc_hex")},
        kinds=things.kinds(),
    )


def _contents(thing: Thing) -> Contents:
    """The EPC of a thing, and the user memory that its label has as well."""
    label = things.kinds()[thing.kind].label
    user_memory_hex = label(web.reading(), thing, label_words()).user_memory_hex if label else ""
    try:
        facts = read_user_memory(user_memory_hex) if user_memory_hex else None
    except LabelError:
        facts = None
    return Contents(thing.epc_hex, user_memory_hex, facts)


def _reader() -> TagReader | None:
    """The bench that was asked for, else the first; None where the plant has none."""
    session, code = web.reading(), asked("reader")
    if code:
        return queries.reader_by_code(session, code)
    return next(iter(queries.readers(session, "bench", active=True)), None)


@pages.get("/tags/bench/lying")
@web.permission("tag:bind")
def lying() -> str:
    """What lies on the bench's reader now, each tag with its button."""
    thing, row = asked_thing(), _asked_reader()
    address = Address.of(row)
    web.close_reading()  # the reader may take its time: no connection to the database waits with it
    error: MesError | None = None
    seen: tuple[Seen, ...] = ()
    try:
        seen = reading.look(address)
    except MesError as trouble:
        error = trouble
    found = reading.lying_tags(web.reading(), seen)
    worn = queries.bound_tag(web.reading(), thing.subject)
    return render_template(
        "identity/_lying.html",
        thing=thing,
        reader=row,
        tags=found,
        error=error,
        worn=worn,
        replaces=bool(asked("replace")),
        reasons=END_REASONS,
        kinds=things.kinds(),
    )


def _asked_reader() -> TagReader:
    row = _reader()
    if row is None:
        raise NotFound(Text(N_("The plant has no reader at a bench; type TID and EPC instead")))
    return row


@pages.post("/tags/bench/write")
@web.permission("tag:bind")
def write() -> Response | WerkzeugResponse | str:
    """Write, read back, put on: one after another, and what came of each."""
    thing, row = asked_thing(), _asked_reader()
    address, contents = Address.of(row), _contents(thing)
    if not contents.epc_hex:
        raise InvalidInput(Text(N_("This thing has no EPC that could be written; give its plant's key first")))
    try:
        command = _command(thing, asked("tid"), contents.epc_hex, verified=True)
        web.close_reading()
        _rehearse(command)
        written = reading.write_tag(address, command.tid, contents.epc_hex, contents.user_memory_hex)
    except MesError as error:
        return Response(_done(thing, None, None, error), status=error.status)
    if written.state != "verified":
        return Response(_done(thing, written, None, None), status=409)
    try:
        return _done(thing, written, _perform(command), None)
    except MesError as error:
        return Response(_done(thing, written, None, error), status=error.status)


@pages.post("/tags/bench/typed")
@web.permission("tag:bind")
def typed() -> Response | WerkzeugResponse | str:
    """Put on a tag whose TID a hand reader or a person typed; its EPC is taken at their word."""
    thing = asked_thing()
    epc_hex = asked("epc_hex") or thing.epc_hex
    try:
        return _done(thing, None, _perform(_command(thing, asked("tid"), epc_hex, verified=False)), None)
    except MesError as error:
        return Response(_page(asked_thing(), error), status=error.status)


def _command(thing: Thing, tid: str, epc_hex: str, *, verified: bool) -> BindTag | ReplaceTag:
    facts = {"subject": thing.subject, "tid": tid, "epc_hex": epc_hex, "verified": verified}
    if asked("replace"):
        return command_of(ReplaceTag, **facts, reason=asked("reason"))
    return command_of(BindTag, **facts)


def _rehearse(command: BindTag | ReplaceTag) -> None:
    """Nothing is written to a tag that could not be put on afterwards."""
    if isinstance(command, ReplaceTag):
        commands.rehearse(web.database(), web.actor(), web.clock(), replace_tag, command)
    else:
        commands.rehearse(web.database(), web.actor(), web.clock(), bind_tag, command)


def _perform(command: BindTag | ReplaceTag) -> TagOn:
    if isinstance(command, ReplaceTag):
        return web.perform(replace_tag, command)
    return web.perform(bind_tag, command)


def _done(thing: Thing, written: TagWritten | None, bound: TagOn | None, error: MesError | None) -> str:
    return render_template(
        "identity/bench_done.html",
        thing=thing,
        written=written,
        bound=bound,
        error=error,
        replaces=bool(asked("replace")),
        by_reader=request.endpoint == "identity.write",
        reader_code=asked("reader"),
        kinds=things.kinds(),
    )
