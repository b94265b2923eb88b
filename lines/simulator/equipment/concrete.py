"""Concrete on its way: the batching plant mixes what the spreader asks for, the spreader pours it on pallets.

Masses and times are typical of such machines, for demonstration.
"""

from collections.abc import Callable, Mapping
from typing import Any

from lines.profile import Profile, Value
from lines.simulator.chance import draw
from lines.simulator.equipment.base import GRID_MS, BesideMachine, Equipment, Site
from lines.simulator.station_model import Event, Happening

DENSITY_KG_M3 = 2400.0
_FULL_KG = 4200.0
_LOW_KG = 200.0  # less than is left of a full hopper after any pallet
_USUAL_M3 = 1.58
_SMALLEST_M3, _LARGEST_M3 = 1.15, 1.65
_POURS_FROM, _POURS_TO = 10.0, 95.0  # percent of the work on a pallet
_MIXING_SECONDS = 180.0
_TRANSPORT_MS = 60_000
_DOSED_UNTIL_PERCENT = 35.0
_KG_PER_M3 = {"cement_kg": 320.0, "sand_kg": 780.0, "gravel_kg": 1080.0, "water_kg": 165.0}
_SILO_FULL_T, _SILO_LOW_T = 80.0, 15.0
_USUAL_MIX = "PHB-C30-02"


class Spreader(Equipment):
    """A concrete spreader: asks for concrete when its hopper is not full, pours the pallet's volume.

    Concrete is asked for while a pallet is poured, and waits in its bucket until the pallet has all of its own. The
    volume is the last ``target_m3`` written, used once, else one of the machine's own. What it lacks for a pallet
    keeps it waiting. Without a batching plant on the line it is filled from elsewhere, at once.
    """

    kept = (
        *("content_kg", "poured_m3", "volume_m3", "batch", "works", "is_waiting", "fillings"),
        *("bucket_kg", "bucket_batch"),
    )

    def __init__(self, member_id: str, profile: Profile, site: Site) -> None:
        super().__init__(member_id, profile, site)
        self.content_kg = self.poured_m3 = self.volume_m3 = self.bucket_kg = 0.0
        self.batch = self.bucket_batch = ""
        self.works = self.fillings = 0
        self.is_waiting = False

    def values(self) -> Mapping[str, Callable[[], Value]]:
        """The hopper, what was poured in all, and of which batch."""
        return {
            "hopper_kg": lambda: self.content_kg - self._pouring_m3() * DENSITY_KG_M3,
            "poured_m3": lambda: self.poured_m3 + self._pouring_m3(),
            "batch": lambda: self.batch,
            "target_m3": lambda: self.settings.get("target_m3", 0.0),
            "hopper_low": lambda: self.content_kg - self._pouring_m3() * DENSITY_KG_M3 < _LOW_KG,
        }

    def happened(self, happening: Happening) -> None:
        """A pallet's work begins with its volume, and ends with all of it poured."""
        if happening.station != self.id:
            return
        if happening.event is Event.BEGAN:
            self.volume_m3 = self._next_volume_m3()
            self.works += 1
            if self._lacks_kg() > 0 and not self._plants():
                self.step()
            self.site.line.starve(self.id, self._lacks_kg() > 0)
        elif happening.event is Event.FINISHED:
            self.poured_m3 += self.volume_m3
            self.content_kg -= self.volume_m3 * DENSITY_KG_M3
            self.volume_m3 = 0.0
            self._tip()

    def begin(self) -> None:
        """A pallet that stands in it half poured had its concrete."""
        progress = self.site.line.progress(self.id)
        if any(0 < percent < 100 for percent in progress.values()):
            self.volume_m3 = self._next_volume_m3()
            self.works += 1
            self.content_kg = _FULL_KG

    def step(self) -> None:
        """Ask for what will be missing when the present pallet is done, or is missing for it."""
        after_kg = self.content_kg - self.volume_m3 * DENSITY_KG_M3
        wanted_kg = max(self._lacks_kg(), _FULL_KG - max(0.0, after_kg))
        if self.is_waiting or self.bucket_kg or wanted_kg < 1.0:
            return
        if plants := self._plants():
            self.is_waiting = True
            min(plants, key=lambda plant: len(plant.orders)).orders.append((self.id, wanted_kg / DENSITY_KG_M3))
        else:
            self.fillings += 1
            self.fill(wanted_kg, f"{self.site.code}-{self.fillings:06d}")

    def fill(self, mass_kg: float, batch: str) -> None:
        """Concrete of a batch comes; into the hopper when it is its turn."""
        self.is_waiting = False
        self.bucket_kg, self.bucket_batch = mass_kg, batch
        if not self.volume_m3 or self._lacks_kg() > 0:
            self._tip()
            self.site.line.starve(self.id, self._lacks_kg() > 0)

    def _tip(self) -> None:
        if self.bucket_kg:
            self.content_kg += self.bucket_kg
            self.batch = self.bucket_batch
            self.bucket_kg, self.bucket_batch = 0.0, ""

    def _plants(self) -> list["BatchingPlant"]:
        return [machine for machine in self.site.machines.values() if isinstance(machine, BatchingPlant)]

    def _lacks_kg(self) -> float:
        return self.volume_m3 * DENSITY_KG_M3 - self.content_kg if self.volume_m3 else 0.0

    def _next_volume_m3(self) -> float:
        target = self.settings.pop("target_m3", 0.0)
        if isinstance(target, int | float) and target > 0:
            return float(target)
        if not self.site.spread:
            return _USUAL_M3
        chance = draw(self.site.seed, self.id, "volume", self.works)
        return round(chance.uniform(_SMALLEST_M3, _LARGEST_M3), 3)

    def _pouring_m3(self) -> float:
        """What of the present pallet's volume is on it already."""
        if not self.volume_m3:
            return 0.0
        percent = self.site.line.view(self.id).progress_percent
        return self.volume_m3 * max(0.0, min(1.0, (percent - _POURS_FROM) / (_POURS_TO - _POURS_FROM)))


class BatchingPlant(BesideMachine):
    """A batching plant: mixes batch after batch for whoever ordered, of the mix that was set last."""

    planned_seconds = _MIXING_SECONDS
    kept = (*BesideMachine.kept, "orders", "under_way", "batch", "batch_m3", "mixed_m3", "silo_t")

    def __init__(self, member_id: str, profile: Profile, site: Site) -> None:
        super().__init__(member_id, profile, site)
        self.orders: list[tuple[str, float]] = []  # the spreader's id and m3
        self.under_way: list[tuple[int, str, float, str]] = []  # ms until there, the spreader's id, kg, batch
        self.batch = ""
        self.batch_m3 = self.mixed_m3 = 0.0
        self.silo_t = _SILO_FULL_T

    def values(self) -> Mapping[str, Callable[[], Value]]:
        """The last batch, what was mixed in all, and what is in the mixer."""
        dosed = {name: lambda kg=kg: self._dosed_m3() * kg for name, kg in _KG_PER_M3.items()}
        return {
            **dosed,
            "batch": lambda: self.batch,
            "batch_m3": lambda: self.batch_m3,
            "mix": lambda: self.settings.get("mix", _USUAL_MIX),
            "mixed_m3": lambda: self.mixed_m3,
            "silo_t": lambda: self.silo_t,
            "silo_low": lambda: self.silo_t < _SILO_LOW_T,
            "mixer_current_a": lambda: 68.0 if self.progress_percent > _DOSED_UNTIL_PERCENT else 21.0,
        }

    def has_work(self) -> bool:
        """Somebody has ordered."""
        return bool(self.orders)

    def step(self) -> None:
        """Mix on; what was mixed travels, whether the plant stands or not."""
        arrived = [(name, kg, batch) for left, name, kg, batch in self.under_way if left <= GRID_MS]
        self.under_way = [(left - GRID_MS, *rest) for left, *rest in self.under_way if left > GRID_MS]  # type: ignore[misc]
        for name, kg, batch in arrived:
            spreader = self.site.machines.get(name)
            if isinstance(spreader, Spreader):
                spreader.fill(kg, batch)
        super().step()

    def finished(self) -> None:
        """The batch leaves for the spreader; the silo is filled up by lorry when it runs low."""
        spreader, volume_m3 = self.orders.pop(0)
        self.batch = f"{self.site.code}-{self.cycles:06d}"
        self.batch_m3 = round(volume_m3, 3)
        self.mixed_m3 += volume_m3
        self.silo_t -= volume_m3 * _KG_PER_M3["cement_kg"] / 1000
        if self.silo_t < _SILO_LOW_T - 5:
            self.silo_t = _SILO_FULL_T
        self.under_way.append((_TRANSPORT_MS, spreader, volume_m3 * DENSITY_KG_M3, self.batch))

    def restore(self, saved: Mapping[str, Any]) -> None:
        """Take over what was kept."""
        super().restore(saved)
        self.orders = [(str(name), float(volume)) for name, volume in self.orders]
        self.under_way = [(int(left), str(name), float(kg), str(batch)) for left, name, kg, batch in self.under_way]

    def _dosed_m3(self) -> float:
        """How much of the present batch is in the mixer."""
        if not self.remaining_ms or not self.orders:
            return 0.0
        return self.orders[0][1] * min(1.0, self.progress_percent / _DOSED_UNTIL_PERCENT)
