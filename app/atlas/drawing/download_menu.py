"""The row under the table that takes results away, and what its menu holds. Pure."""

from urllib.parse import urlencode

from htmltools import Tag, TagList, tags
from shiny import ui

from app.atlas.drawing.links import measure_in_link
from engine.atlas.area import Area

FOLLOW = "Follow this figure (Atom feed)"
BY_MAIL = "Follow all that moves here, by e-mail"
WHAT_A_FEED_SAYS = "A feed reader or a mail rule tells you when a new year, or a revision, is out"
PINNED = "This link shows the snapshot of {day}"


def row() -> Tag:
    """The visible links and the menu; effects/downloads.py fills its last items."""
    return tags.div(
        ui.download_link("download_csv", "Download CSV"),
        ui.download_link("download_excel", "Excel", title="The rows as shown, as a workbook"),
        tags.a("Area brief", href="brief", data_take="brief", target="_blank"),
        _button("Copy link", id="copy_link"),
        tags.details(
            tags.summary("More"),
            tags.div(
                tags.ul(
                    _item(ui.download_link("download_parquet", "Download Parquet")),
                    _item(_button("Picture (PNG)", data_take="picture")),
                    _item(_button("Print or save as PDF", data_take="print")),
                ),
                tags.div(id="take_more"),
                class_="atlas-menu",
            ),
            class_="atlas-more",
        ),
        tags.span(role="status", class_="visually-hidden", id="taken_said"),
        class_="atlas-take-away",
        role="group",
        aria_label="Take it away",
    )


def question_items(
    area: str, *, query: str, follow: str, mail: str, snapshot: str, cite: str
) -> TagList:
    """What depends on the question: the whole area, the pinned link, the citation, the frame.

    Takes:  the area's name; the query of the whole area (`?year=...`); the address of its feed,
            empty where there is none; the snapshot on show; the citation, with {link} where its
            link goes.
    """
    return TagList(
        tags.h2(f"{area}: every indicator of the year"),
        tags.ul(
            _item(tags.a("Whole area, CSV", href=f"whole{query}&format=csv", download="")),
            _item(tags.a("Whole area, Parquet", href=f"whole{query}&format=parquet", download="")),
        ),
        tags.h2("Link, citation, frame"),
        tags.ul(
            _item(_button("Copy link to exactly this data", data_snapshot=snapshot)),
            _item(_to_copy("Cite", "cite", cite)),
            _item(_to_copy("Embed", "embed", "")),
            _item(tags.a(FOLLOW, href=follow, title=WHAT_A_FEED_SAYS)) if follow else None,
            _item(tags.a(BY_MAIL, href=mail)) if mail else None,
        ),
    )


def feed(*, indicator: str, measure: str, area: str) -> str:
    """The address of the feed of one figure; empty for a group, which nobody publishes.

    >>> feed(indicator="HYP008", measure="net", area="icb:QOP")
    'changes.atom?indicator=HYP008&area=icb:QOP'
    """
    if Area.parse(area).is_group:
        return ""
    # The usual measure is left out, so that one figure has one feed.
    said = {"indicator": indicator, "area": area, "measure": measure_in_link(measure)}
    return "changes.atom?" + urlencode({k: v for k, v in said.items() if v}, safe=":")


def pinned(day: str, is_newest: bool) -> Tag:
    """That a link shows one snapshot, and the way to the live one."""
    said = PINNED.format(day=day) + (", which is the newest there is." if is_newest else ".")
    words = "Follow newer data" if is_newest else "Show the newest"
    return tags.div(tags.span(said), _button(words, data_take="newest"), class_="atlas-refresh")


def _to_copy(words: str, name: str, text: str) -> Tag:
    return tags.details(
        tags.summary(words),
        tags.textarea(text, readonly="", rows="5", aria_label=words, data_text=name),
        _button("Copy", data_copies=name),
    )


def _item(inside: Tag) -> Tag:
    return tags.li(inside)


def _button(words: str, **attributes: str) -> Tag:
    return tags.button(words, type="button", class_="btn-link", **attributes)
