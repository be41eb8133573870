"""Which QOF years a snapshot has."""

from engine.lake import Lake


def qof_years(lake: Lake) -> tuple[str, ...]:
    """The QOF years with practices in this snapshot, oldest first."""
    return tuple(sorted(lake.partitions("organisation")))
