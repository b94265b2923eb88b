"""The main job played by programs over the REST API: order, plan, make, inspect, deliver, receive.

Each person's program repeats a command with the same id until an answer comes, as an offline tablet does.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from PIL import Image, ImageDraw

from quality import Dimensions, inspection_plan
from tests.system.running_plant import (
    PROJECT,
    Api,
    RunningPlant,
    fresh_name,
    order_workbook,
    scope_receiver,
    wait_until,
)

LINE = "SL"


def photo(text: str) -> bytes:
    """A small picture that shows a text."""
    picture = Image.new("RGB", (320, 240), "lightgrey")
    ImageDraw.Draw(picture).text((20, 100), text, fill="black")
    target = io.BytesIO()
    picture.save(target, "JPEG")
    return target.getvalue()


class MainJob:
    """One order of slabs on its way through a running plant."""

    def __init__(self, plant: RunningPlant) -> None:
        self.plant = plant
        self.planner = Api(plant, "planner")
        self.operator = Api(plant, "operator")
        self.inspector = Api(plant, "inspector")
        self.batch_number = f"B{fresh_name()}"

    def order(self, count: int) -> None:
        """A workbook comes in; the receiver is given its project."""
        file = ("order.xlsx", order_workbook(count), "application/octet-stream")
        imported = self.planner.upload("/api/v1/orders", {"workbook": file})
        assert imported["element_count"] == count
        scope_receiver(self.plant.database)

    def plan(self) -> None:
        """A plan is proposed by the worker and published by the planner."""
        number = self.planner.post("/api/v1/plans", {"seconds": 2})["number"]
        wait_until("a proposed plan", lambda: self._plan_state(number) == "proposed", 90, self.plant)
        self.planner.post(f"/api/v1/plans/{number}/publish")

    def _plan_state(self, number: int) -> str:
        state: str = self.planner.get(f"/api/v1/plans/{number}")["state"]
        assert state in ("solving", "proposed"), state
        return state

    def make_until_hidden_works(self) -> None:
        """Every load enters the line; the machines bring it to the hidden-works station."""
        line_id = next(line["id"] for line in self.planner.get("/api/v1/lines")["items"] if line["code"] == LINE)
        for load in self.loads():
            entered = {"line_id": line_id}
            wait_until("room at the first station", lambda: self._first_station_free(), 60, self.plant)
            self.operator.post("/api/v1/loads/enter-next", entered)
            self._inspect_when_there(load["number"])

    def _first_station_free(self) -> bool:
        return not [
            operation
            for operation in self.operations("cleaning")
            if operation["state"] in ("running", "held")
            or (operation["state"] == "waiting" and operation["pallet_number"] is not None)
        ]

    def _inspect_when_there(self, load_number: int) -> None:
        def there() -> bool:
            operation = self._operation(load_number, "hidden-works")
            before = self._operation(load_number, "embeds")
            return before["state"] == "done" and operation["state"] in ("waiting", "running")

        wait_until(f"load {load_number} at the hidden-works station", there, 90, self.plant)
        for element in self.elements_of(load_number):
            self.accept_hidden_works(element)
        self.cast(load_number)

    def accept_hidden_works(self, element: dict[str, Any]) -> None:
        """Everything is in order, with a photo wherever the plan wants one."""
        plan = inspection_plan("hidden_works", element["family"], dimensions_of(element))
        digest = self.upload_photo(f"hidden works {element['serial']}")
        answers = {item.id: "yes" for item in plan.items}
        photos = [{"sha256": digest, "item": item.id} for item in plan.items if item.photo_required]
        body = {"element_id": element["id"], "kind": "hidden_works", "answers": answers, "photos": photos}
        recorded = self.inspector.post("/api/v1/inspections", body)
        assert recorded["verdict"] == "accepted"

    def cast(self, load_number: int) -> None:
        """The concrete comes: its ticket is recorded once and poured into the load."""
        operation = self._operation(load_number, "casting")
        ticket = {
            "batch_number": self.batch_number,
            "concrete_grade": "C30",
            "volume_m3": 3.0,
            "mixed_at": datetime.now(UTC).isoformat(),
            "mix_code": "C30-01",
        }
        known = [batch["batch_number"] for batch in self.operator.get("/api/v1/batches", limit=500)["items"]]
        if self.batch_number not in known:
            self.operator.post("/api/v1/batches", ticket)
        poured = {"load_id": operation["load_id"], "batch_number": self.batch_number}
        self.operator.post("/api/v1/batches/assign", poured)

    def demould(self) -> None:
        """Cubes are strong enough; the machines demould and the operator finishes."""
        for load in self.loads():
            wait_until(
                f"load {load['number']} cast", lambda n=load["number"]: self._is_done(n, "casting"), 90, self.plant
            )
        batch = next(
            b
            for b in self.operator.get("/api/v1/batches", limit=500)["items"]
            if b["batch_number"] == self.batch_number
        )
        cubes = {"batch_id": batch["id"], "condition": "same_condition", "strengths_mpa": [31.0, 32.5, 33.0]}
        self.inspector.post("/api/v1/cube-tests", cubes)
        for load in self.loads():
            done = lambda n=load["number"]: self._is_done(n, "demoulding")  # noqa: E731
            wait_until(f"load {load['number']} demoulded", done, 150, self.plant)
        ids = [element["id"] for element in self.elements()]
        self.operator.post("/api/v1/elements/finish", {"element_ids": ids})

    def accept_final(self, element: dict[str, Any]) -> None:
        """Every required dimension is right; the certificate follows."""
        plan = inspection_plan("final", element["family"], dimensions_of(element))
        readings = [
            {"item": item.id, "nominal": item.nominal, "values": [item.nominal or 0.0] * item.readings}
            for item in plan.items
            if item.required
        ]
        for reading in readings:
            if reading["item"] == "diagonal":
                reading["values"] = [3846.0, 3849.0]
        body = {"element_id": element["id"], "kind": "final", "measurements": readings}
        recorded = self.inspector.post("/api/v1/inspections", body)
        assert recorded["verdict"] == "accepted", recorded
        assert recorded["certificate_id"], recorded

    def deliver(self) -> str:
        """Stored, loaded, on the road; returns the delivery's number."""
        for element in self.elements():
            self.operator.post("/api/v1/yard/store", {"serial": element["serial"], "slot_code": "A-01"})
        opened = self.planner.post(
            "/api/v1/deliveries",
            {
                "project_code": PROJECT,
                "planned_on": datetime.now(UTC).date().isoformat(),
                "vehicle_plate": "闽D12345",
                "driver_name": "王师傅",
            },
        )
        number: str = opened["number"]
        for element in self.elements():
            self.operator.post(f"/api/v1/deliveries/{number}/load", {"serial": element["serial"]})
        self.planner.post(f"/api/v1/deliveries/{number}/depart")
        return number

    def receive(self, number: str, rejected: int) -> None:
        """The site takes everything but the first `rejected` elements."""
        receiver = Api(self.plant, "receiver")
        for place, element in enumerate(self.elements()):
            body: dict[str, Any] = {"serial": element["serial"]}
            if place < rejected:
                file = ("edge.jpg", photo("broken edge"), "image/jpeg")
                words = {**body, "reason_code": "crack", "words": "运输中磕碰"}
                receiver.upload(f"/api/v1/deliveries/{number}/reject", {"photos": file}, words)
            else:
                receiver.post(f"/api/v1/deliveries/{number}/receive", body)

    def upload_photo(self, text: str) -> str:
        """Upload a photo as the inspector; returns its digest."""
        return self._upload(self.inspector, text)

    def _upload(self, api: Api, text: str) -> str:
        answer = api.upload("/api/v1/photos", {"photos": ("photo.jpg", photo(text), "image/jpeg")})
        digest: str = answer["photos"][0]
        return digest

    def elements(self) -> list[dict[str, Any]]:
        """Every element of the order as it is now."""
        items: list[dict[str, Any]] = self.planner.get("/api/v1/elements", limit=500)["items"]
        return items

    def elements_of(self, load_number: int) -> list[dict[str, Any]]:
        """The elements on a load."""
        load = self.planner.get(f"/api/v1/loads/{load_number}")
        serials = {item["serial"] for item in load["items"]}
        return [element for element in self.elements() if element["serial"] in serials]

    def loads(self) -> Sequence[dict[str, Any]]:
        """The loads in the order in which they enter the line."""
        items: list[dict[str, Any]] = self.planner.get("/api/v1/loads", limit=500)["items"]
        return sorted(items, key=lambda load: load["sequence"])

    def operations(self, kind: str) -> list[dict[str, Any]]:
        """Every load's operation at a kind of station."""
        items: list[dict[str, Any]] = self.operator.get("/api/v1/operations", limit=500)["items"]
        return [operation for operation in items if operation["station_kind"] == kind]

    def _operation(self, load_number: int, kind: str) -> dict[str, Any]:
        return next(operation for operation in self.operations(kind) if operation["load_number"] == load_number)

    def _is_done(self, load_number: int, kind: str) -> bool:
        done: bool = self._operation(load_number, kind)["state"] == "done"
        return done


def dimensions_of(element: dict[str, Any]) -> Dimensions:
    """An element's size for the quality engine."""
    return Dimensions(element["length_mm"], element["width_mm"], element["thickness_mm"])
