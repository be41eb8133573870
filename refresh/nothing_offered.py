"""What is said where nothing is on offer: by a publisher's page, or by a whole mirror.

Part of the walk: findings only; where to look and what belongs to whom is told by `discover`.
"""

from collections.abc import Sequence

from refresh.finding import Finding
from refresh.source import Link, Source


def not_announced(source: Source) -> Finding:
    """That no page of a source leads to any file of it."""
    return Finding(
        "fail",
        "metadata",
        "files announced",
        ", ".join(source.pages),
        f"no page there leads to a file of {source.name}",
        expected=" or ".join(source.files),
        next_step="look at the page: if the publisher moved it or calls its files otherwise, mend"
        " addresses and names in refresh/*/sources/; meanwhile --mirror takes a folder of files",
        source=source.code,
    )


def nothing_known(mirror: str, links: Sequence[Link], sources: Sequence[Source]) -> Finding:
    """That a mirror has no file of any of these sources."""
    names = ", ".join(link.name for link in links[:6])
    return Finding(
        "fail",
        "metadata",
        "files on offer",
        mirror,
        "no file there belongs to anything that is followed"
        if links
        else "there is no file there, or no page that lists any",
        column="(file names)",
        expected="files as published, of " + ", ".join(source.name for source in sources[:6]),
        observed=f"{len(links):,} files: {names}" if links else "none",
        next_step="give --mirror the folder, or the address of its listing, that holds the"
        " downloads, under the names that their publishers gave them; open an address in a browser"
        " first: a server that is ill answers with a page that lists nothing",
    )
