"""Discovering: from a publication's page to a draft manifest that names its files, by period.

digital.nhs.uk has a page a period below the landing page; england.nhs.uk lists everything on one.
Whatever the host, both are looked for. Nothing here opens a connection: pages come through `get`.
"""

import html as markup
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import PurePosixPath
from typing import Literal
from urllib.parse import unquote, urlsplit

from engine.errors import BadQuestion, PublisherUnreachable
from engine.period import MONTHS
from refresh.extract.discover import Get, links_in
from refresh.publications.fiscal import first_day
from refresh.publications.looking.period_words import period_in, period_of
from refresh.publications.manifest import Described, File, Manifest, TableOf
from refresh.publications.source_codes import base_of, codes_for, is_metadata
from refresh.source import Link

Mode = Literal["discover", "template", "explicit"]
Kind = Literal["nhs_digital", "nhs_england", "other"]
Cadence = Literal["month", "quarter", "year", ""]
TEMPLATE = "{landing_page}/{month_name}-{year}"
EXTENSIONS = (".xlsx", ".xls", ".xlsm", ".csv", ".zip", ".ods")
MAX_PAGES = 200

_PUBLISHERS = {"digital.nhs.uk": "NHS England", "england.nhs.uk": "NHS England"}
# Folders that publishers store files in: a hash, or the month of upload, which is no period.
_STORE = re.compile(r"[0-9A-F]{2,8}|\d+", re.IGNORECASE)
_HEADING = re.compile(r"<h1[^>]*>(.*?)</h1>", re.IGNORECASE | re.DOTALL)
_PROVISIONAL = re.compile(
    r"(?<![a-z])(?:provisional|prov|draft|preliminary)(?![a-z])", re.IGNORECASE
)


@dataclass(frozen=True)
class Announced:
    """A file that a page names.

    page    the address it stands on, and the words that led there
    period  as a manifest writes it; empty where nothing says one
    """

    url: str
    text: str
    page: str
    page_text: str = ""
    period: str = ""

    @property
    def name(self) -> str:
        """The file's own name."""
        return PurePosixPath(unquote(urlsplit(self.url).path)).name

    @property
    def is_provisional(self) -> bool:
        """Whether the file, the link or the page says that it will be revised."""
        said = (self.name, self.text, self.page.rsplit("/", 1)[-1], self.page_text)
        return any(_PROVISIONAL.search(words) for words in said)


@dataclass(frozen=True)
class Discovery:
    """A draft manifest, and what was met on the way, in words."""

    manifest: Manifest
    notes: tuple[str, ...]


def discover(
    urls: Sequence[str],
    get: Get,
    *,
    today: date,
    mode: Mode | None = None,
    periods: Sequence[str] = (),
    template: str = TEMPLATE,
) -> Discovery:
    """A draft manifest of what a publication offers, newest period first, a source a kind of file.

    Takes:  the landing page, or files; `get`, which opens a page; the day; how to look (None: as
            the addresses say); for `template` the months to look for, `2025-04`, and the pattern of
            a month's page.
    Gives:  sources without columns: `manifest draft` looks into their files. A page that does not
            answer is a note, unless it is the landing page or none of them does.
    Raises: PublisherUnreachable, and BadQuestion where nothing is offered.
    """
    chosen = mode or ("explicit" if all(map(is_file, urls)) else "discover")
    notes: list[str] = []
    heading = ""
    if chosen == "explicit":
        files = [dated(Announced(url, "", page="")) for url in urls]
    elif chosen == "template":
        files = list(_templated(urls[0], periods, template, get, notes))
    else:
        heading, files = _scraped(urls[0], get, notes)
    if not files:
        raise BadQuestion(
            "no file is offered there",
            where=urls[0],
            expected=f"links to {', '.join(EXTENSIONS)}",
            next="give the page that lists the files, or the files themselves",
        )
    return Discovery(_manifest(urls[0], heading, one_each(files, notes), today), tuple(notes))


def kind_of(url: str) -> Kind:
    """How a publisher's site is laid out, by its host.

    >>> kind_of("https://www.england.nhs.uk/statistics/"), kind_of("https://digital.nhs.uk/data")
    ('nhs_england', 'nhs_digital')
    """
    host = urlsplit(url).hostname or ""
    if host.endswith("england.nhs.uk"):
        return "nhs_england"
    return "nhs_digital" if host.endswith("digital.nhs.uk") else "other"


def is_file(url: str) -> bool:
    """Whether an address is a file that can be loaded, by its ending or a hash in its path."""
    path = urlsplit(url).path
    if path.lower().endswith(EXTENSIONS):
        return True
    return re.search(r"/[0-9A-F]{2}/[0-9A-F]{6}/[^/.]+$", path) is not None


def cadence_of(periods: Sequence[str]) -> Cadence:
    """How often periods come: by quarter where three or more have at most four months,
    none of them beside another.

    >>> cadence_of(["2025-03", "2025-06", "2025-09"]), cadence_of(["2024-25", "2023-24"])
    ('quarter', 'year')
    >>> cadence_of(["2025-01", "2025-02", "2025-03", "2025-04", "2025-05"]), cadence_of(["2025-01"])
    ('month', '')
    >>> cadence_of(["2026-07", "2026-08", "2026-09"])
    'month'
    """
    told = {period for period in periods if period}
    kinds = {said.kind for period in told if (said := period_of(period))}
    if len(told) < 2:
        return ""
    if kinds <= {"year", "calendar year"}:
        return "year"
    begun = sorted(first_day(period) for period in told)
    if kinds == {"month"} and any(map(_is_next_month, begun, begun[1:])):
        return "month"
    months = {day.month for day in begun}
    if len(told) >= 3 and len(months) <= 4:
        return "year" if len(months) == 1 else "quarter"
    return "month"


def _is_next_month(day: date, other: date) -> bool:
    return (other.year - day.year) * 12 + other.month - day.month == 1


def _scraped(url: str, get: Get, notes: list[str]) -> tuple[str, list[Announced]]:
    """The heading of a landing page, and the files on it and on the pages of periods below."""
    landing, text = get(url)
    links = links_in(text, landing)
    files = [dated(Announced(k.url, k.text, landing)) for k in links if is_file(k.url)]
    pages = [] if kind_of(url) == "nhs_england" and files else period_pages(landing, links)
    if len(pages) > MAX_PAGES:
        notes.append(f"{len(pages)} pages of periods; the first {MAX_PAGES} were looked at")
    failures = []
    for page in pages[:MAX_PAGES]:
        try:
            files += _files_on(page, get)
        except PublisherUnreachable as error:
            failures.append(error)
            notes.append(f"{page.url}: did not answer; try again next month ({error.found})")
    # One dead page is the publisher's; all of them are our line, or a site that has moved.
    if failures and len(failures) == len(pages) and not files:
        raise failures[0]
    found = _HEADING.search(text)
    heading = re.sub(r"<[^>]+>", " ", found[1]) if found else ""
    return " ".join(markup.unescape(heading).split()), files


def _templated(
    landing: str, periods: Sequence[str], template: str, get: Get, notes: list[str]
) -> Iterator[Announced]:
    """The files on the pages that a pattern gives for each month."""
    for period in periods:
        day = first_day(period)
        url = template.format(
            landing_page=landing.rstrip("/"),
            month_name=MONTHS[day.month - 1].lower(),
            month=f"{day.month:02d}",
            year=day.year,
        )
        try:
            for found in _files_on(Link(url, text=period), get):
                yield found if found.period else replace(found, period=period)
        except PublisherUnreachable as error:
            notes.append(f"{url}: did not answer; try again next month ({error.found})")


def _files_on(page: Link, get: Get) -> list[Announced]:
    address, text = get(page.url)
    return [
        dated(Announced(k.url, k.text, address, page.text))
        for k in links_in(text, address)
        if is_file(k.url)
    ]


def period_pages(landing: str, links: Sequence[Link]) -> list[Link]:
    """The links that lead to the page of one period: below the landing page, or beside it.

    `/q2-2025-26/` is one, with or without its last stroke.
    """
    root = urlsplit(landing).path.rstrip("/")
    above = root.rpartition("/")[0]
    found = []
    for link in links:
        path = urlsplit(link.url).path.rstrip("/")
        last = unquote(path.rsplit("/", 1)[-1])
        is_below = path.startswith(f"{root}/")
        is_beside = path.startswith(f"{above}/{root.rsplit('/', 1)[-1]}-") and path != root
        if is_file(link.url) or not (is_below or is_beside):
            continue
        if period_in(last) or (is_below and period_in(link.text)):
            found.append(link)
    return found


def dated(file: Announced) -> Announced:
    """A file with its period: by its name, its path, the link's words, at last its page."""
    folders = [unquote(part) for part in urlsplit(file.url).path.split("/")[:-1]]
    places = [
        PurePosixPath(file.name).stem,
        *(part for part in reversed(folders) if not _STORE.fullmatch(part)),
        file.text,
        unquote(file.page.rstrip("/").rsplit("/", 1)[-1]),
        file.page_text,
    ]
    said = [period for place in places if (period := period_in(place))]
    # A bare year is the weakest: `QOF_1920` is of 2019-20, as its page says.
    found = next((one for one in said if one.kind != "calendar year"), said[0] if said else None)
    return replace(file, period=found.text) if found else file


def one_each(files: Sequence[Announced], notes: list[str]) -> list[Announced]:
    """Of files that are the same thing of the same period one: what is final, then shortest."""
    best: dict[tuple[str, str], Announced] = {}
    for file in sorted(files, key=lambda f: (f.is_provisional, len(f.url), f.url)):
        key = base_of(file.name), file.period
        kept = best.setdefault(key, file)
        if kept.url != file.url:
            notes.append(
                f"{file.name} is left out for {kept.name}, of {file.period or 'no period'}"
            )
    return list(best.values())


def _manifest(url: str, heading: str, files: Sequence[Announced], today: date) -> Manifest:
    last = unquote(urlsplit(url).path.rstrip("/").rsplit("/", 1)[-1])
    slug = re.sub(r"[^a-z0-9]+", "_", PurePosixPath(last).stem.lower()).strip("_") or "publication"
    publication = heading or slug.replace("_", " ").capitalize()
    groups: dict[str, list[Announced]] = {}
    for file in files:
        groups.setdefault(base_of(file.name), []).append(file)
    codes = codes_for(list(groups), slug)
    host = ".".join((urlsplit(url).hostname or "").split(".")[-3:]).removeprefix("www.")
    head = Described(
        name=f"{slug}_{today:%Y%m%d}",
        publication=publication,
        source_url=url,
        publisher=_PUBLISHERS.get(host, ""),
        licence="Open Government Licence v3.0" if host in _PUBLISHERS else "",
        cadence=cadence_of([file.period for file in files]),
        created_at=today.isoformat(),
    )
    sources = [_source(codes[base], base, group) for base, group in groups.items()]
    return Manifest(manifest=head, sources=sources)


def _source(code: str, base: str, files: list[Announced]) -> TableOf:
    newest_first = sorted(
        files, key=lambda f: (first_day(f.period) if f.period else date.min, f.url), reverse=True
    )
    is_packed = newest_first[0].url.lower().endswith(".zip")
    return TableOf(
        code=code,
        name=base.replace("_", " "),
        table=f"tbl_{code}"[:63],
        enabled=not is_metadata(base),
        files=[File(url=f.url, period=f.period) for f in newest_first],
        load_mode="append" if is_packed else "replace",
        load_mode_reason="as files of its kind usually are; nobody has looked into them yet",
    )
