"""Looking at a file nobody has seen before, as a careful person would."""

from refresh.publications.looking.draft import draft

__all__ = ["draft"]
