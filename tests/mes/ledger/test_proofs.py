"""Checkpoints and proofs: what others are given, and the program with which they check it alone."""

from __future__ import annotations

import base64
import copy
import functools
import hashlib
import json
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from click.testing import CliRunner
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from mes.cli import mes
from mes.config import Settings
from mes.core.clock import SetClock, SystemClock
from mes.core.database import Database
from mes.core.errors import Conflict
from mes.core.jobs import run_job
from mes.ledger import checkpoints, offline_verifier
from mes.ledger.checkpoints import LedgerAltered, MakeCheckpoint, latest, make_all
from mes.ledger.jobs import CheckpointKeeping, latest_verification, use_keys
from mes.ledger.keys import KeyUnreadable, LedgerKeys
from mes.ledger.models import Checkpoint
from mes.ledger.offline_verifier import Refused, check, ed25519_fits
from mes.ledger.proofs import export_checkpoint, prove_consistency, prove_story
from mes.ledger.verification import verify
from mes.orders.models import Element
from tests.conftest import actor
from tests.factories import SLAB, advance, create_order, elements_of
from tests.mes.ledger.attacks import switch_triggers_off

PEM = Encoding.PEM, PublicFormat.SubjectPublicKeyInfo

# RFC 8032, section 7.1, tests 1 to 3 and SHA(abc): public key, message, signature.
RFC_8032 = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
        "d25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
        "387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
        "4a7c15e9716ed28dc027beceea1ec40a",
    ),
]


@pytest.mark.parametrize(("key", "message", "signature"), RFC_8032)
def test_plain_python_knows_the_signatures_of_rfc_8032(key: str, message: str, signature: str) -> None:
    assert ed25519_fits(bytes.fromhex(key), bytes.fromhex(message), bytes.fromhex(signature))
    assert not ed25519_fits(bytes.fromhex(key), bytes.fromhex(message) + b"x", bytes.fromhex(signature))


@settings(max_examples=20, deadline=None)
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=80), st.integers(0, 511), st.booleans())
def test_plain_python_agrees_with_a_library(seed: bytes, message: bytes, bit: int, damage: bool) -> None:
    private = Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = private.public_key().public_bytes_raw(), bytearray(private.sign(message))
    signature[bit // 8] ^= (1 << bit % 8) if damage else 0
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(bytes(signature), message)
        fits = True
    except InvalidSignature:
        fits = False
    assert ed25519_fits(public, message, bytes(signature)) == fits == (not damage)


@pytest.fixture
def keys(settings: Settings) -> LedgerKeys:
    return LedgerKeys(settings.data)


@pytest.fixture
def story(database: Database, clock: SetClock, plant: None) -> Database:
    """Three elements, two of them taken to the yard in one event each step."""
    made = elements_of(database, create_order(database, clock, [(SLAB, 3)]))
    advance(database, clock, [element.id for element in made[:2]], "demoulded")
    return database


def sign(database: Database, clock: SetClock, keys: LedgerKeys) -> Checkpoint:
    make_all(database, actor("admin"), clock, keys, MakeCheckpoint())
    with database.reading() as session:
        row = latest(session)
    assert row is not None
    return row


@pytest.fixture
def files(story: Database, clock: SetClock, keys: LedgerKeys) -> dict[str, Any]:
    """A checkpoint, a later one with the story of an element, and that the one continues the other."""
    first = sign(story, clock, keys)
    serial = first_serial(story)
    with story.reading() as session:
        made = elements_in(session)
    clock.advance(hours=2)
    advance(story, clock, made[:2], "stored")
    second = sign(story, clock, keys)
    with story.reading() as session:
        return {
            "checkpoint": export_checkpoint(first, keys),
            "story": prove_story(session, f"element:{serial}", second, keys),
            "consistency": prove_consistency(session, first, second, keys),
        }


def elements_in(session: Any) -> list[Any]:
    return [element.id for element in session.query(Element).order_by(Element.serial)]


def first_serial(database: Database) -> int:
    with database.reading() as session:
        return int(session.scalar(text("SELECT min(serial) FROM element")))


def test_an_outsider_checks_the_files_with_bare_python(files: dict[str, Any], keys: LedgerKeys, tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    printed = CliRunner().invoke(mes, ["ledger", "verifier"])
    (folder / "verify.py").write_text(printed.output, encoding="utf-8")
    for name, content in files.items():
        (folder / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    (key_id,) = keys.public()

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", "-S", "verify.py", *arguments]
        return subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", timeout=60, check=False)

    good = run("story.json", "checkpoint.json", "consistency.json", "--key", key_id)
    assert (good.returncode, good.stderr) == (0, "")
    assert "无一被改动、删除、插入或调换次序" in good.stdout
    assert "none altered, removed, inserted or moved" in good.stdout
    assert good.stdout.count("与给定的公钥一致") == 3

    damaged = copy.deepcopy(files["story"])
    damaged["events"][1]["content"] = damaged["events"][1]["content"].replace("Demo", "Dema")
    (folder / "damaged.json").write_text(json.dumps(damaged), encoding="utf-8")
    assert "事件 2：内容与其哈希不符" in run("damaged.json", "--lang", "zh").stdout
    assert (run("damaged.json", "story.json").returncode, run("nothing.json").returncode) == (1, 2)


def in_story(change: Callable[[Any], object]) -> Callable[[Any], Any]:
    def altered(files: Any) -> Any:
        change(files["story"])
        return files["story"]

    return altered


def moved(events: list[Any], one: int, other: int) -> None:
    events[one], events[other] = events[other], events[one]


def rehashed(event: Any) -> None:
    """An event altered with a hash that fits."""
    event["content"] = event["content"].replace("Demo", "Dema")
    event["hash"] = hashlib.sha256(event["content"].encode()).hexdigest()


def resigned(kept: Any) -> None:
    """A checkpoint that says something else, signed with a key of the forger's own."""
    forger = Ed25519PrivateKey.generate()
    kept["public_key"] = base64.b64encode(forger.public_key().public_bytes_raw()).decode()


def with_note(kept: Any, old: str, new: str) -> None:
    assert old in kept["note"]
    kept["note"] = kept["note"].replace(old, new, 1)


ALTERED: list[tuple[str, Callable[[Any], Any]]] = [
    ("hash", in_story(lambda story: story["events"][2].update(content=story["events"][2]["content"] + " "))),
    ("hash", in_story(lambda story: story["events"][0].update(hash="0" * 64))),
    ("path", in_story(lambda story: rehashed(story["events"][-1]))),
    ("path", in_story(lambda story: rehashed(story["events"][1]))),
    ("chain", in_story(lambda story: story["events"].pop(0))),
    ("chain", in_story(lambda story: story["events"].pop(2))),
    ("chain", in_story(lambda story: moved(story["events"], 1, 2))),
    ("chain", in_story(lambda story: story["events"].insert(1, copy.deepcopy(story["events"][1])))),
    ("chain", in_story(lambda story: story["events"][3].update(ordinal=5))),
    ("chain", in_story(lambda story: story["events"][3].update(previous="0" * 64))),
    ("empty", in_story(lambda story: story["events"].clear())),
    ("subject", in_story(lambda story: story.update(subject="element:99"))),
    ("order", in_story(lambda story: story["events"][1].update(leaf=0))),
    ("path", in_story(lambda story: story["events"][1].update(leaf=story["events"][1]["leaf"] + 1))),
    ("path", in_story(lambda story: story["events"][1]["path"].pop())),
    ("path", in_story(lambda story: story["events"][1]["path"].reverse())),
    ("signature", in_story(lambda story: with_note(story["checkpoint"], "time 2026", "time 2025"))),
    ("signature", in_story(lambda story: with_note(story["checkpoint"], "\nlast ", "\nlast 1"))),
    ("note", in_story(lambda story: with_note(story["checkpoint"], "\nlast", "\nLast"))),
    ("key_id", in_story(lambda story: resigned(story["checkpoint"]))),
    ("format", in_story(lambda story: story.update(version=2))),
    ("format", in_story(lambda story: story.update(format="something/else"))),
    ("shape", in_story(lambda story: story.pop("checkpoint"))),
    ("shape", in_story(lambda story: story["events"][0].update(path="zz"))),
    ("shape", lambda files: ["no", "proof"]),
    ("path", lambda files: {**files["story"], "checkpoint": files["checkpoint"]}),
    ("consistent", lambda files: {**files["consistency"], "path": files["consistency"]["path"][1:]}),
    ("consistent", lambda files: {**files["consistency"], "older": files["consistency"]["newer"]}),
    ("signature", lambda files: sized(files["checkpoint"])),
]


def sized(kept: Any) -> Any:
    """A checkpoint that says it holds one event more."""
    lines = kept["note"].split("\n")
    lines[1] = str(int(lines[1]) + 1)
    return {**kept, "note": "\n".join(lines)}


def test_whatever_is_altered_in_a_file_is_refused_and_named(files: dict[str, Any]) -> None:
    for kind, alter in ALTERED:
        altered = alter(copy.deepcopy(files))
        assert altered not in files.values(), kind
        with pytest.raises(Refused) as refused:
            check(altered)
        assert refused.value.args[0] == kind, (kind, refused.value.args)
        assert offline_verifier.say("en", *refused.value.args)
    with pytest.raises(Refused, match="other_key"):
        check(files["checkpoint"], frozenset(["0" * 64]))


def places(kept: Any, *path: Any) -> Iterator[tuple[Any, ...]]:
    """The way to every value in a file, lists and objects included."""
    if path:
        yield path
    for key, value in kept.items() if isinstance(kept, dict) else enumerate(kept) if isinstance(kept, list) else ():
        yield from places(value, *path, key)


def other_values(old: Any) -> Iterator[Any]:
    """What a forger could put there instead."""
    yield from (None, [], {}, "", "x", True)
    if isinstance(old, str):
        letter = "B" if old[len(old) // 2] != "B" else "C"
        yield old[: len(old) // 2] + letter + old[len(old) // 2 + 1 :]
        yield from (old + " ", " " + old, old + "\n", old[:-1], old[1:], old.swapcase())
        if old.endswith("="):  # other spellings of the same bytes
            yield from (old.rstrip("=")[:-1] + letter + "=" for letter in "AEIMQUYcgk048BCD")
    elif isinstance(old, int):
        yield from (old + 1, old - 1, -old, float(old), str(old), 10**30)
    elif isinstance(old, list):
        yield from (old[1:], old[::-1], [*old, *old], [*old, None])


def put_at(kept: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The file with another value at a place."""
    altered = copy.deepcopy(kept)
    holder = altered
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    return altered


def test_every_single_value_of_every_file_counts(files: dict[str, Any]) -> None:
    """But the number of later events, which is the plant's word."""
    tried, story = 0, files["story"]
    story["events"] = story["events"][:2]
    for name, kept in files.items():
        for path in places(kept):
            old = functools.reduce(lambda found, key: found[key], path, kept)
            for value in other_values(old):
                if value == old and type(value) is type(old):
                    continue
                if path == ("later_events",) and type(value) is int and value >= 0:
                    continue
                assert is_refused(put_at(kept, path, value)), (name, path, old, value)
                tried += 1
    assert tried > 400


def is_refused(kept: Any) -> bool:
    try:
        check(kept)
    except Refused:
        return True
    return False


def test_a_story_cut_off_at_its_end_says_how_far_it_goes(files: dict[str, Any]) -> None:
    short = copy.deepcopy(files["story"])
    short["events"].pop()
    said = check(short)
    words = "\n".join(offline_verifier.say("en", *one) for one in said)
    end = json.loads(short["events"][-1]["content"])["event_time"]
    assert f"{len(short['events'])} events up to {end}, none altered" in words
    assert "whether anything followed the last of them, no proof can show" in words


def test_a_key_that_stands_twice_is_no_json_that_two_readers_read_alike(files: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "twice.json"
    file.write_text('{"later_events": 5, ' + json.dumps(files["story"])[1:], encoding="utf-8")
    fits, said = offline_verifier.verdict(str(file), frozenset())
    assert (fits, said[0][0]) == (False, "json")


def test_a_lost_key_is_missed_and_not_made_anew(files: dict[str, Any], keys: LedgerKeys) -> None:
    (old,) = keys.public()
    keys.signing_file.unlink()
    with pytest.raises(KeyUnreadable, match=r"signing.pem is gone, though there was a key.*--rotate"):
        keys.signing()
    assert set(keys.public()) == {old}
    keys.signing_file.mkdir()
    with pytest.raises(KeyUnreadable, match="is not a key of the ledger"):
        keys.signing()
    keys.signing_file.rmdir()
    keys.rotate()
    assert len(keys.public()) == 2


def test_a_public_key_that_was_replaced_or_taken_away_is_named(
    files: dict[str, Any], story: Database, keys: LedgerKeys
) -> None:
    (old,) = keys.public()
    file = keys.folder / "public" / f"{old}.pem"
    kept = file.read_bytes()
    file.write_bytes(LedgerKeys(keys.data / "other").signing().public_key().public_bytes(*PEM))
    with pytest.raises(KeyUnreadable, match=old):
        keys.public()
    file.unlink()
    with story.reading() as session:
        found = verify(session, keys=keys.public())
    assert f"was signed with the key {old[:16]}, which is none of this plant's keys" in str(found.fault)
    file.write_bytes(kept)
    with story.reading() as session:
        assert verify(session, keys=keys.public()).intact


def test_a_key_is_made_once_kept_to_its_owner_and_old_ones_still_count(keys: LedgerKeys, files: dict[str, Any]) -> None:
    first = keys.signing().public_key().public_bytes_raw()
    assert keys.signing().public_key().public_bytes_raw() == first
    assert keys.signing_file.stat().st_mode & 0o777 == 0o600
    assert keys.rotate().public_key().public_bytes_raw() != first
    assert {key.public_bytes_raw() for key in keys.public().values()} == {
        first,
        keys.signing().public_key().public_bytes_raw(),
    }


def test_a_checkpoint_is_made_where_something_was_recorded_and_costs_what_is_new(
    story: Database, clock: SetClock, keys: LedgerKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "MOST_STRETCHES", 1)
    monkeypatch.setattr("mes.ledger.checking.STRETCH_EVENTS", 3)
    first = sign(story, clock, keys)
    assert sign(story, clock, keys).id == first.id
    keeping = CheckpointKeeping(story, clock, Settings(data=keys.folder.parents[1]), threading.Event())
    with story.reading() as session:
        made = elements_in(session)
    advance(story, clock, made[:2], "finished")
    read: list[int] = []
    real = checkpoints.check_stretch
    monkeypatch.setattr(checkpoints, "check_stretch", lambda *where: read.append(where[1]) or real(*where))
    keeping.keep()
    assert read == []
    clock.advance(minutes=61)
    keeping.keep()
    assert read == [first.last_sequence]
    with story.reading() as session:
        second = latest(session)
        assert second is not None
        assert (second.events, second.made_by) == (first.events + 1, "precast-mes")
        assert session.query(Checkpoint).count() == 2 + (first.events - 1) // 3
    clock.advance(days=-400)
    advance(story, clock, made[:2], "accepted")
    assert sign(story, clock, keys).events == second.events + 1, "a clock that was set back keeps nobody from signing"


def test_nothing_is_signed_over_what_was_altered(story: Database, clock: SetClock, keys: LedgerKeys) -> None:
    with story.writing() as session:
        switch_triggers_off(session)
        session.execute(text("UPDATE ledger_event SET kind = 'element.scrapped' WHERE sequence = 2"))
    with pytest.raises(LedgerAltered, match=r"event No. 2 was altered \(a column says something else"):
        sign(story, clock, keys)
    with story.reading() as session:
        assert latest(session) is None


def test_a_machine_without_the_key_of_the_last_checkpoint_makes_none(
    story: Database, clock: SetClock, keys: LedgerKeys, tmp_path: Path
) -> None:
    sign(story, clock, keys)
    with story.reading() as session:
        made = elements_in(session)
    advance(story, clock, made[:2], "finished")
    with pytest.raises(Conflict, match="copy that folder"):
        sign(story, clock, LedgerKeys(tmp_path / "another machine"))


@pytest.fixture
def command(story: Database, settings: Settings) -> Callable[..., str]:
    """`command("ledger", "verify")` as the owner of the machine would."""

    def run(*arguments: str, code: int = 0) -> str:
        environ = {"MES_DATA": str(settings.data), "MES_DATABASE_URL": story.url}
        done = CliRunner().invoke(mes, list(arguments), env=environ)
        assert done.exit_code == code, done.output
        return done.output

    return run


def test_the_command_line_makes_proves_and_checks(
    command: Callable[..., str], story: Database, settings: Settings, tmp_path: Path
) -> None:
    city, proof, later = (str(tmp_path / name) for name in ("city.json", "proof.json", "consistency.json"))
    command("ledger", "checkpoint", "-o", city)
    with story.reading() as session:
        made = elements_in(session)
    advance(story, SystemClock(), made[:2], "finished")
    command("ledger", "prove", str(first_serial(story)), "-o", proof)
    with story.reading() as session:
        newest = latest(session)
    assert newest is not None
    command("ledger", "prove", "--consistency", city, str(newest.events), "-o", later)
    for file in (city, proof, later):
        check(json.loads(Path(file).read_text(encoding="utf-8")))
    assert "2 checkpoints: nothing was altered" in command("ledger", "verify", "--against", city)
    shown = command("ledger", "key")
    assert f"key id (SHA-256 of it)        {newest.key_id}" in shown
    assert f"earlier key                   {newest.key_id}" in command("ledger", "key", "--rotate")
    with story.writing() as session:
        switch_triggers_off(session)
        session.execute(text("DELETE FROM ledger_checkpoint"))
        session.execute(text("DELETE FROM ledger_subject WHERE event_sequence > 3"))
        session.execute(text("DELETE FROM ledger_event WHERE sequence > 3"))
    assert "event 4: from here on events were removed" in command("ledger", "verify", code=1), "the data folder knows"
    shutil.rmtree(LedgerKeys(settings.data).data / "checkpoints")
    assert "is «Finished», of which its story does not tell" in command("ledger", "verify", code=1), "the element does"
    assert "event 4: from here on events were removed" in command("ledger", "verify", "--against", city, code=1)


def test_pages_and_api_give_the_same_files(client_as: Callable[[str], FlaskClient], story: Database) -> None:
    admin, planner = client_as("admin"), client_as("planner")
    made = admin.post("/api/v1/ledger/checkpoints", json={}).get_json()
    assert made["is_new"]
    assert planner.post("/api/v1/ledger/checkpoints", json={}).status_code == 403
    (listed,) = planner.get("/api/v1/ledger/checkpoints").get_json()["items"]
    by_api = planner.get(f"/api/v1/ledger/checkpoints/{made['checkpoint_id']}").get_json()
    by_page = planner.get(f"/ledger/checkpoints/{made['checkpoint_id']}")
    assert by_page.get_json() == by_api
    assert by_page.headers["Content-Disposition"] == f'attachment; filename="checkpoint-{listed["events"]}.json"'
    serial = first_serial(story)
    proof = planner.get(f"/ledger/proof?serial={serial}").get_json()
    assert proof == planner.get(f"/api/v1/ledger/elements/{serial}/proof").get_json()
    check(by_api)
    check(proof)
    assert planner.get("/ledger/proof?serial=x").status_code == 422
    same = f"/api/v1/ledger/consistency?older={listed['events']}&newer={listed['events']}"
    check(planner.get(same).get_json())
    assert planner.get("/ledger/verify.py").text == Path(offline_verifier.__file__).read_text(encoding="utf-8")


def test_the_page_tells_the_outcome_of_a_check(
    client_as: Callable[[str], FlaskClient], story: Database, clock: SetClock, keys: LedgerKeys
) -> None:
    use_keys(keys)

    def checked() -> str:
        client.post("/ledger/verify", data={"command_id": str(uuid4())})
        assert "The ledger is being checked since" in client.get("/ledger/").text
        with story.reading() as session:
            job = latest_verification(session)
        assert job is not None
        run_job(story, clock, job.id)
        return client.get("/ledger/").text

    client = client_as("admin")
    page = client.get("/ledger/").text
    assert "The whole ledger was not checked yet" in page
    assert re.search(r"\D\d+ events; nothing here", page)
    assert "Nothing was altered" in checked()
    with story.writing() as session:
        switch_triggers_off(session)
        session.execute(text("UPDATE ledger_event SET kind = 'element.scrapped' WHERE sequence = 2"))
    clock.advance(minutes=1)
    assert "Event 2: a column says something else than the content" in checked()
