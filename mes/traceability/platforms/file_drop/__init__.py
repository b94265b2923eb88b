"""Files for places that still want uploads: JSON Lines or a spreadsheet, a file for each batch, and a manifest.

Which events become rows of which table, and the columns, stand in a YAML file; the fields are those of a city's file.
A file appears under its name only when it is whole, on disk, and described by its manifest.
"""

from mes.traceability.platforms.file_drop.folders import use_folders
from mes.traceability.platforms.file_drop.kind import FileDrop
from mes.traceability.platforms.file_drop.layout import Layout, layout_named, layout_names
from mes.traceability.platforms.file_drop.settings import FileDropSettings

KIND = FileDrop()

__all__ = ["KIND", "FileDrop", "FileDropSettings", "Layout", "layout_named", "layout_names", "use_folders"]
