"""Newly listed: files of a registered source that are offered since its manifest was made.

A manifest names what was there when somebody drafted it. Months go on: a file of the same kind, of
a later period than any that is known, is followed without a hand, and read by the words of the
newest period. Earlier ones that a steward left out stay out.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from engine.errors import LakeError, UnknownName
from refresh.extract.discover import discover
from refresh.extract.read import members
from refresh.finding import from_error
from refresh.publications.agreed import name_of
from refresh.publications.discovering import Announced, dated, is_file, one_each, period_pages
from refresh.publications.fiscal import first_day
from refresh.publications.looking.period_words import period_in, period_of
from refresh.publications.manifest import File, TableOf
from refresh.publications.reading.text import book_of, is_book, member_of
from refresh.publications.source_codes import base_of, is_of_another_period
from refresh.source import Link, Source
from refresh.walk import Walk

Browse = Callable[[str], Sequence[Link]]
"""An address -> the links of its page, or every file of a mirror."""


def newly_listed(walk: Walk, source: Source, of: TableOf, page: str) -> list[File]:
    """Files of later periods than the contract names: in the mirror, else on the source's page.

    A page or mirror that does not answer is a warning: what is known is looked at all the same.
    """
    try:
        if not walk.mirror:
            return on_its_page(of, page, walk.browse)
        offers = discover(source, mirror=walk.mirror, browse=walk.browse, today=walk.today)
        names = {name_of(file.url) for file in of.files}
        new = [offer for offer in offers if offer.link.name not in names]
        return named_as_before(of, [Announced(o.link.url, "", "", period=o.period) for o in new])
    except LakeError as error:
        walk.tell([replace(from_error(error, source=source.code), status="warn")])
        return []


def later_period(of: TableOf) -> Callable[[str], str | None]:
    """Of which later period a text is: a file's name, the words of a page.

    Takes:  what a source is loaded by.
    Gives:  a function that gives the period as a manifest writes it; None where the text says none,
            one of another kind (a year where months come), or none later than the newest known.
    """
    newest = _newest(of)
    kind = period_of(newest) if newest else None

    def later(text: str) -> str | None:
        found = period_in(text)
        if found is None or kind is None or found.kind != kind.kind:
            return None
        return found.text if found.start > kind.start else None

    return later


def kinds_of(of: TableOf) -> frozenset[str]:
    """What the files of its newest period are called but for the period; without more, nothing."""
    newest = _newest(of)
    return frozenset(base_of(name_of(f.url)) for f in of.files if f.period == newest) - {""}


def on_its_page(of: TableOf, page: str, browse: Browse) -> list[File]:
    """Files of later periods that its landing page leads to, as the manifest would name them.

    Takes:  what it is loaded by; the address of its landing page; what opens a page.
    Gives:  none where it has no page, or no file whose period can be told.
    Raises: PublisherUnreachable where a page does not answer.
    """
    if urlsplit(page).scheme not in ("http", "https") or is_file(page) or not kinds_of(of):
        return []
    later, links = later_period(of), list(browse(page))
    found = [dated(Announced(link.url, link.text, page)) for link in links if is_file(link.url)]
    # Of the pages of periods only those that can have news are opened.
    for below in period_pages(page, links):
        if later(name_of(below.url.rstrip("/"))) or later(below.text):
            own = (link for link in browse(below.url) if is_file(link.url))
            found += [dated(Announced(k.url, k.text, below.url, below.text)) for k in own]
    return named_as_before(of, found)


def named_as_before(of: TableOf, found: Sequence[Announced]) -> list[File]:
    """Those of the files found that are of its kinds and later, with what is said of the newest."""
    later, kinds, newest = later_period(of), kinds_of(of), _newest(of)
    news = [file for file in found if base_of(file.name) in kinds and later(file.period)]
    return [
        msgspec.structs.replace(before, url=file.url, period=file.period, sha256="")
        for file in sorted(one_each(news, []), key=lambda file: (first_day(file.period), file.url))
        for before in of.files
        if before.period == newest and base_of(name_of(before.url)) == base_of(file.name)
    ]


def named_anew(of: TableOf, paths: Mapping[str, Path]) -> TableOf:
    """The same words with the members and sheets as these files call them.

    What is called for its month has another name in the next file: it is the only one that is
    called so but for its period. What is there as the manifest names it stays.

    Takes:  the words of one period; where its files lie, by their addresses.
    Raises: NotTheFile, ContractBroken for a file that cannot be opened.
    """
    return msgspec.structs.replace(of, files=[_named_anew(f, paths[f.url]) for f in of.files])


def _named_anew(file: File, path: Path) -> File:
    if file.extract:
        there = {"/".join(one.steps) or one.name: one.name for one in members(path)}
        is_there = file.extract in {*there, *there.values()}
        file = msgspec.structs.replace(
            file, extract=file.extract if is_there else _same_but_period(file.extract, [*there])
        )
    if file.sheet and is_book((member := member_of(path, file.extract)).name):
        names = book_of(member).names
        if file.sheet not in names:
            file = msgspec.structs.replace(file, sheet=_same_but_period(file.sheet, names))
    return file


def _same_but_period(name: str, others: Sequence[str]) -> str:
    """The one that is called so but for its period; where none or several are, the name itself."""
    found = [other for other in others if is_of_another_period(name, other)]
    return found[0] if len(found) == 1 else name


def _newest(of: TableOf) -> str:
    """The newest of its periods; empty where none can be told."""
    told = [file.period for file in of.files if period_of(file.period)]
    try:
        return max(told, key=first_day, default="")
    except UnknownName:
        return ""
