"""The API for people: what there is, with examples to copy. Made of the same declaration."""

from htmltools import Tag, TagChild, tags
from starlette.requests import Request
from starlette.responses import HTMLResponse

from app import live
from app.api.declared import FORMATS, RESOURCES, Parameter, Resource
from app.choices import Catalogue
from app.pages.plain import plain
from engine import open_lake
from engine.errors import NoSnapshot


def api_page(request: Request) -> HTMLResponse:
    """The page, its examples with the address at which it was asked for."""
    here = str(request.url.replace(query="")).rstrip("/")
    return plain("API", *_body(here), root="../")


def _body(here: str) -> list[TagChild]:
    example = f"{here}/achievement?indicator={_opening()}&level=icb"
    return [
        tags.h1("API"),
        tags.p(
            "Every number of the pages, for programs. What is null was not reported; it is never"
            " zero. A figure for an area is a sum over a sum. ",
            tags.a("OpenAPI description", href="v1/openapi.json"),
            ".",
        ),
        tags.h2("Try it"),
        _code(f"curl '{example}'"),
        _code(f"curl -o icbs.csv '{example}&format=csv'"),
        _code(
            "import io\n\nimport httpx\nimport polars as pl\n\n"
            f'answer = httpx.get("{example}&format=parquet").raise_for_status()\n'
            "icbs = pl.read_parquet(io.BytesIO(answer.content))\n"
            'print(icbs.select("organisation_name", "value", "value_low", "value_high"))'
        ),
        tags.h2("What holds for all"),
        tags.ul(
            tags.li(f"Formats: {', '.join(FORMATS)}; by format= or by the Accept header."),
            tags.li(
                "Pages: limit= and offset=; the Link header has the next one, X-Total-Count"
                " how many rows there are."
            ),
            tags.li(
                "An answer has an ETag. Send it back as If-None-Match: 304 says that nothing"
                " has changed since."
            ),
            tags.li("With snapshot= the figure stays what it was; changes lists the snapshots."),
            tags.li(
                "What cannot be served is said as problem+json: detail, where, expected,"
                " found, next. 429 says in Retry-After when to come back."
            ),
        ),
        *(part for resource in RESOURCES.values() for part in _resource(resource, here)),
    ]


def _code(text: str) -> Tag:
    return tags.pre(tags.code(text), style="overflow-x: auto", tabindex="0")


def _opening() -> str:
    """An indicator that the examples can ask for."""
    try:
        return Catalogue(live.indicators(open_lake())).opening[0]
    except NoSnapshot:
        return "COPD010"


def _resource(resource: Resource, here: str) -> list[Tag]:
    required = "&".join(f"{p.name}={p.example}" for p in resource.parameters if p.required)
    address = f"{here}/{resource.name}{'?' if required else ''}{required}"
    parts = [
        tags.h2(resource.name, id=resource.name),
        tags.p(resource.summary, " ", tags.a("Open", href=address)),
        tags.table(
            tags.thead(_row("th", "Parameter", "Needed", "Meaning")),
            tags.tbody(*(_row("td", tags.code(p.name), *_words(p)) for p in resource.accepted)),
            tabindex="0",  # wider than a phone, it scrolls
        ),
    ]
    if resource.is_table:
        columns = (_row("td", tags.code(c.name), c.kind, c.meaning) for c in resource.columns)
        parts.append(
            tags.details(
                tags.summary(f"{len(resource.columns)} columns"),
                tags.table(
                    tags.thead(_row("th", "Column", "Type", "Meaning")),
                    tags.tbody(*columns),
                    tabindex="0",
                ),
            )
        )
    return parts


def _words(parameter: Parameter) -> tuple[str, str]:
    schema = parameter.schema
    usual = f" Usually {schema['default']}." if "default" in schema else ""
    names = f" One of {', '.join(schema['enum'])}." if "enum" in schema else ""
    return "required" if parameter.required else "", f"{parameter.meaning}{names}{usual}"


def _row(kind: str, *cells: TagChild) -> Tag:
    return tags.tr(*(Tag(kind, cell) for cell in cells))
