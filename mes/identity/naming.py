"""How a plant of this house names its things."""

from __future__ import annotations

from labels.keys.naming import Naming
from mes.accounts.models import Plant


def naming_of(plant: Plant) -> Naming:
    """The plant's naming: with its GS1 company prefix, or local where it has none.

    Raises:
        LabelError: what was stored of the plant can name nothing; `set_plant` lets no such plant in.
    """
    return Naming(plant.company_prefix, plant.credit_code, plant.site_number)
