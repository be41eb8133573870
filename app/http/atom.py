"""Atom feeds (RFC 4287): entries in, XML out. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from starlette.responses import Response

NAMESPACE = "http://www.w3.org/2005/Atom"


@dataclass(frozen=True)
class Entry:
    """One thing that happened.

    key      the same for ever, and different for every entry
    updated  RFC 3339
    link     relative to the page of practices
    """

    key: str
    title: str
    updated: str
    summary: str
    link: str


def atom(title: str, entries: Iterable[Entry], *, base: str, itself: str) -> Response:
    """A feed, newest entry first.

    Takes: where the page of practices is; the address of the feed, relative to it.
    """
    entries = sorted(entries, key=lambda entry: entry.updated, reverse=True)
    feed = ET.Element("feed", xmlns=NAMESPACE)
    _add(feed, "id", f"{base}{itself}")
    _add(feed, "title", title)
    _add(feed, "updated", entries[0].updated if entries else "1970-01-01T00:00:00Z")
    _add(ET.SubElement(feed, "author"), "name", "Care Atlas")
    ET.SubElement(feed, "link", rel="self", href=f"{base}{itself}")
    for entry in entries:
        one = ET.SubElement(feed, "entry")
        _add(one, "id", f"urn:care-atlas:{entry.key}")
        _add(one, "title", entry.title)
        _add(one, "updated", entry.updated)
        _add(one, "summary", entry.summary)
        ET.SubElement(one, "link", rel="alternate", href=f"{base}{entry.link}")
    body = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return Response(body, media_type="application/atom+xml")


def _add(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = text
