"""Pages of the room: the bench where tags are put on, a thing's tags and names, the readers."""

from mes.identity.views import bench, names, readers
from mes.identity.views.room import pages

__all__ = ["bench", "names", "pages", "readers"]
