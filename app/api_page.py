"""The API for people: what there is, with examples to copy. Made of the same declarations."""

from collections.abc import Mapping, Sequence

from htmltools import Tag, TagChild, tags
from starlette.requests import Request
from starlette.responses import HTMLResponse

from app.api.resource import FORMATS, USUAL_LIMIT, Parameter, Resource
from app.draw.grid import SCROLLS, Grid, draw, in_order
from app.frame import plain
from app.wings import WINGS
from engine import Lake, open_lake
from engine.errors import NoSnapshot

OPEN = 2  # examples that show without a click: the shortest
PARAMETERS = Grid(in_order("Parameter", "Needed", "Meaning"), table=SCROLLS, scope=None)
COLUMNS = Grid(in_order("Column", "Type", "Meaning"), table=SCROLLS, scope=None)


def api_page(request: Request) -> HTMLResponse:
    """The page, its examples with the address at which it was asked for."""
    here = str(request.url.replace(query="")).rstrip("/")
    try:
        lake = open_lake()
    except NoSnapshot:
        lake = None
    return plain("API", *_body(here, lake), root="../")


def _body(here: str, lake: Lake | None) -> list[TagChild]:
    examples = [wing.examples(here, lake) for wing in WINGS]
    shown = (one for of in examples for one in of.shown.items())
    return [
        tags.h1("API"),
        tags.p(
            "Every number of the pages, for programs. What is null was not reported; it is never"
            " zero. A figure for an area is a sum over a sum. ",
            tags.a("OpenAPI description", href="v1/openapi.json"),
            ".",
        ),
        tags.h2("Try it"),
        *(_folded(words, texts, is_open=at < OPEN) for at, (words, texts) in enumerate(shown)),
        tags.h2("What holds for all"),
        tags.ul(
            tags.li(f"Formats: {', '.join(FORMATS)}; by format= or by the Accept header."),
            tags.li(
                f"A file has all rows. JSON has {USUAL_LIMIT['json']:,}, or limit=; offset= leaves"
                " some out, the Link header has the next page, X-Total-Count how many there are."
            ),
            tags.li(
                "An answer has an ETag. Send it back as If-None-Match: 304 says that nothing"
                " has changed since. HEAD and Range are answered, so Polars and DuckDB read"
                " an address as they do a file."
            ),
            *(tags.li(said) for wing in WINGS for said in wing.manners),
            tags.li("Any web page may ask, without a key: Access-Control-Allow-Origin is *."),
            tags.li("With snapshot= the figure stays what it was; changes lists the snapshots."),
            tags.li(
                "What cannot be served is said as problem+json: detail, where, expected,"
                " found, next. 429 says in Retry-After when to come back."
            ),
        ),
        *(
            _resource(resource, here, of.values)
            for wing, of in zip(WINGS, examples, strict=True)
            for resource in wing.resources
        ),
    ]


def _folded(words: str, texts: Sequence[str], *, is_open: bool) -> Tag:
    summary = tags.summary(words, style="padding-block: 0.25rem")  # folded, a target of 24 px
    return tags.details(summary, *map(_code, texts), open="" if is_open else None)


def _code(text: str) -> Tag:
    return tags.pre(tags.code(text), style="overflow-x: auto", tabindex="0")


def _resource(resource: Resource, here: str, values: Mapping[str, str]) -> list[Tag]:
    needed = (parameter for parameter in resource.parameters if parameter.required)
    required = "&".join(f"{p.name}={values.get(p.name, p.example)}" for p in needed)
    address = f"{here}/{resource.name}{'?' if required else ''}{required}"
    parts = [
        tags.h2(resource.name, id=resource.name),
        tags.p(resource.summary, " ", tags.a("Open", href=address)),
        draw(PARAMETERS, ((tags.code(p.name), *_words(p)) for p in resource.accepted)),
    ]
    if resource.is_table:
        columns = ((tags.code(c.name), c.kind, c.meaning) for c in resource.columns)
        summary = tags.summary(f"{len(resource.columns)} columns")
        parts.append(tags.details(summary, draw(COLUMNS, columns)))
    return parts


def _words(parameter: Parameter) -> tuple[str, str]:
    schema = parameter.schema
    usual = f" Usually {schema['default']}." if "default" in schema else ""
    names = f" One of {', '.join(schema['enum'])}." if "enum" in schema else ""
    return "required" if parameter.required else "", f"{parameter.meaning}{names}{usual}"
