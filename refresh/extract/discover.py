"""Which files are on offer for a source: pages and mirrors become links, links become offers.

The first step of the walk. Nothing here opens a connection: a page comes through the `get` that
is handed in (fetch.open_page, outside tests), and a folder is listed, never read.
"""

import logging
import re
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote, unquote, urldefrag, urljoin, urlsplit
from urllib.request import url2pathname

from engine.errors import LakeError, PublisherUnreachable
from refresh.source import Link, Offer, Source, as_published

MAX_DEPTH = 6
MAX_LINKS = 5_000
MAX_PAGES = 200

Get = Callable[[str], tuple[str, str]]
"""An address -> the address that answered in the end, and the HTML it gave."""

log = logging.getLogger(__name__)


def discover(
    source: Source,
    *,
    mirror: str | None,
    browse: Callable[[str], list[Link]],
    today: date | None = None,
) -> list[Offer]:
    """All files on offer for a source, newest period first and its best file first.

    Takes:  the mirror to look in, or None for the publisher's own pages; `browse`, which gives
            the links of one page, or every file of the mirror (see `browser`); `today`, the date
            of what is made when it is asked for: a page that is itself the file, or a link with
            a query (`getReport?report=epraccur`), whose name is matched query and all.
    Gives:  one offer a file. Within a period the highest version stands first, then the file
            whose pattern stands first in `source.files`, then the one dated last. A link found
            on a followed page has that page's link text and address added to its own text,
            since `/march-2025` is often all that tells one month's file from the next. In a mirror,
            a file of a source whose rows say their day is on offer though its name says none.
    Raises: PublisherUnreachable, from `browse`. Of the followed pages, one that does not answer
            is logged and left out, unless none does.
    """
    links = browse(mirror) if mirror else _announced(source, browse, today=today)
    # In a mirror anybody may have filed it anywhere; what a publisher links to has its month.
    undated = mirror is not None and bool(source.dated or source.since)
    ranked = {link.url: found for link in links if (found := _offer(source, link, undated=undated))}
    # Twice, for a sort keeps the order of equals: files that rank alike come by address.
    best = sorted(ranked.values(), key=lambda found: found[1].link.url)
    best.sort(key=_rank, reverse=True)
    return [offer for _, offer in best]


def browser(get: Get, *, mirror: str | None = None) -> Callable[[str], list[Link]]:
    """The `browse` that discover wants, remembering for the next source what it has seen.

    Takes:  `get`, which opens one page; the mirror (folder or address), or None for the web.
    Gives:  address -> links: every file below a mirror, or the anchors of a page.
    Raises: nothing here; what it returns raises PublisherUnreachable.
    """
    if mirror is None:
        return _remembering(lambda page: _browse_page(page, get))
    if urlsplit(mirror).scheme in ("http", "https"):
        return _remembering(lambda root: walk(root, get))
    return _remembering(lambda root: browse_folder(_folder(root)))


def browse_folder(folder: Path) -> list[Link]:
    """Every file below a folder, sorted by path; hidden and temporary ones are left out.

    Takes:  a folder that exists.
    Gives:  links with a file address, size and modification time as stamp, dated by the latter.
    Raises: PublisherUnreachable if there is no such folder.
    """
    if not folder.is_dir():
        raise PublisherUnreachable(
            "the mirror is not there",
            where=str(folder),
            expected="a folder of files as published",
            found="a file" if folder.exists() else "nothing",
            next="give --mirror the folder that holds the downloaded publications",
        )
    root = folder.absolute()
    paths = (path for path in sorted(root.rglob("*")) if path.is_file())
    return [_file_link(p) for p in paths if not any(map(_is_aside, p.relative_to(root).parts))]


def walk(root: str, get: Get) -> list[Link]:
    """Every file below the address of a mirror, from its directory listings, breadth first.

    Takes:  the address of the mirror's top listing; `get`, which opens one listing.
    Gives:  links without stamp (ETag and Last-Modified do that). Never leaves the mirror: links
            elsewhere, upwards or with a query are ignored, as are folders deeper than six.
    Raises: PublisherUnreachable if a listing does not answer or there are over 5,000 links.
    """
    root = root.rstrip("/") + "/"
    files, seen, waiting = [], {root}, deque([(root, 0)])
    while waiting:
        page, depth = waiting.popleft()
        for link in _browse_page(page, get):
            # Listings link to their parents, and to themselves sorted by date: a walk would never
            # end.
            if link.url in seen or not _is_below(root, link.url) or _is_aside(link.name):
                continue
            seen.add(link.url)
            if len(seen) > MAX_LINKS:
                raise _too_wide(root)
            if not link.url.endswith("/"):
                files.append(link)
            elif depth < MAX_DEPTH:
                waiting.append((link.url, depth + 1))
    return sorted(files, key=lambda link: link.url)


def links_in(html: str, base: str) -> list[Link]:
    """The links of a page: absolute addresses without fragment, and the words they carry.

    Takes:  HTML, however untidy, and the address it came from (a <base> in it takes over).
    Gives:  one link an address, in page order; mailto, javascript and the like are left out.
    Raises: nothing.

    >>> links_in('<p><a href="/f/QOF%202526.zip#x">Raw  <b>data</b></a>', "https://nhs.test/qof")
    [Link(url='https://nhs.test/f/QOF%202526.zip', text='Raw data', stamp='', dated=None)]
    """
    page = _Page(base)
    # Office's conditional comments make the parser of some Python versions give up.
    page.feed(re.sub(r"<!\[.*?(?:>|$)", "", html, flags=re.DOTALL))
    page.close()
    links: dict[str, Link] = {}
    for href, words in page.anchors:
        url = _absolute(page.base, href)
        # The first link that has words: a picture before it leads to the same file and says
        # nothing.
        if url and not (url in links and links[url].text):
            links[url] = Link(url, text=" ".join(words.split()))
    return list(links.values())


def _announced(
    source: Source, browse: Callable[[str], list[Link]], *, today: date | None
) -> Iterator[Link]:
    """The links of the source's pages, then of the pages that they lead to."""
    for page in source.pages:
        itself = Link(page, dated=today)
        # Some publishers give the file itself under one lasting address, without a page.
        if _offer(source, itself):
            yield itself
            continue
        links = [replace(k, dated=today) if _is_report(k) else k for k in browse(page)]
        yield from links
        yield from _followed(source, links, browse)


def _followed(
    source: Source, links: list[Link], browse: Callable[[str], list[Link]]
) -> Iterator[Link]:
    pages = [link for link in links if _leads_on(source, link)][:MAX_PAGES]
    failures: list[LakeError] = []
    for page in pages:
        try:
            found = browse(page.url)
        except PublisherUnreachable as error:
            log.warning("%s: a page is left out. %s", source.code, error)
            failures.append(error)
            continue
        yield from (replace(k, text=f"{k.text} | {page.text} | {page.url}") for k in found)
    # One dead page is the publisher's; all of them are our line, or a site that has moved.
    if failures and len(failures) == len(pages):
        raise failures[0]


def _is_report(link: Link) -> bool:
    return bool(urlsplit(link.url).query)


def _leads_on(source: Source, link: Link) -> bool:
    return source.follow is not None and bool(
        re.search(source.follow, unquote(link.url), re.IGNORECASE) and not _offer(source, link)
    )


def _offer(source: Source, link: Link, *, undated: bool = False) -> tuple[int, Offer] | None:
    """The offer that a link is, with the place of its pattern in the source's list.

    Takes:  `undated`, whether one whose name says no period counts, too.
    """
    for place, pattern in enumerate(source.files):
        match = _match(pattern, link)
        period = source.period(match, link) if match else None
        if match and (period is not None or undated):
            return place, Offer(source.code, period or "", _version(match), link)
    return None


def _match(pattern: str, link: Link) -> re.Match[str] | None:
    query = urlsplit(link.url).query
    name = f"{link.name}?{unquote(query)}" if query else link.name
    # A mirror may have packed what was published plain; patterns end in `.csv$`.
    # And a browser writes a second copy as `name (1).zip`.
    name = as_published(name)
    names = (name, re.sub(r"(?i)\.gz$", "", name))
    return next((m for n in names if (m := re.search(pattern, n, re.IGNORECASE))), None)


def _version(match: re.Match[str]) -> int:
    digits = re.sub(r"\D", "", match.groupdict().get("version") or "")
    return int(digits or 1)


def _rank(found: tuple[int, Offer]) -> tuple[str, int, int, date]:
    place, offer = found
    return offer.period, offer.version, -place, offer.link.dated or date.min


def _remembering(browse: Callable[[str], list[Link]]) -> Callable[[str], list[Link]]:
    """Look at each address once, a dead one too: the next source need not wait for it again."""
    seen: dict[str, list[Link] | PublisherUnreachable] = {}

    def look(address: str) -> list[Link]:
        if address not in seen:
            try:
                seen[address] = browse(address)
            except PublisherUnreachable as error:
                seen[address] = error
        found = seen[address]
        if isinstance(found, PublisherUnreachable):
            raise found
        return found

    return look


def _browse_page(page: str, get: Get) -> list[Link]:
    address, html = get(page)
    return links_in(html, address)


def _is_below(root: str, url: str) -> bool:
    return unquote(url).startswith(unquote(root)) and not urlsplit(url).query


def _is_aside(name: str) -> bool:
    """Whether a file or folder is hidden, a system's own, or still being written."""
    return name.startswith((".", "~", "__")) or name.lower().endswith(
        ("~", ".tmp", ".part", ".crdownload")
    )


def _folder(mirror: str) -> Path:
    split = urlsplit(mirror)
    return Path(url2pathname(split.path) if split.scheme == "file" else mirror).expanduser()


def _file_link(path: Path) -> Link:
    stat = path.stat()
    return Link(
        path.as_uri(),
        stamp=f"{stat.st_size}-{stat.st_mtime_ns}",
        dated=date.fromtimestamp(stat.st_mtime),
    )


def _absolute(base: str, href: str) -> str:
    """The full address of a link, or nothing if it does not lead to a page or file."""
    try:
        url = urldefrag(urljoin(base, href.strip())).url
        scheme = urlsplit(url).scheme
    except ValueError:
        return ""
    # Pages have blanks and umlauts in addresses; what is escaped already must stay as it is.
    return quote(url, safe="%/:=&?~#+!$,;'@()*[]") if scheme in ("http", "https") else ""


def _too_wide(root: str) -> PublisherUnreachable:
    return PublisherUnreachable(
        "the mirror is too wide to look through",
        where=root,
        expected=f"at most {MAX_LINKS:,} links below it",
        found="more",
        next="give --mirror the address of the folder that holds the publications",
    )


class _Page(HTMLParser):
    """Collects (href, words) of every anchor; an image's alt text counts as words."""

    def __init__(self, base: str):
        super().__init__(convert_charrefs=True)
        self.base = base
        self.anchors: list[tuple[str, str]] = []
        self._open: tuple[str, list[str]] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "base" and given.get("href"):
            self.base = _absolute(self.base, given["href"] or "") or self.base
        elif tag == "a":
            self._shut()
            if given.get("href"):
                words = given.get("aria-label") or given.get("title") or ""
                self._open = (given["href"] or "", [words])
        elif self._open and given.get("alt"):
            self._open[1].append(given["alt"] or "")

    def handle_data(self, data: str) -> None:
        if self._open:
            self._open[1].append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._shut()

    def close(self) -> None:
        super().close()
        self._shut()

    def _shut(self) -> None:
        if self._open:
            href, (label, *words) = self._open
            spoken = "".join(words).strip()
            self.anchors.append((href, spoken or label))
            self._open = None
