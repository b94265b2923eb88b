"""The printer in software as a program, and its control port."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from labels.printers import command
from labels.printers.control import PrinterControl
from labels.printers.emulator import PrinterEmulator
from labels.printers.tcp import send
from tests.labels.printers.sockets import HOST

LABEL = b"^XA^FO20,20^GB100,50,4^FS^XZ\n"
PROGRAM = (
    "import argparse, sys; from labels.printers import command; parser = argparse.ArgumentParser(); "
    "command.add_to(parser.add_subparsers()); options = parser.parse_args(); sys.exit(options.run(options))"
)


def asked(port: int, body: str | None = None, headers: dict[str, str] | None = None) -> tuple[int, Any]:
    connection = HTTPConnection(HOST, port, timeout=5)
    connection.request("GET" if body is None else "POST", "/", body, headers or {})
    with connection.getresponse() as response:
        status, answer = response.status, json.loads(response.read())
    connection.close()
    return status, answer


def test_the_program_prints_until_it_is_ended(tmp_path: Path) -> None:
    arguments = ["printer", "--port", "0", "--folder", str(tmp_path), "--seconds-a-label", "0", "--control-port", "0"]
    with subprocess.Popen([sys.executable, "-c", PROGRAM, *arguments], stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        port = int(program.stdout.readline().rpartition(":")[2])
        control = int(program.stdout.readline().rpartition(":")[2].strip().strip("/"))
        assert send(HOST, port, LABEL).state == "sent"
        while asked(control)[1]["labels_printed"] < 1:
            pass
        program.terminate()
        assert "1 labels came out" in program.stdout.read()
        assert program.wait() == 0
    assert (tmp_path / "job-0001.zpl").read_bytes() == LABEL


def test_wishes_are_taken_and_told() -> None:
    with PrinterEmulator() as printer, PrinterControl(printer) as control:
        assert asked(control.port, '{"paper_out": true, "labels_left": 3}')[0] == 200
        told = asked(control.port)[1]
        assert (told["paper_out"], told["labels_left"], told["port"]) == (True, 3, printer.port)


@pytest.mark.parametrize("body", ["", "[]", "nonsense", '{"rain": true}', '{"paused": "yes"}', "[" * 5000])
def test_a_wish_that_makes_no_sense_changes_nothing(body: str) -> None:
    with PrinterEmulator() as printer, PrinterControl(printer) as control:
        before = printer.behaviour
        status, answer = asked(control.port, body)
        assert status == 422
        assert answer["error"]
        assert printer.behaviour == before


def test_a_website_cannot_reach_the_control_port() -> None:
    with PrinterEmulator() as printer, PrinterControl(printer) as control:
        assert asked(control.port, "{}", {"Origin": "http://example.com"})[0] == 403
        assert asked(control.port, None, {"Host": "example.com"})[0] == 403


def test_a_port_that_is_taken_ends_the_program_with_a_message(capsys: pytest.CaptureFixture[str]) -> None:
    with PrinterEmulator() as printer:
        options = argparse.Namespace(host=HOST, port=printer.port, folder=None, seconds_a_label=1.0, control_port=None)
        assert command.run(options) == 1
    assert str(printer.port) in capsys.readouterr().err
