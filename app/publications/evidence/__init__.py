"""Evidence: the eight goals, what was measured of them, and the golden datasets."""
