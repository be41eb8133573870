"""The API, /api/v1: the engine's answers for other programs. What there is, each wing declares."""
