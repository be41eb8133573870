"""The way to follow something by e-mail, where anybody can be written to."""

from urllib.parse import urlencode

from refresh.operate.lifecycle import can_mail

LONGEST_AREA = 4_000
ENGLAND = "england"
WORDS = "Follow by e-mail"


def follow_address(area: str, *, root: str = "") -> str:
    """The address of the page that asks; empty where nobody can be written to.

    Takes: the area as links have it; empty: all of England.
    """
    if not can_mail() or len(area) > LONGEST_AREA:
        return ""
    return f"{root}follow?{urlencode({'area': area or ENGLAND}, safe=':')}"
