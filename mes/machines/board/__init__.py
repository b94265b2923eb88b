"""The line board: a live mimic of each line, fed by one small document that is made without ORM objects."""

from mes.machines.board.plan import BoardLine, BoardStation, board_lines
from mes.machines.board.snapshot import Snapshots

__all__ = ["BoardLine", "BoardStation", "Snapshots", "board_lines"]
