"""Labels in ZPL II, the language of Zebra printers and of many others."""

from labels.output.zpl.label import label_zpl
from labels.output.zpl.rfid import TagCopiesError

__all__ = ["TagCopiesError", "label_zpl"]
