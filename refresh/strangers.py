"""Files of a mirror that no source takes by name: known by their columns, or told of once.

Part of the walk, before anything is fetched. Only files in a folder can be looked into; of a web
server's, names are all that is known before they are downloaded.
"""

import re
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from engine.errors import LakeError
from refresh.extract.discover import discover
from refresh.extract.read import TEXT, Member, find_members, members
from refresh.finding import Finding
from refresh.named import month_of
from refresh.part_files import are_of, columns_of
from refresh.source import DEMONSTRATION, Link, Offer, Part, Source, as_published

_ALIKE = 0.5  # of 1: `gp-registrations-july.csv` and `registrations`
_SHOWN = 12
_NOTES = (".txt", ".md", ".pdf", ".docx", ".doc", ".html", ".htm", ".yml", ".yaml", ".log")
_LARGEST = 1 << 30  # bytes, packed: a zip's directory is at its end


def strangers(links: Sequence[Link], sources: Sequence[Source]) -> list[Link]:
    """The links that no source takes by name; notes and the mark of a demonstration left out."""
    taken = {
        offer.link.url
        for source in sources
        for offer in discover(source, mirror="there", browse=lambda _: [*links])
    }
    return [
        link
        for link in links
        if link.url not in taken
        and link.name != DEMONSTRATION
        and not link.name.lower().endswith(_NOTES)
    ]


def known_by_columns(links: Sequence[Link], sources: Sequence[Source]) -> dict[str, list[Offer]]:
    """By source, offers of files that are one of its parts, whatever they are called.

    Takes:  links that no source takes by name; all sources, of which those with a `known_by` count.
    """
    wanted = [(source, part) for source in sources for part in source.parts if part.known_by]
    found: dict[str, list[Offer]] = {}
    for link in links:
        # Each looked into once, whoever asks.
        columns = [columns_of(member, [part for _, part in wanted]) for member in _inside(link)]
        for source, part in wanted:
            if any(are_of(names, part) for names in columns):
                offer = Offer(source.code, month_of(link) or "", 1, link)
                found.setdefault(source.code, []).append(offer)
                break
    return found


def untaken(mirror: str, links: Sequence[Link], sources: Sequence[Source]) -> list[Finding]:
    """One warning that names what no source takes, each with the source that is nearest to it."""
    if not links:
        return []
    told = [f"{link.name} ({nearest(link, sources)})" for link in links]
    more = f" and {len(told) - _SHOWN:,} more" if len(told) > _SHOWN else ""
    return [
        Finding(
            "warn",
            "metadata",
            "files that no source takes",
            mirror,
            f"{len(told):,} files there belong to nothing that is followed:"
            f" {'; '.join(told[:_SHOWN])}{more}",
            column="(file names)",
            expected="names as published, or columns that are known",
            observed=f"{len(told):,} files",
            rows_failed=len(told),
            rows_total=len(told),
            sample="; ".join(link.name for link in links[:_SHOWN]),
            next_step="where one of them should be read, give it the name that its publisher gave"
            " it; else nothing",
        )
    ]


def nearest(link: Link, sources: Sequence[Source]) -> str:
    """`nearest: qof`: the source with a part of such a name inside, or that is called alike."""
    name = as_published(link.name)
    for source in sources:
        for pattern, why in source.unread:
            if re.search(pattern, name, re.IGNORECASE):
                return f"of {source.code}: {why}"
    inside = _inside(link)
    for source in sources:
        if any(find_members(inside, _telling(part)) for part in source.parts):
            return f"has a part of {source.code}, its own name is not known"
    stem = name.lower().split(".")[0]
    words: Mapping[str, list[str]] = {
        source.code: [source.code, source.name.lower(), *(part.name for part in source.parts)]
        for source in sources
    }
    alike, code = max(
        (max(_likeness(stem, word) for word in said), code) for code, said in words.items()
    )
    return f"nearest: {code}" if alike >= _ALIKE else "like nothing that is followed"


def _telling(part: Part) -> tuple[str, ...]:
    """The part's patterns of names that do not match just any."""
    return tuple(p for p in part.members if not re.search(p, "any.csv", re.IGNORECASE))


def _likeness(stem: str, word: str) -> float:
    """From 0 to 1: 1 where one begins with the other."""
    begins = stem.startswith(word) or (len(stem) > 3 and word.startswith(stem))
    return 1.0 if begins else SequenceMatcher(None, stem, word).ratio()


def _inside(link: Link) -> list[Member]:
    """What can be looked into of a file in a folder: it or its members, where they are text."""
    split = urlsplit(link.url)
    if split.scheme != "file":
        return []
    path = Path(url2pathname(split.path))
    lower = path.name.lower()
    if not lower.endswith((".zip", *TEXT, *(f"{kind}.gz" for kind in TEXT))):
        return []
    try:
        return members(path) if path.stat().st_size < _LARGEST else []
    except (LakeError, OSError):
        return []
