"""What the catalogue's page is asked: words and filters, as they stand in its address. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from app.publications.catalogue.listed import KINDS, LEDGER, Entry

LONGEST = 200
FILTERS = {
    "kind": "What",
    "wing": "Wing",
    "publication": "Publication",
    "domain": "Domain",
    "owner": "Owner",
}


@dataclass(frozen=True)
class View:
    """What is asked of the list; empty: everything.

    Without words or a kind tables and metrics are shown: a thousand columns would drown them, and
    the ledger's tables are no data of anybody's.
    """

    q: str = ""
    kind: str = ""
    wing: str = ""
    publication: str = ""
    domain: str = ""
    owner: str = ""

    def address(self, **other: str) -> str:
        """The page that shows it, with some of it otherwise."""
        said = {k: v for k, v in vars(replace(self, **other)).items() if v}
        return f"catalogue?{urlencode(said)}" if said else "catalogue"

    @property
    def filters(self) -> dict[str, str]:
        """What is set beside the words."""
        return {name: value for name in FILTERS if (value := getattr(self, name))}


def read(query: Mapping[str, str]) -> View:
    """A view as an address says it."""
    return View(**{name: query.get(name, "").strip()[:LONGEST] for name in ("q", *FILTERS)})


def chosen(entries: Sequence[Entry], view: View) -> list[Entry]:
    """The entries that a view asks for: each of its words must be there; best names first."""
    words = view.q.lower().replace("_", " ").split()
    found = [
        one for one in entries if _is_asked(one, view) and all(word in one.words for word in words)
    ]
    return sorted(found, key=lambda one: _rank(one, words))


def offered(entries: Sequence[Entry]) -> dict[str, list[str]]:
    """What can be chosen by each filter."""
    return {
        "wing": sorted({one.wing for one in entries}),
        "publication": sorted({p for one in entries for p in one.publications}),
        "domain": sorted({one.domain for one in entries}),
        "owner": sorted({one.owner for one in entries if one.owner}),
    }


def _is_asked(one: Entry, view: View) -> bool:
    is_asked_for = view.kind or view.q or view.wing == LEDGER or view.domain == LEDGER
    if not is_asked_for and one.kind in ("column", "ledger"):
        return False
    return (
        view.kind in ("", one.kind)
        and view.wing in ("", one.wing)
        and view.domain in ("", one.domain)
        and view.owner in ("", one.owner)
        and (not view.publication or view.publication in one.publications)
    )


def _rank(one: Entry, words: Sequence[str]) -> tuple[bool, int, bool, str]:
    """By whether the name itself has all words, then by kind, what has no rows last."""
    name = one.name.replace("_", " ")
    in_name = bool(words) and all(word in name for word in words)
    return not in_name, list(KINDS).index(one.kind), one.rows == 0, one.name
