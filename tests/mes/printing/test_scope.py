"""Who may see one project only sees, prints and settles no labels of another."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from mes.core.clock import SetClock
from mes.core.database import Database
from mes.core.ids import new_id
from tests.factories import SLAB, create_order, elements_of
from tests.mes.printing.shop import Shop


@pytest.fixture
def shop(app: object, database: Database, clock: SetClock) -> Shop:
    """Job 1 is of another project, job 2 of the operator's."""
    theirs = elements_of(database, create_order(database, clock, [(SLAB, 1)]))
    own = elements_of(database, create_order(database, clock, [(SLAB, 1)], project="XM-02"))
    shop = Shop(database, clock, [*theirs, *own])
    shop.printer("F1", kind="pdf", host="")
    shop.route("F1")
    for subject in shop.subjects:
        shop.print(subject)
    return shop


@pytest.fixture
def limited(shop: Shop, client_as: Callable[..., FlaskClient]) -> FlaskClient:
    return client_as("operator", (shop.elements[1].project_id,))


@pytest.mark.parametrize(
    "path", ["/print-jobs/{}", "/print-jobs/{}/0.png", "/print-jobs/{}.pdf", "/api/v1/print-jobs/{}"]
)
def test_a_job_of_another_project_is_not_there(path: str, shop: Shop, limited: FlaskClient) -> None:
    assert limited.get(path.format(1)).status_code == 404
    assert shop.job(1).state == "queued"
    assert limited.get(path.format(2)).status_code == 200


def test_lists_hold_jobs_of_the_own_projects_alone(limited: FlaskClient) -> None:
    assert [job["number"] for job in limited.get("/api/v1/print-jobs").json["items"]] == [2]
    page = limited.get("/print-jobs").get_data(as_text=True)
    assert ("/print-jobs/1" in page, "/print-jobs/2" in page) == (False, True)


@pytest.mark.parametrize(
    ("what", "more"), [("cancel", {}), ("reprint", {"reason": "torn off"}), ("settle", {"came_out": True})]
)
def test_nothing_is_done_to_a_job_of_another_project(
    what: str, more: dict[str, object], shop: Shop, limited: FlaskClient
) -> None:
    shop.set(1, state="queued" if what == "cancel" else "unknown")
    body = {"command_id": str(new_id()), **more}
    assert limited.post(f"/api/v1/print-jobs/1/{what}", json=body).status_code == 404
    assert len(shop.jobs()) == 2
