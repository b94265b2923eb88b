"""Choosing ports for the processes of one machine."""

import socket

from mes.supervisor import pick_port, port_answers


def test_a_free_port_is_taken_as_preferred_and_a_used_one_is_avoided() -> None:
    free = pick_port(20_200)
    assert pick_port(free) == free
    assert pick_port(free, taken={free}) != free
    with socket.create_server(("127.0.0.1", free)):
        assert port_answers(free)()
        assert pick_port(free) != free
    assert not port_answers(free)()


def test_when_no_port_nearby_is_free_any_free_one_will_do() -> None:
    nearby = range(65_500, 65_536)
    assert pick_port(65_520, taken=nearby) not in nearby
