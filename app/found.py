"""What else of the house a text may mean, beside what a wing's own search finds: each wing says
what it knows, in groups, and this puts them one under the other. The search of every header asks.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice

from htmltools import Tag, TagList, tags

from engine import Lake

LEAST = 2
"""Letters of a word that are looked for; fewer are in everything."""
_BETWEEN = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Found:
    """One thing that a text may mean.

    group    what it is, as its heading says: "Tables"
    name     what it is called
    note     what tells it apart from others, or nothing; it is not looked through
    address  below the front of the house
    said     by which other words it is found
    """

    group: str
    name: str
    note: str
    address: str
    said: str = ""


def likeliest(things: Iterable[Found], text: str, most: int) -> list[Found]:
    """Those of which every word of a text begins a word, at most so many: whose name is it, whose
    name begins with it, whose name has it, then who has it in what else is said; each in the
    order given.

    >>> beds = Found("Tables", "beds", "", "catalogue/beds", said="How many there are.")
    >>> wards = Found("Tables", "ward_beds", "", "catalogue/ward_beds")
    >>> [one.name for one in likeliest([wards, beds], "beds", 5)]
    ['beds', 'ward_beds']
    >>> [len(likeliest([beds], text, 5)) for text in ("b", "beds never", "many beds", "eds")]
    [0, 0, 1, 0]
    """
    plain = _plain(text)
    words = plain.split()
    if max(map(len, words), default=0) < LEAST:
        return []
    ranked: list[tuple[int, Found]] = []
    for one in things:
        name, other = _plain(one.name), _plain(one.said)
        if all(_begins(word, name) or _begins(word, other) for word in words):
            ranked.append((_rank(name, plain, words), one))
    ranked.sort(key=lambda pair: pair[0])
    return [one for _, one in islice(ranked, most)]


def elsewhere(lake: Lake, text: str, *, most: int, but: str = "") -> list[Found]:
    """What every wing finds, at most so many of a group; `but` names one that has said its own."""
    # When it is asked: the wings' own pages stand in files that import this one.
    from app.wings import WINGS

    return [
        one
        for wing in WINGS
        if wing.name != but and wing.finds is not None
        for one in wing.finds(lake, text, most)
    ]


def groups(found: Sequence[Found]) -> Iterator[tuple[str, list[Found]]]:
    """A group's heading and its things, in the order in which they were found."""
    for heading, own in groupby(found, key=lambda one: one.group):
        yield heading, list(own)


def drawn(found: Sequence[Found], *, root: str = "") -> TagList:
    """A section a group, each thing a link."""
    return TagList(*(_section(heading, own, root) for heading, own in groups(found)))


def suggested(found: Sequence[Found]) -> list[dict[str, object]]:
    """The same for the box that suggests: what app/www/search.js reads."""
    return [
        {"group": one.group, "name": one.name, "note": one.note, "href": one.address}
        for one in found
    ]


def _section(heading: str, own: list[Found], root: str) -> Tag:
    items = (
        tags.li(tags.a(one.name, href=f"{root}{one.address}"), f" {one.note}" if one.note else None)
        for one in own
    )
    return tags.section(tags.h2(heading), tags.ul(*items, class_="atlas-found"))


def _rank(name: str, text: str, words: Sequence[str]) -> int:
    if name == text:
        return 0
    if name.startswith(text):
        return 1
    return 2 if all(_begins(word, name) for word in words) else 3


def _begins(word: str, text: str) -> bool:
    return text.startswith(word) or f" {word}" in text


def _plain(text: str) -> str:
    """Words with a blank between, whatever stood there: `ward_beds`, Beds (KH03)."""
    return _BETWEEN.sub(" ", text.casefold()).strip()
