"""An OPC UA server of node-opcua in a process of its own, in the hands of a test."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.peers.packages import peer_command


class Peer:
    """A server of node-opcua in a process of its own."""

    def __init__(self, folder: Path, config: Mapping[str, Any]) -> None:
        self.config = dict(config) | {"folder": str(folder)}
        self._complaints = folder / "complaints.txt"
        self.start()

    def start(self) -> None:
        """Start the process, on the port that it had before."""
        command = [*peer_command("opcua_server.js"), json.dumps(self.config)]
        with self._complaints.open("w") as complaints:
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaints, text=True
            )
        self.config["port"] = self._answer()["port"]

    @property
    def address(self) -> str:
        return f"opc.tcp://127.0.0.1:{self.config['port']}/robot"

    def order(self, **order: Any) -> Any:
        """Give an order, and wait until it is done."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return self._answer().get("value")

    def kill(self) -> None:
        """End the process as a power cut does."""
        self.process.kill()
        self.process.communicate()

    def _answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        while line := self.process.stdout.readline():
            if line.startswith("{"):  # node-opcua talks, too
                return dict(json.loads(line))
        raise AssertionError(f"the server ended: {self._complaints.read_text()}")
