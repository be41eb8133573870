"""How often something of the catalogue was asked for, in words."""

from app.publications.opened import utc_now
from engine import Lake
from engine.usage import DAYS, asked_in

MOST = 5


def times_asked(lake: Lake, kind: str, name: str) -> str:
    """On its page, in files, on the map and by agents, in the last thirty days.

    By whom, nobody knows. Of a metric of the map it says of which indicators most often. Of a lake
    that notes no usage (a bundle, a copy) nothing is said.
    """
    counted = asked_in(lake.layout, utc_now().date())
    if not counted:
        return ""
    said = f"{_times(counted[kind, name])} in {DAYS} days"
    of = {
        what.removeprefix(f"{name} "): times
        for (of_kind, what), times in counted.items()
        if kind == "metric" and of_kind == "indicator" and what.startswith(f"{name} ")
    }
    # Those asked for as often stand by their code, so that the words do not change by themselves.
    most = sorted(of.items(), key=lambda one: (-one[1], one[0]))[:MOST]
    listed = ", ".join(f"{code} {_times(times)}" for code, times in most)
    return f"{said}; on the map most often: {listed}" if listed else said


def _times(times: int) -> str:
    return f"{times:,} time{'' if times == 1 else 's'}"
