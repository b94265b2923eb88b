"""The supervisor, with real processes: it keeps children running and leaves none behind."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any, TypeVar

import pytest

from mes.supervisor import (
    AlreadyRunningError,
    Child,
    ChildNotReadyError,
    Restart,
    Supervisor,
    SupervisorError,
    hold_data_folder,
    pick_port,
    port_answers,
    running_pid,
)

SLEEPER = (sys.executable, "-c", "import time; print('here I am'); time.sleep(600)")
DEAF = (
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf'); time.sleep(600)",
)
WITH_GRANDCHILD = (
    sys.executable,
    "-c",
    "import subprocess, time; print(subprocess.Popen(['sleep', '600']).pid, flush=True); time.sleep(600)",
)
QUICK = Restart(first_delay_seconds=0.05)
PATIENCE_SECONDS = 20.0
Found = TypeVar("Found")


def wait_until(what: Callable[[], Found], seconds: float = PATIENCE_SECONDS) -> Found:
    """The first true answer; fails after many times what it takes."""
    give_up_at = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < give_up_at, "waited in vain"
        time.sleep(0.02)
    return found


def is_running(pid: int) -> bool:
    """Whether the process lives; a zombie does not."""
    try:
        state = subprocess.run(
            ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
        ).stdout
    except FileNotFoundError:
        pytest.skip("needs ps")
    return bool(state.strip()) and not state.strip().startswith("Z")


def children_of(parent: int) -> list[int]:
    """The living child processes."""
    lines = subprocess.run(["ps", "-A", "-o", "ppid=,pid="], capture_output=True, text=True, check=True).stdout
    pairs = [[int(number) for number in line.split()] for line in lines.splitlines()]
    return [pid for ppid, pid in pairs if ppid == parent and is_running(pid)]


class Running:
    """A supervisor in a process of its own, as `mes demo` is, described by a list of children."""

    def __init__(self, data_folder: Path, children: str) -> None:
        self.data_folder = data_folder
        program = f"""
            from pathlib import Path
            from mes.supervisor import Child, Restart, Supervisor, port_answers
            quick = Restart(first_delay_seconds=0.05)
            Supervisor({children}, Path({str(data_folder)!r}), grace_seconds=1).run()
            print("stopped")
        """
        self.process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(program)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def state(self) -> dict[str, Any]:
        """What it says of its children, once all of them are ready."""

        def found() -> dict[str, Any] | None:
            try:
                text = (self.data_folder / "processes.json").read_text(encoding="utf-8")
            except FileNotFoundError:
                return None
            children: dict[str, Any] = json.loads(text)["children"]
            return children if all(child["ready"] for child in children.values()) else None

        return wait_until(found)

    def pids(self) -> list[int]:
        return [child["pid"] for child in self.state().values()]

    def stop(self, number: signal.Signals = signal.SIGINT) -> str:
        """Its whole output, after the signal."""
        self.process.send_signal(number)
        return self.process.communicate(timeout=PATIENCE_SECONDS)[0]


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Callable[[str], Running]]:
    """Starts supervisors and takes care that a failed test leaves none."""
    started: list[Running] = []

    def start(children: str) -> Running:
        started.append(Running(tmp_path / "var", children))
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        one.process.communicate()


def sleeper(name: str, argv: tuple[str, ...] = SLEEPER) -> str:
    return f"Child({name!r}, {argv!r}, restart=quick)"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_clean_stop_leaves_no_process(running: Callable[[str], Running], number: signal.Signals) -> None:
    demo = running(f"[{sleeper('web')}, {sleeper('worker')}]")
    pids = demo.pids()
    output = demo.stop(number)
    assert demo.process.returncode == 0
    assert output.rstrip().endswith("stopped")
    assert not any(is_running(pid) for pid in pids)
    assert not (demo.data_folder / "processes.json").exists()


def test_a_child_that_ignores_the_signal_is_killed_after_the_grace_time(
    running: Callable[[str], Running],
) -> None:
    demo = running(f"[{sleeper('deaf', DEAF)}]")
    [pid] = demo.pids()
    wait_until(lambda: "deaf" in (demo.data_folder / "logs" / "deaf.log").read_text(encoding="utf-8"))
    assert "did not stop in time" in demo.stop()
    assert demo.process.returncode == 0
    assert not is_running(pid)


def grandchild_of(demo: Running, name: str) -> int:
    """The process id that the child WITH_GRANDCHILD has written last."""
    log = demo.data_folder / "logs" / f"{name}.log"
    numbers = wait_until(
        lambda: [w[-1] for line in log.read_text(encoding="utf-8").splitlines() if (w := line.split())]
    )
    return int(numbers[-1])


def test_what_a_child_started_ends_with_it(running: Callable[[str], Running]) -> None:
    demo = running(f"[{sleeper('web', WITH_GRANDCHILD)}]")
    [pid] = demo.pids()
    grandchild = grandchild_of(demo, "web")
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not is_running(grandchild))
    wait_until(lambda: demo.state()["web"]["restarts"] == 1)


def test_a_killed_child_starts_again_and_is_counted(running: Callable[[str], Running]) -> None:
    demo = running(f"[{sleeper('web')}, {sleeper('worker')}]")
    before = demo.state()
    os.kill(before["worker"]["pid"], signal.SIGKILL)
    wait_until(lambda: demo.state()["worker"]["restarts"] == 1)
    after = demo.state()
    assert after["worker"]["pid"] != before["worker"]["pid"]
    assert after["web"] == before["web"]
    assert "was ended by SIGKILL; starting again" in demo.stop()
    assert not is_running(after["worker"]["pid"])


def test_a_killed_parent_takes_its_children_and_theirs_with_it(running: Callable[[str], Running]) -> None:
    demo = running(f"[{sleeper('web', WITH_GRANDCHILD)}, {sleeper('deaf', DEAF)}]")
    pids = [*demo.pids(), grandchild_of(demo, "web")]
    assert all(is_running(pid) for pid in pids)
    demo.process.kill()
    wait_until(lambda: not any(is_running(pid) for pid in pids))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties a child's life to its parent's")
def test_the_kernel_ends_the_children_when_the_guard_was_killed_too(running: Callable[[str], Running]) -> None:
    demo = running(f"[{sleeper('web')}, {sleeper('deaf', DEAF)}]")
    pids = demo.pids()
    for guard in set(children_of(demo.process.pid)) - set(pids):
        os.kill(guard, signal.SIGKILL)
    demo.process.kill()
    wait_until(lambda: not any(is_running(pid) for pid in pids))


def test_a_killed_guard_is_replaced(running: Callable[[str], Running]) -> None:
    demo = running(f"[{sleeper('web', WITH_GRANDCHILD)}, {sleeper('worker')}]")
    pids = demo.pids()
    [guard] = set(children_of(demo.process.pid)) - set(pids)
    os.kill(guard, signal.SIGKILL)
    wait_until(lambda: set(children_of(demo.process.pid)) - {*pids, guard})
    grandchild = grandchild_of(demo, "web")
    demo.process.kill()
    wait_until(lambda: not is_running(grandchild))


def test_after_a_killed_parent_the_stale_pid_file_does_not_hinder(running: Callable[[str], Running]) -> None:
    first = running(f"[{sleeper('web')}]")
    first.pids()
    assert running_pid(first.data_folder) == first.process.pid
    first.process.kill()
    first.process.wait()
    assert (first.data_folder / "mes.pid").read_text(encoding="utf-8") == f"{first.process.pid}\n"
    assert running_pid(first.data_folder) is None
    (first.data_folder / "processes.json").unlink()
    second = running(f"[{sleeper('web')}]")
    assert second.pids()
    assert second.stop().rstrip().endswith("stopped")


def test_a_second_start_in_the_same_folder_names_the_first(running: Callable[[str], Running]) -> None:
    first = running(f"[{sleeper('web')}]")
    before = first.state()
    with pytest.raises(AlreadyRunningError, match=f"already runs in .*process {first.process.pid}"):
        Supervisor([Child("web", SLEEPER)], first.data_folder, stream=StringIO()).run()
    assert first.state() == before


def test_a_folder_that_was_let_go_can_be_held_again(tmp_path: Path) -> None:
    with hold_data_folder(tmp_path):
        assert running_pid(tmp_path) == os.getpid()
    assert running_pid(tmp_path) is None
    assert running_pid(tmp_path / "never") is None
    with hold_data_folder(tmp_path):
        pass


def test_a_child_that_never_becomes_ready_is_named_with_its_last_lines(tmp_path: Path) -> None:
    port = pick_port(20_000)
    children = [
        Child("worker", SLEEPER),
        Child("gateway", SLEEPER, ready=f"http://127.0.0.1:{port}/healthy", ready_seconds=1.5),
    ]
    supervisor = Supervisor(children, tmp_path, stream=StringIO())
    pids: list[int] = []

    def watch() -> None:
        wait_until(lambda: len(supervisor.status()) == 2 and all(s.pid for s in supervisor.status()))
        pids.extend(s.pid for s in supervisor.status() if s.pid)

    watcher = threading.Thread(target=watch)
    watcher.start()
    with pytest.raises(ChildNotReadyError, match=r"gateway was not ready after 1\.5 s") as caught:
        supervisor.run()
    watcher.join()
    assert caught.value.last_lines == ("here I am",)
    assert str(tmp_path / "logs" / "gateway.log") in str(caught.value)
    assert len(pids) == 2
    assert not any(is_running(pid) for pid in pids)


def test_a_child_that_cannot_start_is_given_up_with_its_words(tmp_path: Path) -> None:
    argv = (sys.executable, "-c", "import sys; sys.exit('no database at all')")
    child = Child("web", argv, ready=lambda: False, restart=QUICK)
    with pytest.raises(ChildNotReadyError, match=r"web ended with exit code 1 before .* \(3 attempts\)") as caught:
        Supervisor([child], tmp_path, stream=StringIO()).run()
    assert "no database at all" in caught.value.last_lines


def test_a_program_that_does_not_exist_is_said(tmp_path: Path) -> None:
    child = Child("web", ("/no/such/program",), ready=lambda: False, restart=QUICK)
    with pytest.raises(ChildNotReadyError, match="cannot run /no/such/program: No such file"):
        Supervisor([child], tmp_path, stream=StringIO()).run()


def test_ready_is_announced_once_after_the_last_child_answers(tmp_path: Path) -> None:
    port = pick_port(20_100)
    server = (sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1")
    children = [
        Child("address", server, ready=f"http://127.0.0.1:{port}/"),
        Child("port", SLEEPER, ready=port_answers(port)),
    ]
    supervisor = Supervisor(children, tmp_path, stream=StringIO())
    announced: list[bool] = []

    def when_ready() -> None:
        announced.append(all(status.ready for status in supervisor.status()))
        supervisor.request_stop()

    supervisor.run(when_ready)
    assert announced == [True]


def test_a_failed_announcement_stops_the_children_too(tmp_path: Path) -> None:
    supervisor = Supervisor([Child("web", SLEEPER)], tmp_path, stream=StringIO())
    pids: list[int] = []

    def when_ready() -> None:
        pids.extend(status.pid for status in supervisor.status() if status.pid)
        raise KeyError("address")

    with pytest.raises(KeyError):
        supervisor.run(when_ready)
    assert len(pids) == 1
    assert not is_running(pids[0])


def test_a_child_that_shall_not_restart_stays_down(tmp_path: Path) -> None:
    go = tmp_path / "go"
    argv = (
        sys.executable,
        "-c",
        f"import os, time\nwhile not os.path.exists({str(go)!r}): time.sleep(0.02)",
    )
    supervisor = Supervisor([Child("once", argv, restart=Restart(enabled=False))], tmp_path, stream=StringIO())

    def end() -> None:
        wait_until(lambda: supervisor.status()[0].pid is None)
        supervisor.request_stop()

    def when_ready() -> None:
        go.touch()
        threading.Thread(target=end).start()

    supervisor.run(when_ready)
    assert supervisor.status()[0].restarts == 0
    assert "it is not started again" in (tmp_path / "logs" / "once.log").read_text(encoding="utf-8")


def test_each_child_has_its_environment_and_its_log(tmp_path: Path) -> None:
    def speaker(word: str) -> Child:
        argv = (sys.executable, "-c", "import os, time; print('word', os.environ['WORD']); time.sleep(600)")
        log = tmp_path / "logs" / f"{word}.log"
        return Child(word, argv, {"WORD": word}, ready=lambda: f"word {word}" in log.read_text(encoding="utf-8"))

    terminal = StringIO()
    supervisor = Supervisor([speaker("web"), speaker("worker")], tmp_path, stream=terminal)
    supervisor.run(supervisor.request_stop)
    assert sorted(terminal.getvalue().splitlines()) == ["web    │ word web", "worker │ word worker"]


def test_lines_are_coloured_on_a_screen_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Screen(StringIO):
        def isatty(self) -> bool:
            return True

    def shown(folder: str) -> str:
        screen = Screen()
        log = tmp_path / folder / "logs" / "web.log"
        child = Child("web", SLEEPER, ready=lambda: "here" in log.read_text(encoding="utf-8"))
        supervisor = Supervisor([child], tmp_path / folder, stream=screen)
        supervisor.run(supervisor.request_stop)
        return screen.getvalue()

    monkeypatch.delenv("NO_COLOR", raising=False)
    assert shown("one") == "\x1b[36mweb │\x1b[0m here I am\n"
    monkeypatch.setenv("NO_COLOR", "1")
    assert shown("two") == "web │ here I am\n"


def test_a_closed_terminal_does_not_end_the_children(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "web.log"
    child = Child("web", SLEEPER, ready=lambda: "here I am" in log.read_text(encoding="utf-8"))

    class Closed(StringIO):
        def write(self, _text: str) -> int:
            raise BrokenPipeError

    supervisor = Supervisor([child], tmp_path, stream=Closed())
    supervisor.run(supervisor.request_stop)
    assert supervisor.status()[0].restarts == 0


def test_two_children_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SupervisorError, match="same name"):
        Supervisor([Child("web", SLEEPER), Child("web", SLEEPER)], tmp_path)


def test_the_pause_before_a_restart_doubles_up_to_the_longest() -> None:
    policy = Restart(first_delay_seconds=0.5, longest_delay_seconds=3)
    assert [policy.delay_seconds(failures) for failures in (1, 2, 3, 4, 5000)] == [0.5, 1, 2, 3, 3]
