"""The demo plant: a database full of a believable past, made through the same use cases as real work."""

from mes.demo.loading import PlantThere, load_demo_plant
from mes.demo.plant import SIGN_INS_FILE

__all__ = ["SIGN_INS_FILE", "PlantThere", "load_demo_plant"]
