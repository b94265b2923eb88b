"""The way from a gateway to the house over MQTT 5: as by HTTP, through a broker that comes and goes."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from lines import Backoff, Store
from lines.mqtt.endpoint import BrokerAccess, parse_endpoint
from mes.accounts.service import make_token
from mes.cli.people import OWNER
from mes.config import Settings, SettingsError
from mes.core.clock import SetClock
from mes.core.commands import Work
from mes.core.database import Database
from mes.machines.gateway import House, HouseAway, HouseRefused
from mes.machines.gateway.forwarding import Forwarder
from mes.machines.gateway.house import WantedCommand
from mes.machines.gateway.mqtt_link import MqttHouse
from mes.machines.gateway.process import house_link
from mes.machines.gateway.results import Results
from mes.machines.models import GatewaySeen, Machine, MachineMeasurement
from mes.machines.mqtt_house import MqttHouseDesk
from tests.brokers import Certificates, OwnBroker, own_broker, program, wait_for
from tests.conftest import NOW
from tests.mes.machines.edge import SPREADER

ANNOUNCEMENT = {"gateway": "edge 1/北", "devices": [SPREADER], "faults": []}


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[OwnBroker]:
    """A broker of the test's own."""
    with own_broker(tmp_path) as started:
        yield started


@pytest.fixture
def token_file(database: Database, clock: SetClock, tmp_path: Path, plant: None) -> Path:
    """The gateway's token."""
    with database.writing() as session:
        token = make_token(Work(session, OWNER, clock), "gateway", "gateway")
    file = tmp_path / "token"
    file.write_text(token + "\n")
    return file


@contextmanager
def desk(app: Flask, url: str, access: BrokerAccess | None = None) -> Iterator[None]:
    """The house answers at the broker."""
    serving = MqttHouseDesk(app, parse_endpoint(url), access)
    serving.start()
    try:
        yield
    finally:
        serving.stop()


@pytest.fixture
def gateway(app: Flask, broker: OwnBroker, token_file: Path) -> Iterator[MqttHouse]:
    """The gateway's end, with a house that answers."""
    with desk(app, broker.url), closing(MqttHouse(broker.url, "edge 1/北", token_file)) as house:
        wait_for(lambda: is_answered(house))
        yield house


def is_answered(house: MqttHouse) -> bool:
    try:
        house.send(signals())
    except HouseAway:
        return False
    return True


def signals(*readings: dict[str, Any]) -> dict[str, Any]:
    return {"gateway": "edge 1/北", "waiting": 0, "dropped": 0, "readings": list(readings), "devices": []}


def kilograms(number: int) -> dict[str, Any]:
    moment = (NOW - timedelta(hours=1) + timedelta(seconds=number)).isoformat()
    return {
        "id": f"019ac000-0000-7000-8000-{number:012d}",
        "device": "SL/casting",
        "point": "hopper_kg",
        "value": 1000.0 + number,
        "unit": "kg",
        "quality": "good",
        "time": moment,
        "error": None,
    }


def kept(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(MachineMeasurement)) or 0


def test_what_a_gateway_announces_is_known(gateway: MqttHouse, database: Database) -> None:
    gateway.announce(ANNOUNCEMENT)
    with database.reading() as session:
        assert session.get_one(Machine, "SL/casting").gateway == "edge 1/北"
        assert session.get(GatewaySeen, "edge 1/北") is not None


def test_readings_are_taken_once_however_often_they_are_sent(gateway: MqttHouse, database: Database) -> None:
    gateway.announce(ANNOUNCEMENT)
    sent = [kilograms(number) for number in range(300)]
    first = gateway.send(signals(*sent))
    again = gateway.send(signals(*sent))
    assert sorted(first.taken) == sorted(again.taken) == [reading["id"] for reading in sent]
    assert kept(database) == 300


def test_the_house_says_the_same_as_by_http(
    gateway: MqttHouse, app: Flask, token_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = {"Authorization": f"Bearer {token_file.read_text().strip()}", "Accept-Language": "en"}
    wrong = {"gateway": "edge", "readings": [{"id": "x"}]}
    by_http = app.test_client().post("/api/v1/signals", json=wrong, headers=headers)
    with pytest.raises(HouseRefused) as by_mqtt:
        gateway.send(wrong)
    assert str(by_mqtt.value) == f"{by_http.status_code} {by_http.get_json()['detail']}"


def test_a_wrong_token_is_refused_and_nothing_is_taken(
    gateway: MqttHouse, token_file: Path, database: Database
) -> None:
    token_file.write_text("wrong")
    with pytest.raises(HouseAway, match="401"):
        gateway.announce(ANNOUNCEMENT)
    with database.reading() as session:
        assert session.get(Machine, "SL/casting") is None


def test_the_result_of_an_unknown_command_is_refused(gateway: MqttHouse) -> None:
    with pytest.raises(HouseRefused, match="404"):
        gateway.report_result("019ac000-0000-7000-8000-000000000001", "done")
    with pytest.raises(HouseRefused, match="422"):
        gateway.report_result("../people", "done")


def test_a_gateway_knows_at_once_when_nobody_answers_for_the_house(broker: OwnBroker, token_file: Path) -> None:
    with closing(MqttHouse(broker.url, "edge-1", token_file)) as house:
        began = time.monotonic()
        with pytest.raises(HouseAway, match="mes mqtt-house"):
            house.send(signals())
        assert time.monotonic() - began < 2


def test_a_house_that_hangs_is_away_after_a_bounded_time(
    broker: OwnBroker, token_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mes.machines.gateway.mqtt_link.ANSWER_SECONDS", 1.0)
    listening = [program("mosquitto_sub"), "-p", str(broker.port), "-t", "precast-mes/#"]
    with subprocess.Popen(listening, stdout=subprocess.DEVNULL) as deaf:
        try:
            with closing(MqttHouse(broker.url, "edge-1", token_file)) as house:
                wait_for(lambda: "does not answer" in failure(lambda: house.send(signals())))
        finally:
            deaf.terminate()


def failure(action: Callable[[], object]) -> str:
    with pytest.raises(HouseAway) as caught:
        action()
    return str(caught.value)


@pytest.mark.parametrize("url", ["mqtt://127.0.0.1:1", "mqtts://127.0.0.1:1"])
def test_without_a_broker_the_house_is_away(url: str, token_file: Path) -> None:
    with closing(MqttHouse(url, "edge-1", token_file)) as house:
        assert "no connection to 127.0.0.1:1" in failure(lambda: house.send(signals()))


def test_every_reading_arrives_once_through_a_broker_that_restarts_and_a_house_that_goes_away(
    app: Flask, broker: OwnBroker, token_file: Path, database: Database, tmp_path: Path
) -> None:
    """Readings come all the time; twice the broker is killed, then the house leaves for a while."""
    desks = [MqttHouseDesk(app, parse_endpoint(broker.url)) for _ in range(2)]

    async def live(forwarder: Forwarder, store: Store) -> None:
        forwarding = asyncio.create_task(forwarder.run())
        number = 0
        for event in (broker.stop, broker.start, broker.stop, broker.start, desks[0].stop, desks[1].start):
            for _ in range(10):
                store.append_many([{k: v for k, v in kilograms(number + i).items() if k != "id"} for i in range(10)])
                number += 10
                await asyncio.sleep(0.05)
            await asyncio.to_thread(event)
        async with asyncio.timeout(60):
            while len(store):
                await asyncio.sleep(0.05)
        forwarding.cancel()
        await asyncio.gather(forwarding, return_exceptions=True)

    desks[0].start()
    with (
        closing(MqttHouse(broker.url, "edge 1/北", token_file)) as house,
        closing(Store(tmp_path / "readings.sqlite")) as store,
        closing(Store(tmp_path / "refused.sqlite")) as refused,
    ):
        wait_for(lambda: is_answered(house))
        commands: list[WantedCommand] = []
        forwarder = Forwarder(
            "edge 1/北",
            house,
            store,
            refused,
            Results(refused, house),
            commands.extend,
            announcement=lambda: ANNOUNCEMENT,
            backoff=Backoff(0.1, 0.5),
        )
        asyncio.run(live(forwarder, store))
    desks[1].stop()
    assert kept(database) == 600


def request(broker: OwnBroker, token: str, topic: str, answer_topic: str, body: object) -> str:
    """A request by mosquitto_rr (libmosquitto), and its answer."""
    done = subprocess.run(
        [
            *(program("mosquitto_rr"), "-V", "5", "-p", str(broker.port), "-t", topic, "-e", answer_topic, "-W", "2"),
            *("-D", "publish", "user-property", "token", token, "-D", "publish", "correlation-data", "abc"),
            *("-m", json.dumps(body), "-q", "1", "-F", "%D %P %p"),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=10,
    )
    return done.stdout


def test_an_independent_client_is_answered_where_a_gateway_may_ask_for_it(
    gateway: MqttHouse, broker: OwnBroker, token_file: Path
) -> None:
    token = token_file.read_text().strip()
    answer = request(broker, token, "precast-mes/edge-2/signals", "precast-mes/edge-2/answer", signals())
    assert answer.startswith("abc status:200 ")
    assert json.loads(answer.partition("200 ")[2])["taken"] == []
    assert request(broker, token, "precast-mes/edge-2/signals", "elsewhere/answer", signals()) == ""


def test_the_way_follows_the_settings(tmp_path: Path) -> None:
    def way(**values: str) -> object:
        link = house_link(Settings(data=tmp_path, **values))  # type: ignore[arg-type]
        link.close()
        return type(link)

    assert way(server_url="mqtts://broker.example/", broker_user="edge") is MqttHouse
    assert way(server_url="http://127.0.0.1:8000") is House
    with pytest.raises(SettingsError, match="mqtt://"):
        way(server_url="mqtt://")
    with pytest.raises(SettingsError, match="password_file needs a user"):
        way(server_url="mqtt://broker.example", broker_password_file="secret")


def test_only_mqtt_5_can_carry_it(token_file: Path) -> None:
    with pytest.raises(ValueError, match="MQTT 5"):
        MqttHouse("mqtt://127.0.0.1", "edge-1", token_file, BrokerAccess(is_version_5=False))


def test_a_broker_set_up_as_the_guide_says_lets_each_gateway_see_its_own_topics_only(
    app: Flask, token_file: Path, tmp_path: Path
) -> None:
    guide = (Path(__file__).parents[3] / "docs" / "operations.md").read_text(encoding="utf-8")
    found = re.search(r"^user house\n.*?(?=^```)", guide, re.MULTILINE | re.DOTALL)
    assert found is not None
    (tmp_path / "acl").write_text(found[0])
    (tmp_path / "passwords").write_text("")
    for name in ("house", "edge-1"):
        (tmp_path / name).write_text(f"secret of {name}")
        passwords = [program("mosquitto_passwd"), "-b", str(tmp_path / "passwords"), name, f"secret of {name}"]
        subprocess.run(passwords, check=True)
    certificates = Certificates(tmp_path)
    certificate, key = certificates.issue("broker")
    settings = (
        *("allow_anonymous false", f"acl_file {tmp_path / 'acl'}", f"password_file {tmp_path / 'passwords'}"),
        *(f"certfile {certificate}", f"keyfile {key}"),
    )

    def access(name: str) -> BrokerAccess:
        return BrokerAccess(user=name, password_file=str(tmp_path / name), ca_file=str(certificates.ca_file))

    with own_broker(tmp_path, *settings) as broker:
        url = f"mqtts://127.0.0.1:{broker.port}"
        with (
            desk(app, url, access("house")),
            closing(MqttHouse(url, "edge-1", token_file, access("edge-1"))) as own,
            closing(MqttHouse(url, "edge-2", token_file, access("edge-1"))) as foreign,
        ):
            wait_for(lambda: is_answered(own))
            with pytest.raises(HouseAway):
                foreign.send(signals())


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="SIGTERM is POSIX")
def test_the_command_answers_until_it_is_told_to_end(
    broker: OwnBroker, database: Database, token_file: Path, tmp_path: Path
) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MES_")}
    environment |= {"MES_DATA": str(tmp_path / "data"), "MES_DATABASE_URL": str(database.engine.url)}
    command = [sys.executable, "-m", "mes.cli", "mqtt-house", "--server", broker.url]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        with closing(MqttHouse(broker.url, "edge 1/北", token_file)) as house:
            wait_for(lambda: process.poll() is not None or is_answered(house), 60)
            house.announce(ANNOUNCEMENT)
        process.terminate()
        assert process.wait(20) == 0, (tmp_path / "log").read_text()
    finally:
        process.kill()
        process.wait()
    with database.reading() as session:
        assert session.get(GatewaySeen, "edge 1/北") is not None
