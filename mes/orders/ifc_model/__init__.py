"""Elements out of an IFC model, by a mapping profile."""

from mes.orders.ifc_model.model import IfcElement, IfcFault, IfcOrder
from mes.orders.ifc_model.profile import IfcProfile, IfcProfileError, load_profile, profile_names
from mes.orders.ifc_model.read import IfcFileError, IfcLibraryMissing, read_ifc

__all__ = [
    "IfcElement",
    "IfcFault",
    "IfcFileError",
    "IfcLibraryMissing",
    "IfcOrder",
    "IfcProfile",
    "IfcProfileError",
    "load_profile",
    "profile_names",
    "read_ifc",
]
