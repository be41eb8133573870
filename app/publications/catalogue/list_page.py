"""/catalogue: everything that the lake has, searched and filtered; its choices are its address."""

from htmltools import Tag, TagChild, tags
from starlette.requests import Request
from starlette.responses import Response

from app.access import reader_of
from app.draw import spell
from app.draw.grid import NUMBER, SCROLLS, Grid, GridColumn, draw
from app.publications import plain_page
from app.publications.catalogue.ledger_page import ledger_entries
from app.publications.catalogue.listed import KINDS, Entry, entries
from app.publications.catalogue.view import FILTERS, View, chosen, offered, read
from engine import Lake
from engine.access import may

MOST = 300
_LEDGER = "catalogue?kind=ledger"


def list_page(request: Request, lake: Lake) -> Response:
    """The list; what its address asks for and is not there is said in a sentence."""
    view, every = read(request.query_params), [*entries(lake), *ledger_entries(lake)]
    found = chosen(every, view)
    return plain_page.wide(
        "Catalogue",
        tags.h1("Catalogue"),
        tags.p(
            "Every table, column and metric of the lake: what it means, whose it is, where it comes"
            " from. ",
            tags.a("All of it as DCAT", href="catalogue.jsonld"),
            *_ledgers(every),
            *_adding(request),
            class_="atlas-lead",
        ),
        _form(view, offered(every)),
        _chips(view),
        tags.div(_counted(found), _table(found[:MOST]), id="found", data_part=""),
        here="catalogue",
    )


def _ledgers(every: list[Entry]) -> list[TagChild]:
    """The way to the ledger's tables, where there is one."""
    if not any(one.kind == "ledger" for one in every):
        return []
    return [" · ", tags.a("The ledger’s tables", href=_LEDGER)]


def _adding(request: Request) -> list[TagChild]:
    """The way to add to it, for who may."""
    if not may(reader_of(request), "register"):
        return []
    return [" · ", tags.a("Add a publication", href="operations/add")]


def _form(view: View, values: dict[str, list[str]]) -> Tag:
    kinds: list[tuple[str, str]] = [(kind, words) for kind, words in KINDS.items()]
    others = {name: [(value, value) for value in values[name]] for name in values}
    selects = [
        tags.div(
            tags.label(FILTERS[name], for_=f"f_{name}"),
            tags.select(
                tags.option("all", value=""),
                *(
                    tags.option(w, value=v, selected="" if v == getattr(view, name) else None)
                    for v, w in some
                ),
                name=name,
                id=f"f_{name}",
            ),
            class_="pub-choice",
        )
        for name, some in [("kind", kinds), *others.items()]
    ]
    return tags.form(
        tags.div(
            tags.label("Words", for_="f_q"),
            tags.input(type="search", name="q", id="f_q", value=view.q, maxlength="200"),
            class_="pub-choice",
        ),
        *selects,
        tags.button("Show", type="submit"),
        method="get",
        action="catalogue",
        id="asked",
        class_="pub-asked",
        data_in_place="",
        aria_label="What is listed",
    )


def _chips(view: View) -> Tag:
    """What is set, each with a way to take it off."""
    asked = {**({"q": view.q} if view.q else {}), **view.filters}
    return tags.p(
        *(
            tags.a(
                value,
                tags.span(" ×", aria_hidden="true"),
                href=view.address(**{name: ""}),
                aria_label=f"Take off {FILTERS.get(name, 'words')}: {value}",
            )
            for name, value in asked.items()
        ),
        id="chips",
        class_="pub-chips",
        data_part="",
    )


def _counted(found: list[Entry]) -> Tag:
    counts = {words: sum(1 for one in found if one.kind == kind) for kind, words in KINDS.items()}
    said = ", ".join(
        f"{n:,} {words.lower()}{'s' if n != 1 else ''}" for words, n in counts.items() if n
    )
    more = f"; the first {MOST} are shown: narrow it by a word or a filter"
    return tags.p(f"{said or 'Nothing'}{more if len(found) > MOST else ''}.", role="status")


def _table(found: list[Entry]) -> TagChild:
    return draw(
        Grid(
            (
                GridColumn("Name", _name, names_row=True),
                GridColumn("What", lambda one: KINDS[one.kind]),
                GridColumn("Meaning", lambda one: one.meaning, cells={"class": "long"}),
                GridColumn("Unit or type", lambda one: one.unit or one.type),
                GridColumn("Publication", _publications, cells={"class": "long"}),
                GridColumn("Owner", lambda one: one.owner),
                GridColumn(
                    "Rows",
                    lambda one: "" if one.rows is None else spell.count(one.rows),
                    head=NUMBER,
                    cells=NUMBER,
                ),
            ),
            caption="What was found",
            is_caption_heard=True,
            table=SCROLLS | {"class": "pub-rows stacks"},
            is_labelled=True,
            nothing="Nothing has all of these words. Take one off, or a filter.",
        ),
        found,
    )


def _publications(one: Entry) -> str:
    """The first two: what a table is all made of, its own page says."""
    first, others = one.publications[:2], one.publications[2:]
    return ", ".join(first) + (f" and {len(others)} more" if others else "")


def _name(one: Entry) -> TagChild:
    goes = tags.small(" deprecated", class_="pub-mark") if one.deprecated else None
    within = tags.small(f" in {one.table}") if one.kind == "column" else None
    return tags.span(tags.a(one.name, href=one.address), within, goes)
