"""What the address of the members' page asks for, read and written again. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import urlencode

TABS = {
    "risk": ("Risk", "Who may cost most from here on, and why."),
    "anomalies": ("Anomalies", "What is odd: expected against observed."),
    "find": ("Find a provider", "Whom to go to, by need, place and plan."),
}


@dataclass(frozen=True)
class PeopleView:
    """One question of the members' page.

    tier, reason, moved   filters of the risk list; moved is `up` or `down`
    q, segment            part of a member's number, and the clinical segment; page: which hundred
    level, rule           filters of the anomalies
    need, condition       what is looked for in a provider
    state                 of the member
    """

    tab: str = "risk"
    tier: str = ""
    reason: str = ""
    moved: str = ""
    q: str = ""
    segment: str = ""
    page: str = ""
    level: str = ""
    rule: str = ""
    need: str = ""
    state: str = ""
    condition: str = ""
    snapshot: str = ""

    @property
    def address(self) -> str:
        """The page in this state."""
        usual = PeopleView()
        said = {n: v for n, v in vars(self).items() if v and v != getattr(usual, n)}
        return f"members?{urlencode(said)}" if said else "members"

    def turned(self, name: str, value: str) -> "PeopleView":
        """With a filter set, or off where it was set so."""
        return replace(self, page="", **{name: "" if getattr(self, name) == value else value})

    @property
    def hundred(self) -> int:
        """Which hundred of a list, from 1.

        >>> PeopleView(page="3").hundred, PeopleView(page="-x").hundred
        (3, 1)
        """
        return max(1, int(self.page)) if self.page.isascii() and self.page.isdigit() else 1


def read(query: Iterable[tuple[str, str]]) -> PeopleView:
    """The view of an address; what it does not know is left out.

    >>> read([("tab", "find"), ("need", "Cardiology"), ("colour", "red")]).address
    'members?tab=find&need=Cardiology'
    """
    known = PeopleView.__dataclass_fields__
    said = {name: value.strip()[:80] for name, value in query if name in known}
    view = PeopleView(**said)
    return view if view.tab in TABS else replace(view, tab="risk")
