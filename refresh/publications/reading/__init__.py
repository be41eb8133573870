"""Reading a file strictly by its manifest."""

from refresh.publications.reading.read import ColumnSeen, Reading, read

__all__ = ["ColumnSeen", "Reading", "read"]
