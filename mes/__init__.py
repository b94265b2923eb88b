"""precast-mes: the house. Database, web, jobs and people around the four engines."""

__version__ = "0.1.0"
