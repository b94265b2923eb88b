"""The atlases' series and default sizes: editable YAML in `atlas_rules/`, read strictly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from mes.core.errors import InvalidInput
from mes.core.text import N_, Text

RULES_FOLDER = Path(__file__).parents[1] / "atlas_rules"

PositiveMm = Annotated[int, Field(gt=0)]
DeductionMm = Annotated[int, Field(ge=0)]


class AtlasRuleError(InvalidInput):
    """A file of `atlas_rules/` is missing, is not YAML, or says something unusable."""

    title = N_("The atlas rules cannot be read")


class Strict(BaseModel):
    """Unknown keys are errors, so that a slip of the pen in a rule file is found."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Title(Strict):
    """A name in both languages."""

    zh: str
    en: str


class Series(Strict):
    """Sizes from one to another in equal steps, in millimetres."""

    first: PositiveMm = Field(alias="from")
    last: PositiveMm = Field(alias="to")
    step: PositiveMm

    @model_validator(mode="after")
    def _ascends(self) -> Series:
        if self.last < self.first:
            raise ValueError("'to' is smaller than 'from'")
        return self

    def __iter__(self) -> Iterator[int]:  # type: ignore[override]
        return iter(range(self.first, self.last + 1, self.step))


class AtlasFile(Strict):
    """What every atlas's file states about itself."""

    atlas: str
    edition: str
    source: str
    verified: bool
    concrete_grade: str


class MaterialRules(Strict):
    """Densities for the weights."""

    source: str
    verified: bool
    reinforced_concrete_kg_per_m3: float = Field(gt=1000, lt=4000)
    insulation_kg_per_m3: float = Field(ge=0, lt=1000)


class PlatePosition(Strict):
    """A two-way plate's place in the floor: at its edge or in its middle."""

    title: Title
    width_deduction_mm: DeductionMm


class TwoWayRules(Strict):
    """DBS plates."""

    prefix: Literal["DBS"]
    nominal_spans_mm: Series
    positions: dict[str, PlatePosition]


class OneWayRules(Strict):
    """DBD plates."""

    prefix: Literal["DBD"]
    title: Title
    nominal_spans_mm: Series
    width_deduction_mm: DeductionMm
    distribution_bars: str


class SlabRules(AtlasFile):
    """15G366-1."""

    title: Title
    span_deduction_mm: DeductionMm
    nominal_widths_mm: list[PositiveMm]
    topping_mm: list[PositiveMm]
    plate_mm: list[PositiveMm]
    two_way: TwoWayRules
    one_way: OneWayRules
    span_bars: dict[str, str]
    width_bars: dict[str, str]


class ExteriorPanel(Strict):
    """A kind of exterior wall: how many openings, and how high above the floor they begin."""

    title: Title
    openings: Literal[0, 1, 2]
    sill_mm: DeductionMm = 0
    widths_mm: Series


class ExteriorWallRules(AtlasFile):
    """15G365-1."""

    storeys_mm: list[PositiveMm]
    inner_leaf_mm: PositiveMm
    outer_leaf_mm: PositiveMm
    insulation_mm: DeductionMm
    inner_leaf_length_deduction_mm: DeductionMm
    inner_leaf_height_deduction_mm: DeductionMm
    outer_leaf_extension_mm: DeductionMm
    outer_leaf_height_deduction_mm: DeductionMm
    insulation_edge_mm: DeductionMm
    panels: dict[str, ExteriorPanel]


class InteriorPanel(Strict):
    """A kind of interior wall: where its door is."""

    title: Title
    door: Literal["none", "jamb", "middle", "edge"]
    jamb_mm: DeductionMm = 0
    widths_mm: Series


class InteriorWallRules(AtlasFile):
    """15G365-2."""

    storeys_mm: list[PositiveMm]
    thickness_mm: PositiveMm
    height_deduction_mm: DeductionMm
    length_deduction_mm: DeductionMm
    panels: dict[str, InteriorPanel]


class FlightRules(Strict):
    """A kind of stair flight; the tables go by storey height and by clear width of the stair-well."""

    title: Title
    flights_per_storey: Literal[1, 2]
    risers_per_storey: dict[int, PositiveMm]
    flight_width_mm: dict[int, PositiveMm]
    waist_mm: PositiveMm
    end_length_mm: DeductionMm
    end_thickness_mm: PositiveMm


class StairRules(AtlasFile):
    """15G367-1."""

    tread_mm: PositiveMm
    flights: dict[str, FlightRules]


class BalconyKind(Strict):
    """A kind of balcony and its plate's thickness."""

    title: Title
    slab_mm: PositiveMm


class BalconyRules(Strict):
    """YTB balconies."""

    kinds: dict[str, BalconyKind]
    projections_mm: list[PositiveMm]
    bays_mm: Series
    kerbs_mm: list[PositiveMm]
    projection_addition_mm: DeductionMm
    bay_deduction_mm: DeductionMm
    kerb_thickness_mm: PositiveMm


class AcSlabRules(Strict):
    """KTB slabs."""

    title: Title
    lengths_mm: list[PositiveMm]
    widths_mm: list[PositiveMm]
    thickness_mm: PositiveMm


class ParapetKind(Strict):
    """A kind of parapet."""

    title: Title
    sandwich: bool
    corner: bool


class ParapetRules(Strict):
    """NEQ parapets."""

    kinds: dict[str, ParapetKind]
    lengths_mm: Series
    heights_mm: list[PositiveMm]
    length_deduction_mm: DeductionMm
    height_deduction_mm: DeductionMm
    inner_leaf_mm: PositiveMm
    outer_leaf_mm: PositiveMm
    insulation_mm: DeductionMm
    corner_return_mm: DeductionMm


class BalconyFile(AtlasFile):
    """15G368-1."""

    balcony: BalconyRules
    ac_slab: AcSlabRules
    parapet: ParapetRules


@dataclass(frozen=True)
class AtlasRules:
    """All rules that `parse_type_code` needs."""

    materials: MaterialRules
    slabs: SlabRules
    exterior_walls: ExteriorWallRules
    interior_walls: InteriorWallRules
    stairs: StairRules
    balconies: BalconyFile


@cache
def load_rules(folder: Path = RULES_FOLDER) -> AtlasRules:
    """Read the rule files of `folder`. Raises AtlasRuleError naming the file and the place in it."""
    return AtlasRules(
        materials=_read(folder / "materials.yaml", MaterialRules),
        slabs=_read(folder / "15G366-1.yaml", SlabRules),
        exterior_walls=_read(folder / "15G365-1.yaml", ExteriorWallRules),
        interior_walls=_read(folder / "15G365-2.yaml", InteriorWallRules),
        stairs=_read(folder / "15G367-1.yaml", StairRules),
        balconies=_read(folder / "15G368-1.yaml", BalconyFile),
    )


Rules = TypeVar("Rules", bound=Strict)


def _read(path: Path, kind: type[Rules]) -> Rules:
    try:
        return kind.model_validate(yaml.safe_load(path.read_text("utf-8")))
    except OSError as error:
        raise AtlasRuleError(Text(N_("%(file)s cannot be read"), {"file": path.name})) from error
    except yaml.YAMLError as error:
        raise AtlasRuleError(
            Text(N_("%(file)s is not YAML: %(problem)s"), {"file": path.name, "problem": str(error)})
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise AtlasRuleError(
            Text(
                N_("%(file)s, at %(place)s: %(problem)s"),
                {"file": path.name, "place": place, "problem": first["msg"]},
            )
        ) from error
