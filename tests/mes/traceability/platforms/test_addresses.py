"""Which addresses may be called, and that it is looked at where the connection really leads."""

from __future__ import annotations

import socket

import pytest

from mes.core.errors import InvalidInput
from mes.traceability.platforms.addresses import AddressRefused, check_address, read_rules
from mes.traceability.platforms.masking import Masker
from mes.traceability.platforms.sessions import GuardedSession
from tests.mes.traceability.platforms.wire import Wire

ALWAYS = ("169.254.169.254", "[fe80::1]", "metadata.google.internal", "[::]", "100.100.100.200", "[fd00:ec2::254]")
CARRIED = ("[::ffff:169.254.169.254]", "[64:ff9b::a9fe:a9fe]", "2852039166", "0xa9fea9fe")
INSIDE = ("127.0.0.1", "localhost", "[::1]", "10.1.2.3", "192.168.0.9", "127.1", "0x7f000001", "[::ffff:127.0.0.1]")


@pytest.mark.parametrize("host", [*ALWAYS, *CARRIED])
@pytest.mark.parametrize("hosts", ["", "0.0.0.0/0, ::/0, metadata.google.internal"])
def test_some_addresses_are_never_called(host: str, hosts: str) -> None:
    with pytest.raises(InvalidInput):
        check_address(f"http://{host}/x", read_rules(hosts))


@pytest.mark.parametrize("host", INSIDE)
def test_what_is_inside_is_called_only_where_the_list_has_it(host: str) -> None:
    with pytest.raises(InvalidInput):
        check_address(f"https://{host}/", read_rules(""))
    with pytest.raises(InvalidInput):
        check_address(f"https://{host}/", read_rules("*.gov.cn, 8.8.8.8"))
    assert check_address(f"https://{host}/", read_rules("localhost, 127.0.0.0/8, ::1, 10.0.0.0/8, 192.168.0.9"))


def test_with_a_list_nothing_else_is_called() -> None:
    rules = read_rules("city.example.com, *.gov.cn")
    assert check_address("https://City.example.com./api", rules)
    assert check_address("https://zjj.xm.gov.cn/api", rules)
    for other in ("https://example.com", "https://xgov.cn", "https://8.8.8.8"):
        with pytest.raises(InvalidInput):
            check_address(other, rules)


@pytest.mark.parametrize(
    "url",
    ["ftp://example.com", "example.com", "http://", "http://a:b@example.com", "https://example.com/?x=1", "http://[x"],
)
def test_what_is_no_plain_address_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput):
        check_address(url, read_rules(""))


def test_a_name_that_leads_inside_is_found_out_when_it_is_called(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.getaddrinfo

    def resolved(host: str, *more: object, **named: object) -> object:
        return real("127.0.0.1" if host == "city.gov.cn" else host, *more, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    url = wire.url.replace("127.0.0.1", "city.gov.cn")
    assert check_address(url, read_rules("*.gov.cn"))
    for hosts in ("", "*.gov.cn"):
        with pytest.raises(AddressRefused), GuardedSession(read_rules(hosts)) as session:
            session.get(url, timeout=5)
    assert wire.seen == []
    with GuardedSession(read_rules("city.gov.cn")) as session:
        assert session.get(url, timeout=5).status_code == 200


def test_masks_cover_every_way_that_a_secret_is_written() -> None:
    masker = Masker(['p"ss wörd/', "x"])
    told = 'p"ss wörd/ p\\"ss wörd/ p\\"ss w\\u00f6rd/ p%22ss%20w%C3%B6rd%2F p%22ss+w%C3%B6rd%2F x'
    assert masker.text(told) == "*** *** *** *** *** x"


def test_masks_know_people_by_their_numbers_and_leave_things_alone() -> None:
    masker = Masker()
    assert masker.text("tel 13800138000, +8613800138000; id 35020319900101123X") == "tel ***, ***; id ***"
    for thing in ("106141410000000019", "1795395600000", "0199d1a2-1380-7138-8000-13800138000a", "FH-13800138000"):
        assert masker.text(thing) == thing
