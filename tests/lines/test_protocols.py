"""Which protocols there are: each brings what it promises, and none is loaded by who has no such machine."""

from __future__ import annotations

import subprocess
import sys

import pytest

from lines.protocols import PROTOCOLS, ProtocolNotSupportedError, protocol_support


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_each_protocol_brings_its_checks_and_an_adapter(protocol: str) -> None:
    support = protocol_support(protocol)
    assert callable(support.open)
    with pytest.raises(ValueError, match=r"host:65536x"):
        support.check_endpoint("host:65536x")


def test_an_unknown_protocol_is_named_with_those_there_are() -> None:
    with pytest.raises(ProtocolNotSupportedError, match=r"'profinet' is unknown .*modbus-tcp, modbus-rtu, opcua"):
        protocol_support("profinet")


def test_the_clients_of_protocols_are_loaded_by_who_has_such_machines() -> None:
    program = "import sys, lines, mes.app; print(*{'asyncua', 'paho'} & sys.modules.keys())"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout.split() == []
