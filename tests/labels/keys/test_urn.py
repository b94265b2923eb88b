"""EPC URIs of instances and classes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labels import epc_uri, parse_epc_uri
from labels.errors import LabelError
from tests.labels.strategies import keys, text


@pytest.mark.parametrize(
    ("key", "gcp_length", "uri"),
    [
        ({"01": "80614141123458", "21": "32a/b"}, 7, "urn:epc:id:sgtin:0614141.812345.32a%2Fb"),
        ({"00": "106141412345678908"}, 7, "urn:epc:id:sscc:0614141.1234567890"),
        ({"414": "0614141123452"}, 7, "urn:epc:id:sgln:0614141.12345.0"),
        ({"414": "0614141123452", "254": "5678"}, 7, "urn:epc:id:sgln:0614141.12345.5678"),
        ({"417": "0614141123452"}, 7, "urn:epc:id:pgln:0614141.12345"),
        ({"8003": "006141411234525678"}, 7, "urn:epc:id:grai:0614141.12345.5678"),
        ({"8004": "0614141a.b"}, 7, "urn:epc:id:giai:0614141.a.b"),
        ({"01": "80614141123458", "10": "998877"}, 7, "urn:epc:class:lgtin:0614141.812345.998877"),
        ({"01": "80614141123458"}, 7, "urn:epc:idpat:sgtin:0614141.812345.*"),
        ({"414": "9520123456788"}, 12, "urn:epc:id:sgln:952012345678..0"),
    ],
)
def test_a_key_and_its_uri_translate_into_each_other(key: dict[str, str], gcp_length: int, uri: str) -> None:
    assert epc_uri(key, gcp_length) == uri
    assert parse_epc_uri(uri) == key


@pytest.mark.parametrize(
    "uri",
    [
        "urn:epc:id:lgtin:0614141.812345.998877",
        "urn:epc:class:sgtin:0614141.812345.1",
        "urn:epc:id:gdti:0614141.12345.1",
        "urn:epc:id:sgtin:0614141.812345.a/b",
        "urn:epc:id:sgtin:0614141.812345.",
        "urn:epc:id:sgtin:0614141.812345",
        "urn:epc:id:sscc:0614141.123456789",
        "urn:epc:id:sgtin:06141.81234567.1",
        "urn:epc:idpat:sgtin:0614141.*.*",
        "urn:epc:idpat:sscc:0614141.*",
        "urn:isbn:1",
    ],
)
def test_a_malformed_uri_is_refused(uri: str) -> None:
    with pytest.raises(LabelError):
        parse_epc_uri(uri)


def test_a_class_without_lot_has_no_instance_uri() -> None:
    with pytest.raises(LabelError):
        epc_uri({"01": "80614141123457"}, 7)


@settings(deadline=None)
@given(
    data=st.data(),
    kind=st.sampled_from(["sgtin", "lgtin", "sscc", "sgln", "pgln", "grai", "giai"]),
    gcp_length=st.integers(6, 12),
)
def test_any_key_comes_back_from_its_uri(data: st.DataObject, kind: str, gcp_length: int) -> None:
    key = data.draw(keys(kind, text(16), gcp_length))
    assert parse_epc_uri(epc_uri(key, gcp_length)) == key
