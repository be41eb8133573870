"""How often something of the catalogue was asked for, in words."""

from app.publications.opened import utc_now
from engine import Lake
from engine.usage import DAYS, asked_in


def times_asked(lake: Lake, kind: str, name: str) -> str:
    """On its page, in files and by agents, in the last thirty days; by whom, nobody knows.

    Of a lake that notes no usage (a bundle, a copy) nothing is said.
    """
    counted = asked_in(lake.layout, utc_now().date())
    if not counted:
        return ""
    times = counted[kind, name]
    return f"{times:,} time{'' if times == 1 else 's'} in {DAYS} days"
