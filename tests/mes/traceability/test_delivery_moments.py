"""What happens beside a delivery at its most awkward moment: other workers, people, clocks, answers that mislead."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import select, update

from mes.core.clock import SetClock
from mes.core.commands import perform
from mes.core.database import Database
from mes.traceability.delivery import Deliverer
from mes.traceability.models import Connector, Receipt
from mes.traceability.platforms import (
    KINDS,
    Accepted,
    CaptureLimits,
    DataRefused,
    Delivered,
    Disabled,
    PauseConfiguration,
    PauseCredentials,
    Retry,
    TooLarge,
)
from mes.traceability.service import (
    AddConnector,
    ChangeConnector,
    ConnectorCommand,
    SkipReceipt,
    add_connector,
    change_connector,
    resume_connector,
    skip_receipt,
)
from tests.conftest import actor
from tests.mes.traceability import scripted_platform
from tests.mes.traceability.city import StartCity
from tests.mes.traceability.delivery import connector_row, deliver_all, states_of
from tests.mes.traceability.plant_life import live
from tests.mes.traceability.scripted_platform import Scripted, stage, taken_in
from tests.mes.traceability.test_deliverer import ordered

ONE = [["e1"]]


@pytest.fixture(autouse=True)
def scripted_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    """The scripted platform is a kind as any other."""
    monkeypatch.setitem(cast(dict[str, str], KINDS), "scripted", scripted_platform.__name__)


# Workers.


def test_who_takes_the_connector_over_knows_nothing_of_before(any_database: Database, clock: SetClock) -> None:
    platform = Scripted(on_send=lambda numbers: taken_in(), on_poll=lambda url: taken_in())
    world = stage(any_database, clock, platform, ONE)
    asleep, other = world.deliverer("asleep"), world.deliverer("other")
    world.run(asleep, 3)  # it has a document on its way
    clock.advance(seconds=200)
    platform.on_poll = lambda url: DataRefused("none of it", nothing_stored=True)
    other.deliver_once()
    assert world.states() == {1: "refused"}
    with any_database.writing() as session:
        session.execute(update(Receipt).values(state="sending"))  # and it dies in the middle of another request
    clock.advance(seconds=200)
    platform.on_send = platform.on_poll = lambda _: Delivered()  # type: ignore[assignment]
    platform.asked.clear()
    world.run(asleep, 5)
    assert platform.sends() == [[1]]
    assert "poll" not in dict(platform.asked)
    assert world.states() == {1: "delivered"}


@pytest.mark.parametrize("days", [-1, -400])
def test_a_clock_that_was_wrong_holds_nothing_up(database: Database, clock: SetClock, days: int) -> None:
    platform = Scripted(on_send=lambda numbers: Retry("503", 60))
    world = stage(database, clock, platform, ONE)
    other = world.deliverer("other")
    world.run(other, 4)
    platform.on_send = lambda numbers: Delivered()
    clock.advance(days=days)  # somebody puts it right
    world.run(rounds=3)
    assert world.states() == {1: "delivered"}


# People.


def test_a_skip_in_the_middle_of_rendering_stands(database: Database, clock: SetClock) -> None:
    platform = Scripted()
    world = stage(database, clock, platform, ONE)
    with database.writing() as session:
        session.execute(update(Connector).values(state="paused"))
    world.run(rounds=2)
    with database.writing() as session:
        session.execute(update(Receipt).values(body=None))  # as an earlier release left it
        session.execute(update(Connector).values(state="running"))
        receipt_id = session.scalars(select(Receipt.id)).one()

    def skip(content: Any) -> None:
        command = SkipReceipt(receipt_id=receipt_id, reason="told by letter")
        perform(database, actor("admin"), clock, skip_receipt, command)
        platform.on_render = lambda content: None

    platform.on_render = skip
    world.run(rounds=5)
    assert platform.sends() == []
    assert world.states() == {}
    assert "skipped" in states_of(database)


def test_a_key_that_was_put_right_is_read_when_the_connector_is_resumed(
    database: Database, clock: SetClock, start_city: StartCity, tmp_path: Path
) -> None:
    live(database, clock, [ordered(database, clock, 1)[0][0]], until="set_up")
    key = tmp_path / "city-key"
    key.write_text("wrong-key\n")
    settings = {"credentials": {"kind": "bearer", "secret": {"file": str(key)}}}
    command = AddConnector(name="city", url=start_city(api_keys=("right-key",)).url, settings=settings)
    admin = actor("admin")
    connector_id = perform(database, admin, clock, add_connector, command).id
    assert connector_id is not None
    worker = Deliverer(database, clock, connector_id)
    deliver_all(database, clock, connector_id, worker)
    assert connector_row(database).paused_for == "credentials"
    key.write_text("right-key\n")
    perform(database, admin, clock, resume_connector, ConnectorCommand(connector_id=connector_id))
    deliver_all(database, clock, connector_id, worker)
    assert states_of(database) == {"delivered", "not_sent"}


@pytest.mark.parametrize("restarts", [False, True])
@pytest.mark.parametrize("when", ["before the answer", "after the answer"])
def test_a_job_is_never_asked_for_at_another_address(
    database: Database, clock: SetClock, when: str, restarts: bool
) -> None:
    platform = Scripted(on_poll=lambda url: taken_in())
    world = stage(database, clock, platform, ONE)

    def moved() -> None:
        command = ChangeConnector(connector_id=world.connector_id, url="scripted://other")
        perform(database, actor("admin"), clock, change_connector, command)

    def answer(numbers: list[int]) -> Accepted | Delivered:
        platform.on_send = lambda numbers: Delivered()
        if when == "before the answer":
            moved()
        return taken_in()

    platform.on_send = answer
    worker = world.deliverer()
    while not platform.sends():
        worker.deliver_once()
    if when == "after the answer":
        moved()
    platform.asked.clear()
    world.run(world.deliverer() if restarts else worker, 10)
    assert [purpose for purpose, _ in platform.asked] == ["discover", "send"]
    assert platform.opened[-1] == "scripted://other"
    assert world.receipts()[1].attempts == 1
    assert world.states() == {1: "delivered"}


@pytest.mark.parametrize("answer", [PauseCredentials("401"), PauseConfiguration("404"), Disabled("410")])
def test_an_answer_of_before_a_person_put_things_right_pauses_nothing(
    database: Database, clock: SetClock, answer: Any
) -> None:
    platform = Scripted()
    world = stage(database, clock, platform, ONE)

    def put_right(numbers: list[int]) -> Any:
        platform.on_send = lambda numbers: Delivered()
        command = ChangeConnector(connector_id=world.connector_id, settings={"as": "new"})
        perform(database, actor("admin"), clock, change_connector, command)
        return answer

    platform.on_send = put_right
    world.run(rounds=6)
    assert world.connector().state == "running"
    assert world.states() == {1: "delivered"}


# Answers that mislead.


@pytest.mark.parametrize("status", [404, 410])
def test_an_event_whose_job_is_gone_is_looked_for(database: Database, clock: SetClock, status: int) -> None:
    gone = PauseConfiguration("404") if status == 404 else Disabled("410")
    platform = Scripted(on_send=lambda numbers: taken_in(), on_poll=lambda url: gone, poll_status=status)
    platform.on_find = lambda event_id: True
    world = stage(database, clock, platform, [["e1"], ["e2"], ["e3"]])
    world.run(rounds=20)
    assert platform.sends() == [[1, 2, 3]]
    assert set(world.states().values()) == {"delivered"}
    assert world.connector().state == "running"


@pytest.mark.parametrize("found", [False, None])
def test_a_platform_that_forgets_its_jobs_is_not_hammered(
    database: Database, clock: SetClock, found: bool | None
) -> None:
    platform = Scripted(
        on_send=lambda numbers: taken_in(), on_poll=lambda url: PauseConfiguration("404"), poll_status=404
    )
    platform.on_find = lambda event_id: found
    world = stage(database, clock, platform, ONE)
    until = clock.now() + timedelta(hours=1)
    worker = world.deliverer()
    while clock.now() < until and len(platform.asked) < 400:
        world.wait(worker.deliver_once())
    assert 3 <= len(platform.sends()) <= 30
    assert world.receipts()[1].attempts == len(platform.sends())


def test_a_job_that_never_ends_or_cannot_be_read_ends_with_a_person(database: Database, clock: SetClock) -> None:
    platform = Scripted(on_send=lambda numbers: taken_in(), on_poll=lambda url: Retry("it cannot be read"))
    world = stage(database, clock, platform, ONE)
    worker = world.deliverer()
    for _ in range(90):
        worker.deliver_once()
        clock.advance(hours=25)
    row = world.receipts()[1]
    assert (row.state, row.refused_for) == ("refused", "expired")
    assert row.attempts >= 20


@pytest.mark.parametrize("words", ["a\x00b", "a\ud800b"])
def test_words_that_no_database_takes_are_kept_all_the_same(
    any_database: Database, clock: SetClock, words: str
) -> None:
    platform = Scripted(on_send=lambda numbers: DataRefused(words) if numbers == [1] else PauseCredentials(words))
    world = stage(any_database, clock, platform, [["e1"], ["e2"]])
    platform.together = 1
    world.run(rounds=8)
    row = world.connector()
    assert (world.states()[1], row.state) == ("refused", "paused")
    assert (world.receipts()[1].answer, row.paused_reason) == ("a\ufffdb", "a\ufffdb")


def test_settings_that_cannot_be_read_any_more_pause_the_connector(database: Database, clock: SetClock) -> None:
    world = stage(database, clock, Scripted(), ONE)
    with database.writing() as session:
        session.execute(update(Connector).values(kind="epcis", settings={"of_an_earlier_release": 1}))
    outcome = Deliverer(database, clock, world.connector_id).deliver_once()
    assert outcome.state == "paused"
    row = world.connector()
    assert (row.state, row.paused_for) == ("paused", "configuration")
    assert "of_an_earlier_release" in (row.paused_reason or "")
    assert Deliverer(database, clock, world.connector_id).deliver_once().state == "paused"


def test_a_secret_that_is_no_text_pauses_the_connector(database: Database, clock: SetClock, tmp_path: Path) -> None:
    world = stage(database, clock, Scripted(), ONE)
    (tmp_path / "key").write_bytes(b"\xff\xfe\xff")
    credentials = {"kind": "bearer", "secret": {"file": str(tmp_path / "key")}}
    with database.writing() as session:
        values = {"kind": "epcis", "url": "http://127.0.0.1:9", "settings": {"credentials": credentials}}
        session.execute(update(Connector).values(**values))
    assert Deliverer(database, clock, world.connector_id).deliver_once().state == "paused"
    assert world.connector().paused_for == "secret"


# Limits.


def test_limits_that_a_platform_names_one_by_one_are_all_remembered(database: Database, clock: SetClock) -> None:
    def answer(numbers: list[int]) -> Any:
        if len(numbers) > 5:
            return TooLarge("413", CaptureLimits(events=6))
        return TooLarge("413", CaptureLimits(file_size_bytes=2060)) if len(numbers) > 2 else Delivered()

    platform = Scripted(on_send=answer)
    world = stage(database, clock, platform, [[f"e{number}"] for number in range(12)])
    world.run(rounds=60)
    assert set(world.states().values()) == {"delivered"}
    assert len(platform.sends()) <= 12


def test_a_halved_document_stays_halved_for_the_next_worker(database: Database, clock: SetClock) -> None:
    """GS1's openapi.json, 413 without limits: half as many from now on, whoever delivers."""
    platform = Scripted(on_send=lambda numbers: TooLarge("413", CaptureLimits()) if len(numbers) > 3 else Delivered())
    world = stage(database, clock, platform, [[f"e{number}"] for number in range(10)])
    world.run(rounds=1)
    world.run(rounds=1)  # by another worker
    assert world.connector().most_events == 2
    world.run(rounds=20)
    assert [len(numbers) for numbers in platform.sends()] == [10, 5, 5, 2, 2, 2, 2, 2]
    assert {row.attempts for row in world.receipts().values()} == {1}


def test_one_event_that_is_too_large_waits_for_a_person_and_stops_nobody(database: Database, clock: SetClock) -> None:
    platform = Scripted(on_send=lambda numbers: TooLarge("413", CaptureLimits(1, 10)) if 1 in numbers else Delivered())
    world = stage(database, clock, platform, [["e1"], ["e2"], ["e1"]])
    world.run(rounds=20)
    assert world.states() == {1: "refused", 2: "delivered", 3: "waiting"}
    assert world.receipts()[1].refused_for == "too_large"


# Time.


def test_what_was_tried_for_ten_days_waits_for_a_person(database: Database, clock: SetClock) -> None:
    """Backoff over a long holiday: an event is given up after ten days and twenty attempts, and nothing is lost."""
    platform = Scripted(on_send=lambda numbers: Retry("503") if numbers == [1] else Delivered())
    world = stage(database, clock, platform, [["e1"], ["e1"], ["e2"]])
    platform.together, began, worker = 1, clock.now(), world.deliverer()
    while world.states().get(1) != "refused":
        worker.deliver_once()
        clock.advance(hours=10)
    row = world.receipts()[1]
    assert row.refused_for == "expired"
    assert (row.answer or "").startswith("given up after 10 days: 503")
    assert timedelta(days=10) <= clock.now() - began < timedelta(days=11)
    assert row.attempts >= 20
    assert world.states() == {1: "refused", 2: "waiting", 3: "delivered"}
    assert world.connector().state == "running"


def test_the_clocks_are_named_where_a_signature_is_refused(database: Database, clock: SetClock) -> None:
    platform = Scripted(on_send=lambda numbers: PauseCredentials("401: signature"), skew_seconds=-1200)
    world = stage(database, clock, platform, ONE)
    world.run(rounds=3)
    row = world.connector()
    assert row.paused_reason == "401: signature (its clock and ours differ by 20 minutes)"
    assert row.clock_skew_seconds == -1200
    assert world.receipts()[1].attempts == 0
