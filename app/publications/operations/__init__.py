"""Operations: whether loads succeed, sources are fresh, the lake has room; and what waits."""
