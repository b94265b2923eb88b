"""Addresses of brokers, and how they let one in."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lines.mqtt.endpoint import AccessFileError, BrokerAccess, BrokerEndpoint, parse_access, parse_endpoint
from lines.opcua.addresses import parse_endpoint as parse_opcua


@pytest.mark.parametrize(
    ("address", "endpoint"),
    [
        ("mqtt://10.0.0.7", BrokerEndpoint("10.0.0.7", 1883, False)),
        ("mqtt://broker:1884/precast/SL/", BrokerEndpoint("broker", 1884, False, "precast/SL")),
        ("mqtts://broker/%E7%BA%BF", BrokerEndpoint("broker", 8883, True, "线")),
        ("mqtt://[::1]:1883/a", BrokerEndpoint("::1", 1883, False, "a")),
    ],
)
def test_an_address_names_broker_and_prefix(address: str, endpoint: BrokerEndpoint) -> None:
    assert parse_endpoint(address) == endpoint


@pytest.mark.parametrize(
    "address",
    [
        "",
        "10.0.0.7:1883",
        "http://a",
        "mqtt://",
        "mqtt://a:x",
        "mqtt://a/b#c",
        "mqtt://a/b+c",
        "mqtt://u:p@a",
        "mqtt://a?b",
    ],
)
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(ValueError):
        parse_endpoint(address)


@pytest.mark.parametrize(
    "address",
    ["mqtt://mes:secret@h?x", "mqtt://mes:se#secret@h", "mqtt://mes:secret/a@h", "http://mes:secret@h", "mes:secret@h"],
)
@pytest.mark.parametrize("parse", [parse_endpoint, parse_opcua])
def test_a_password_in_an_address_is_not_repeated(parse: Callable[[str], object], address: str) -> None:
    with pytest.raises(ValueError) as error:
        parse(address.replace("mqtt:", "opc.tcp:") if parse is parse_opcua else address)
    assert "secret" not in str(error.value)
    assert error.value.__cause__ is None


@pytest.mark.parametrize(
    ("access", "fault"),
    [
        ({"pasword_file": "x"}, "no entry 'pasword_file'"),
        ({"version": "4"}, "version is 5 or 3.1.1"),
        ({"password_file": "x"}, "needs a user"),
        ({"certificate_file": "x"}, "belong together"),
    ],
)
def test_access_that_does_not_fit_is_refused(access: dict[str, str], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        parse_access(access)


def test_a_password_is_read_from_its_file_each_time(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    access = parse_access({"user": "mes", "password_file": str(file)})
    file.write_text("first\n")
    assert access.password() == "first"
    file.write_text("second\n")
    assert access.password() == "second"


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    gone = str(tmp_path / "gone")
    with pytest.raises(AccessFileError, match="gone"):
        BrokerAccess(user="mes", password_file=gone).password()
    with pytest.raises(AccessFileError, match="gone"):
        BrokerAccess(ca_file=gone).tls()
