"""Pictures of a plan as SVG, without scripts, to be looked at in any browser."""

from scheduling.pictures.gantt import gantt_svg

__all__ = ["gantt_svg"]
