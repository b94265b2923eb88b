"""The matrix of a test class's protocol, played once for all its tests."""

import asyncio
from collections.abc import Iterator

import pytest

from lines.simulator import faults_of
from tests.brokers import forget_retained
from tests.lines.faults.scene import Matrix, play
from tests.lines.faults.ways import Way, way_of


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every fault that the class's protocol can have."""
    if "kind" in metafunc.fixturenames and metafunc.cls is not None:
        metafunc.parametrize("kind", faults_of(metafunc.cls.protocol))


@pytest.fixture(scope="class")
def way(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Way]:
    """How machines are reached in the class's protocol."""
    made = way_of(request.cls.protocol, tmp_path_factory.mktemp("buses"))
    yield made
    if made.protocol == "mqtt":
        broker, _, topic = made.address("").strip("/").rpartition("/")
        forget_retained(broker, f"{topic}/#")


@pytest.fixture(scope="class")
def matrix(way: Way) -> Matrix:
    """What became of every machine."""
    return asyncio.run(play(way))
