"""Node ids, endpoints and access entries as people write them."""

from pathlib import Path
from uuid import UUID

import pytest
from asyncua import ua

from lines import Device, ProfileError, open_adapter, packaged_profile, parse_line, parse_profile
from lines.opcua.access import Access, Security, parse_access
from lines.opcua.addresses import UnknownNamespaceError, endpoint_url, parse_endpoint, parse_node
from lines.plant import LineError


@pytest.mark.parametrize(
    ("text", "identifier", "index"),
    [
        ("ns=2;s=Spreader.State", "Spreader.State", 2),
        ("s=State", "State", 0),
        ('ns=3;s="Robot"."State"', '"Robot"."State"', 3),
        ("ns=2;s=a;b=c", "a;b=c", 2),
        ("ns=4;i=1001", 1001, 4),
        ("i=2258", 2258, 0),
        ("ns=1;g=09087e75-8e5e-499b-954f-f2a9603db28a", UUID("09087e75-8e5e-499b-954f-f2a9603db28a"), 1),
        ("ns=1;b=M/RbKBsRVkePCePcx24oRA==", bytes.fromhex("33f45b281b1156478f09e3dcc76e2844"), 1),
    ],
)
def test_a_node_id_is_read_as_the_standard_writes_it(text: str, identifier: object, index: int) -> None:
    node_id = parse_node(text).node_id(["http://opcfoundation.org/UA/"])
    assert (node_id.Identifier, node_id.NamespaceIndex) == (identifier, index)
    assert node_id == ua.NodeId.from_string(text)


def test_a_namespace_by_its_uri_has_the_index_that_the_server_gives_it() -> None:
    node = parse_node("nsu=urn:acme;s=State")
    assert node.node_id(["ua", "urn:server", "urn:acme"]) == ua.NodeId("State", 2)
    assert node.node_id(["ua", "urn:acme"]) == ua.NodeId("State", 1)
    with pytest.raises(UnknownNamespaceError, match="no namespace urn:acme"):
        node.node_id(["ua"])


@pytest.mark.parametrize(
    "text",
    [
        *("", "State", "ns=2", "ns=x;s=State", "ns=70000;i=1", "ns=2;s=", "ns=2;i=-1", "ns=2;i=4294967296"),
        *("nsu=;s=a", "ns=2;g=12", "ns=2;b=*", "ns=2;x=1", "holding:12"),
    ],
)
def test_what_is_no_node_id_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no OPC UA node id"):
        parse_node(text)


def test_an_endpoint_is_host_port_and_path() -> None:
    assert parse_endpoint("opc.tcp://10.0.0.7:4841/robot") == ("10.0.0.7", 4841, "/robot")
    assert endpoint_url("opc.tcp://robot") == "opc.tcp://robot:4840"
    assert endpoint_url("opc.tcp://[fe80::1]/x") == "opc.tcp://[fe80::1]:4840/x"


@pytest.mark.parametrize(
    "address",
    ["10.0.0.7:4840", "http://10.0.0.7", "opc.tcp://", "opc.tcp://h:x", "opc.tcp://h:70000", "opc.tcp://a:b@h"],
)
def test_what_is_no_endpoint_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="is no OPC UA address"):
        parse_endpoint(address)


def test_access_names_files_and_holds_no_secret() -> None:
    access = parse_access(
        {
            "security": "sign-and-encrypt",
            "certificate_file": "/c",
            "key_file": "/k",
            "user": "mes",
            "password_file": "/p",
        }
    )
    assert access == Access(Security.SIGN_AND_ENCRYPT, "mes", Path("/p"), Path("/c"), Path("/k"))


@pytest.mark.parametrize(
    ("entries", "fault"),
    [
        ({"password": "x"}, "unknown access entry 'password'"),
        ({"security": "tls"}, "security is none, sign, sign-and-encrypt, not 'tls'"),
        ({"user": "mes"}, "user and password_file belong together"),
        ({"password_file": "p"}, "user and password_file belong together"),
        ({"security": "sign", "certificate_file": "c"}, "needs key_file"),
        ({"security": "sign"}, "needs certificate_file and key_file"),
        ({"server_certificate_file": "s"}, "server_certificate_file needs security"),
    ],
)
def test_access_that_cannot_work_is_refused(entries: dict[str, str], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        parse_access(entries)


def test_a_line_names_the_fault_of_an_address_and_of_access_with_its_line() -> None:
    text = """line: SL
pallets: [1]
stations:
  - {id: robot, profile: shuttering-robot-opcua, minutes: 5, address: "10.0.0.7:4840"}
  - {id: other, profile: shuttering-robot-opcua, minutes: 5, address: "opc.tcp://h", access: {user: mes}}
"""
    with pytest.raises(LineError) as caught:
        parse_line(text, "SL.yaml")
    assert "SL.yaml:4: '10.0.0.7:4840' is no OPC UA address" in str(caught.value)
    assert "SL.yaml:5: user and password_file belong together" in str(caught.value)


@pytest.mark.parametrize(
    ("point", "fault"),
    [
        ('{name: a, address: "holding:1", type: u16}', "is no OPC UA node id"),
        ('{name: a, address: "ns=2;s=a", type: "bit:3"}', "bit:3 is a matter of registers"),
    ],
)
def test_a_profile_names_a_point_that_no_node_can_be(point: str, fault: str) -> None:
    with pytest.raises(ProfileError, match=fault):
        parse_profile(f"profile: a\nprotocol: opcua\npoints:\n  - {point}\n")


def test_a_profile_has_no_illegal_nodes() -> None:
    with pytest.raises(ProfileError, match="none is illegal"):
        parse_profile(
            'profile: a\nprotocol: opcua\nillegal: ["ns=2;s=b"]\npoints: [{name: a, address: "i=1", type: u16}]'
        )


def test_an_adapter_is_not_made_for_an_address_that_is_none() -> None:
    with pytest.raises(ValueError, match="is no OPC UA address"):
        open_adapter(Device("a", packaged_profile("shuttering-robot-opcua"), "10.0.0.7"))
