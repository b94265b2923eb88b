"""What a person asks a machine to do: let through by gateway and house, written once at most, settled by a person."""

from __future__ import annotations

import threading
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from mes.core.clock import SetClock
from mes.core.commands import Work, perform
from mes.core.database import Database
from mes.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from mes.ledger.models import LedgerEvent
from mes.machines import jobs
from mes.machines.models import MachineCommand
from mes.machines.service import (
    AskCommand,
    CommandOff,
    CommandOpen,
    ConfigureMachine,
    SettleCommand,
    ask_command,
    configure_machine,
    settle_command,
)
from mes.machines.service.commands import SWITCHED_OFF
from mes.shopfloor.models import Discrepancy
from mes.shopfloor.service import ReportCommandResult, report_command_result
from tests.conftest import actor, create_plant
from tests.mes.machines.edge import GATEWAY, SPREADER, Edge

DEVICE = "SL/casting"


class Control(Edge):
    """A planner who commands the spreader, and the gateway that hears of it."""

    def switch(self, on: bool = True, who: str = "admin") -> None:
        command = ConfigureMachine(device=DEVICE, commands_on=on)
        perform(self.database, actor(who), self.clock, configure_machine, command)

    def ask(self, name: str = "speed", value: Any = 5, who: str = "planner", **further: Any) -> UUID:
        command = AskCommand(device=DEVICE, name=name, value=value, **further)
        return perform(self.database, actor(who), self.clock, ask_command, command).machine_command_id

    def fetch(self, gateway: str = "edge-1") -> list[tuple[str, Any, bool]]:
        """What the gateway is to write now."""
        return [(c.point, c.value, c.once) for c in self.tell(gateway=gateway).commands]

    def report(self, command_id: UUID, outcome: Any, message: str = "") -> None:
        command = ReportCommandResult(machine_command_id=command_id, outcome=outcome, message=message)
        perform(self.database, GATEWAY, self.clock, report_command_result, command)

    def settle(self, command_id: UUID, took_effect: bool, who: str = "planner") -> None:
        command = SettleCommand(machine_command_id=command_id, took_effect=took_effect, note="went to look")
        perform(self.database, actor(who), self.clock, settle_command, command)

    def outcome(self, command_id: UUID) -> str:
        return self.row(command_id).outcome

    def row(self, command_id: UUID) -> MachineCommand:
        with self.database.reading() as session:
            return session.get_one(MachineCommand, command_id)

    def story(self) -> list[tuple[str, str, Any]]:
        """Kind, person and error of each event of the spreader."""
        with self.database.reading() as session:
            events = session.scalars(select(LedgerEvent).order_by(LedgerEvent.sequence))
            return [
                (e.kind, e.content["who"]["name"], e.content["data"].get("error"))
                for e in events
                if e.kind.startswith("machine.command")
            ]


@pytest.fixture
def control(any_database: Database, clock: SetClock) -> Control:
    """The spreader is announced, and its commands are switched on in the house."""
    create_plant(any_database, clock)
    made = Control(any_database, clock)
    made.announce(SPREADER)
    made.switch()
    return made


def test_a_command_is_handed_out_once_and_recorded_with_the_person(control: Control) -> None:
    asked = control.ask(note="dry mix today")
    assert control.fetch() == [("speed", 5, True)]
    assert control.fetch() == []
    assert control.outcome(asked) == "sent"
    control.report(asked, "done")
    assert control.outcome(asked) == "done"
    assert control.story() == [("machine.commanded", "planner", None), ("machine.command_done", "edge", None)]


def test_only_the_gateway_that_serves_the_machine_hears_of_it(control: Control) -> None:
    control.ask()
    assert control.fetch("edge-2") == []
    assert [command.point for command in control.tell().commands] == []
    assert control.fetch("edge-1") == [("speed", 5, True)]


def test_nothing_is_written_while_the_house_has_it_switched_off(control: Control) -> None:
    control.switch(on=False)
    with pytest.raises(CommandOff, match="switched off"):
        control.ask()


def test_what_was_asked_for_is_not_handed_out_once_the_house_has_switched_it_off(control: Control) -> None:
    asked = control.ask()
    control.switch(on=False)
    assert control.fetch() == []
    assert control.outcome(asked) == "refused"
    assert control.story()[-1] == ("machine.command_refused", "edge", SWITCHED_OFF)
    control.switch()
    assert control.fetch() == []


def test_an_outcome_that_is_reported_while_its_time_runs_out_stays(control: Control) -> None:
    if control.database.is_sqlite:
        pytest.skip("on SQLite one writer waits for the other")
    asked = control.ask()
    control.fetch()
    control.clock.advance(minutes=2)
    with control.database.writing() as session:
        report = ReportCommandResult(machine_command_id=asked, outcome="done")
        report_command_result(Work(session, GATEWAY, control.clock), report)
        late = threading.Thread(target=jobs.keep_up, args=(control.database, control.clock))
        late.start()
        late.join(0.5)
        assert late.is_alive()  # it waits for the report
    late.join(10)
    assert control.outcome(asked) == "done"
    assert [kind for kind, _, _ in control.story()] == ["machine.commanded", "machine.command_done"]


def test_nothing_is_written_that_the_gateway_does_not_let_through(control: Control) -> None:
    with pytest.raises(CommandOff, match="line's file"):
        control.ask("wash", True)
    with pytest.raises(NotFound, match="no command paint"):
        control.ask("paint", True)


def test_a_release_is_not_given_by_hand(control: Control) -> None:
    with pytest.raises(CommandOff, match="steps of the work"):
        control.ask("release", 17)


def test_a_machine_that_no_gateway_serves_takes_no_command(control: Control) -> None:
    control.announce()
    with pytest.raises(NotFound):
        control.ask()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("speed", 0.5),
        ("speed", 21),
        ("speed", "fast"),
        ("speed", True),
        pytest.param("speed", 10**400, id="speed-401 digits"),
        ("hold", 1),
        ("program", "WALL-0017"),
        ("program", 7),
        ("program", "A\nB"),
        ("mode", "sideways"),
        ("mode", 1),
    ],
)
def test_a_value_that_does_not_fit_is_refused(control: Control, name: str, value: Any) -> None:
    with pytest.raises(InvalidInput):
        control.ask(name, value)
    assert control.rows(MachineCommand) == []


@pytest.mark.parametrize(
    ("name", "value"), [("speed", 1), ("speed", 19.5), ("hold", False), ("program", "WALL-017"), ("mode", "manual")]
)
def test_a_value_that_fits_is_handed_out_as_it_is(control: Control, name: str, value: Any) -> None:
    control.ask(name, value)
    ((_, found, _),) = control.fetch()
    assert (found, type(found)) == (value, type(value))


def test_operators_do_not_command_and_planners_do_not_switch(control: Control) -> None:
    with pytest.raises(Forbidden):
        control.ask(who="operator")
    with pytest.raises(Forbidden):
        control.switch(who="planner")


def test_another_command_to_the_same_point_waits_for_the_outcome_of_the_first(control: Control) -> None:
    asked = control.ask()
    with pytest.raises(CommandOpen):
        control.ask(value=6)
    control.ask("hold", True)  # another point
    control.fetch()
    with pytest.raises(CommandOpen):
        control.ask(value=6)
    control.report(asked, "refused", "illegal value")
    assert control.row(asked).error == "illegal value"
    control.ask(value=6)


def test_an_unknown_outcome_is_settled_by_a_person_and_never_written_again(control: Control) -> None:
    asked = control.ask()
    control.fetch()
    control.report(asked, "unknown", "the gateway was stopped")
    assert control.fetch() == []
    with pytest.raises(CommandOpen):
        control.ask(value=6)
    control.settle(asked, took_effect=True)
    row = control.row(asked)
    assert (row.outcome, row.resolved_by, row.resolution) == ("done", "planner", "went to look")
    assert control.fetch() == []
    with pytest.raises(Conflict, match="is known"):
        control.settle(asked, took_effect=False)
    assert control.story() == [
        ("machine.commanded", "planner", None),
        ("machine.command_unknown", "edge", "the gateway was stopped"),
        ("machine.command_settled", "planner", "the gateway was stopped"),
    ]


def test_what_a_person_settled_a_late_report_does_not_change(control: Control) -> None:
    asked = control.ask()
    control.fetch()
    control.report(asked, "unknown")
    control.settle(asked, took_effect=False)
    control.report(asked, "done")
    assert control.outcome(asked) == "refused"


def test_a_command_that_no_gateway_fetches_in_time_is_refused_and_not_written_later(control: Control) -> None:
    asked = control.ask()
    control.clock.advance(seconds=61)
    jobs.keep_up(control.database, control.clock)
    assert control.outcome(asked) == "refused"
    assert control.fetch() == []


def test_a_command_that_is_not_reported_in_time_is_unknown_until_it_is(control: Control) -> None:
    asked = control.ask()
    control.fetch()
    control.clock.advance(seconds=61)
    assert control.fetch() == []
    assert control.outcome(asked) == "unknown"
    control.report(asked, "done")
    assert control.outcome(asked) == "done"


def test_a_refused_command_of_a_person_is_no_discrepancy_of_the_floor(control: Control) -> None:
    asked = control.ask()
    control.fetch()
    control.report(asked, "refused", "no")
    assert control.rows(Discrepancy) == []


def test_a_command_sent_twice_by_the_browser_is_one(control: Control) -> None:
    command_id = uuid4()
    assert control.ask(command_id=command_id) == control.ask(command_id=command_id)
    assert len(control.fetch()) == 1


def test_announcing_again_leaves_the_houses_switch_as_it_is(control: Control) -> None:
    control.announce(SPREADER)
    control.ask()
