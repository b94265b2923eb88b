"""The demo plant's lines and small orders for tests of planning, made through the services."""

from __future__ import annotations

from mes.core.clock import Clock, SetClock
from mes.core.commands import perform
from mes.core.database import Database
from mes.core.jobs import run_job
from mes.orders.service import OrderImported
from mes.planning import service
from mes.planning.line_description import read_plant
from mes.planning.service import (
    PlanProposed,
    PlanPublished,
    ProposePlan,
    PublishPlan,
    SetUpLines,
    propose_plan,
    publish_plan,
)
from tests.conftest import actor, create_plant
from tests.factories import create_order

SLAB, WALL = "DBS1-67-3620-31", "NQ-2128"


def set_up_lines(database: Database, clock: Clock) -> None:
    """Both lines of the demo plant, with routes."""
    perform(database, actor("planner"), clock, service.set_up_lines, SetUpLines(description=read_plant()))


def set_up(database: Database, clock: SetClock, slabs: int = 6, walls: int = 2) -> OrderImported:
    """A plant with both lines and one order."""
    create_plant(database, clock)
    set_up_lines(database, clock)
    return create_order(database, clock, [(SLAB, slabs), (WALL, walls)])


def propose(database: Database, clock: Clock) -> PlanProposed:
    """Ask for a plan and run its job."""
    proposed = perform(database, actor("planner"), clock, propose_plan, ProposePlan(seconds=0.3))
    run_job(database, clock, proposed.job_id)
    return proposed


def publish(database: Database, clock: Clock, number: int) -> PlanPublished:
    """Publish a proposal."""
    return perform(database, actor("planner"), clock, publish_plan, PublishPlan(number=number))
