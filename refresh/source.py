"""Source and Release: what is followed, and the immutable bytes that came of it.

A Source is a declaration; it knows names and patterns, and how its own files are shaped, but it
opens no connection and writes no file. Discover, fetch, read and stage work from it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

import polars as pl

from engine.period import Calendar
from engine.table import Table
from engine.wings import table

# A mirror that holds a file of this name is a demonstration, whoever refreshes from it.
DEMONSTRATION = "DEMONSTRATION.txt"
AND_MORE = "..."
"""Last in a part's header: its publisher appends columns, which go by their number."""


# What browsers and file managers put into the name of a second copy.
_COPY = re.compile(r"^copy of |(?:[ _-]*\(\d{1,2}\)| ?- copy)+(?=(?:\.\w+)*$)", re.IGNORECASE)


def as_published(name: str) -> str:
    """A file's name without what a browser or file manager added to it.

    >>> as_published("QOF2223 (1).zip"), as_published("Copy of a.csv"), as_published("a - Copy.csv")
    ('QOF2223.zip', 'a.csv', 'a.csv')
    """
    return _COPY.sub("", name)


@dataclass(frozen=True)
class Part:
    """One table's share of a release: which members of it carry the rows.

    name      the staged table these rows become (a contract in engine/*/tables/)
    members   patterns of file names, tried in order, case-insensitive; the first that matches any
              member wins, so the publisher's own name stands before a copy's
    expected  for each pattern, how many members there must be (7 region files) if it wins; None,
              or nothing, where any number will do
    known_by  for files of any other name: columns that no other publication has together (one set,
              or several)
    shape     raw text frame -> text frame with the contract's columns (or None: as it is)
    sheet     for workbooks, the sheet to look at first (`*`: the cells of all of them); where its
              columns are not the part's, another that has them is read
    required  without it the source's release is refused; otherwise a finding says it is missing
    header    the columns of a file that is published without a header row, in their order
    covers    parts of the same release whose practices this one must have too
    refuse    over the contract's columns, why a row cannot be used though each cell can be read
              (null where it can)
    numbered  where the shape looks at each row by itself, the contract's columns that have a row's
              number in its file and how many the file has: a file too large for memory is then
              staged a piece at a time, and these two are made of the whole
    of        the contract, where no wing declares it: that of a source registered at run time
    """

    name: str
    members: tuple[str, ...]
    expected: tuple[int | None, ...] = ()
    known_by: tuple[tuple[str, ...], ...] = ()
    shape: Callable[[pl.LazyFrame], pl.LazyFrame] | None = None
    sheet: str | None = None
    required: bool = False
    header: tuple[str, ...] | None = None
    covers: tuple[str, ...] = ()
    refuse: Callable[[], pl.Expr] | None = None
    numbered: tuple[str, str] | None = None
    of: Table | None = field(default=None, repr=False)

    @property
    def contract(self) -> Table:
        """What its rows are held to.

        Raises: UnknownName where it has none of its own and no wing declares one.
        """
        return self.of or table(self.name)


@dataclass(frozen=True)
class Ways:
    """How a source is brought and staged, where what it declares cannot say it: by these functions.

    bring  in place of refresh.bring.bring: the walk and the source -> how many files were on offer
    stage  in place of refresh.staging.stage_release, with the number of the load
    look   after a run that staged something: the walk and the source -> findings
    """

    bring: Callable[..., int]
    stage: Callable[..., Any]
    look: Callable[..., Any] | None = None


@dataclass(frozen=True)
class Source:
    """A publication that is followed.

    pages     addresses where its files are announced (landing pages, or the file itself)
    follow    pattern of links on those pages that lead to the page of one period
    files     patterns of file names that belong to it, case-insensitive; group `period` (and
              `version`) where the name says so
    period    the words that a name's groups, a path or a date become: `2021-22`, `2026-02`
    unread    files of its that cannot be read: patterns of names, each with the reason
    dated     columns that say the day the rows are of (or two: the year and the month), by the
              names they have had; what they say outranks every name and folder
    since     columns of days none of which lies long after the day that the rows are of: the newest
              says what no name does, and gives a name away that is too long before it
    ahead     how many days after it they may lie: what is listed before it opens
    ways      its own ways of being brought and staged, where it has any
    is_held   whether what a gate fails is not loaded
    largest   bytes that a file of its may have
    domain    whose it is: who has that domain alone may bring it; None: who has all domains
    is_registered whether a manifest brought it, so that only who has its domain sees its rows
    """

    code: str
    name: str
    publisher: str
    pages: tuple[str, ...]
    files: tuple[str, ...]
    parts: tuple[Part, ...]
    period: Callable[[re.Match[str], "Link"], str | None]
    calendar: Calendar
    owner: str
    purpose: str
    licence: str = "Open Government Licence v3.0"
    follow: str | None = None
    unread: tuple[tuple[str, str], ...] = ()
    dated: tuple[tuple[str, ...], ...] = ()
    since: tuple[str, ...] = ()
    ahead: int = 0
    ways: Ways | None = None
    is_held: bool = True
    largest: int = 1 << 30
    domain: str | None = None
    is_registered: bool = False

    def contract(self, part: str) -> Table:
        """What the rows of one of its parts are held to.

        Raises: StopIteration where it has no such part.
        """
        return next(one.contract for one in self.parts if one.name == part)


@dataclass(frozen=True)
class Link:
    """A file that a publisher (or a mirror) offers, before it is fetched.

    url      http(s) or file address
    stamp    what tells one state of the file from the next without reading it (size and mtime of
             a file in a folder; empty for the web, where ETag and Last-Modified do it)
    dated    the day the publisher, the path or the file system puts on it, if any
    """

    url: str
    text: str = ""
    stamp: str = ""
    dated: date | None = None

    @cached_property
    def name(self) -> str:
        """The file's own name, percent signs decoded."""
        return PurePosixPath(unquote(urlsplit(self.url).path)).name


@dataclass(frozen=True)
class Offer:
    """A link that belongs to a source, with the period and version its name gives.

    period   empty where only the file's own rows can say
    """

    source: str
    period: str
    version: int
    link: Link


@dataclass(frozen=True)
class StoredFile:
    """One file of a release, as it lies in data/raw."""

    name: str
    url: str
    sha256: str
    size: int
    etag: str = ""
    last_modified: str = ""
    stamp: str = ""


@dataclass(frozen=True)
class Release:
    """The bytes of one source for one period; a re-publication is another Release.

    revision counts from 1 within (source, period). sha256 is the file's own, or, where a period
    came as several files, that of their sorted hashes. read_by is what a source whose releases say
    themselves how they are read (`Source.ways`) needs for that, as text.
    """

    source: str
    period: str
    revision: int
    sha256: str
    files: tuple[StoredFile, ...] = field(default=())
    published_on: date | None = None
    demonstration: bool = False
    read_by: str = ""
