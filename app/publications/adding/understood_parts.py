"""What was understood of a publication, as parts of a page. Pure: plain values in, tags out."""

from collections.abc import Sequence
from typing import Any

from htmltools import Tag, TagChild, tags

from app.draw.grid import NUMBER, SCROLLS, Grid, GridColumn, draw

MOST, IN_SIGHT = 40, 16
Told = dict[str, Any]
DECISIONS = {
    "trust": "as sure as can be",
    "log": "sure enough, and noted",
    "review": "please look at it",
    "confirm": "a guess: please say which",
}
"""What the classifier's confidence allows, by PUBLICATIONS 2.10."""


def notes(said: Sequence[str]) -> TagChild:
    """What was met on the way."""
    if not said:
        return None
    return tags.details(
        tags.summary(f"{len(said)} notes of what was met on the way"),
        tags.ul(*(tags.li(one) for one in said[:MOST])),
        id="notes",
    )


def left_out(names: Sequence[str]) -> TagChild:
    """The tables that are not loaded, and how they would be."""
    if not names:
        return None
    said = ", ".join(names[:MOST])
    return tags.p(f"Left out: {said}. To take one in, write `enabled: true` in the manifest.")


def errors(wrong: Sequence[Told]) -> TagChild:
    """What is wrong with the text, by its lines."""
    if not wrong:
        return None
    return tags.ul(
        *(tags.li(tags.strong(f"{one['line']}: "), one["what"]) for one in wrong[:MOST]),
        role="alert",
        class_="pub-findings",
    )


def source(of: Told, seen: Told) -> Tag:
    """One table: where it lies in its file, what its columns hold, its first rows."""
    return tags.section(
        tags.h2(of["name"], tags.small(f" becomes {of['table']}")),
        tags.dl(
            *(
                part
                for word, said in _facts(of, seen)
                if said
                for part in (tags.dt(word), tags.dd(said))
            ),
            class_="pub-facts",
        ),
        tags.details(
            tags.summary("Why"),
            tags.ul(*(tags.li(note) for note in (*of["notes"], *of["signals"]))),
            id=f"why_{of['code']}",
        )
        if of["notes"] or of["signals"]
        else None,
        findings(seen.get("findings", ())),
        tags.details(
            tags.summary(f"{len(of['columns'])} columns"),
            _columns(of, seen.get("columns", {})),
            id=f"columns_{of['code']}",
            # Of a wide table nobody reads eighty rows to come to the next.
            open="" if len(of["columns"]) <= IN_SIGHT else None,
        ),
        *(_rows(seen) if seen.get("rows") else ()),
        aria_label=of["name"],
    )


def findings(said: Sequence[Told]) -> TagChild:
    """What was found, each with what to do."""
    if not said:
        return None
    return tags.ul(
        *(
            tags.li(
                tags.strong(f"{one['status']} "),
                f"{one['where']}: {one['message']}",
                tags.small(f" next: {one['next']}") if one["next"] else None,
            )
            for one in said[:MOST]
        ),
        class_="pub-findings",
    )


def outcome(files: Sequence[Told]) -> Tag:
    """What came of a trial or a load: a row a file, then what was found."""
    columns: list[GridColumn[Told]] = [
        GridColumn("File", lambda one: one["file"], names_row=True),
        GridColumn("Source", lambda one: one["source"]),
        GridColumn("Period", lambda one: one["period"]),
        GridColumn("Came", lambda one: one["status"]),
        *(
            GridColumn(words, _count(name), head=NUMBER, cells=NUMBER)
            for words, name in (
                ("Rows read", "rows_read"),
                ("Loaded", "rows_loaded"),
                ("Rejected", "rows_rejected"),
                ("Gates passed", "passed"),
            )
        ),
    ]
    return tags.div(
        draw(
            Grid(columns, caption="A row a file", is_caption_heard=True, table=_TABLE),
            files,
        ),
        findings([found for one in files for found in one["findings"]]),
    )


_TABLE = SCROLLS | {"class": "pub-rows"}


def _count(name: str) -> Any:
    return lambda one: f"{one[name]:,}"


def _facts(of: Told, seen: Told) -> list[tuple[str, str]]:
    undated = f"{of['undated']} files without a period" if of["undated"] else ""
    rejected = f", {seen['rows_rejected']:,} do not fit" if seen.get("rows_rejected") else ""
    return [
        ("File", of["files"][0] + (f" and {len(of['files']) - 1} more" if of["files"][1:] else "")),
        ("Sheet", of["sheet"]),
        ("Period", ", ".join(filter(None, (*of["periods"], undated)))),
        ("Encoding", of["encoding"]),
        (
            "Header",
            f"rows {', '.join(map(str, of['header_rows']))}" if of["header_rows"] else "none",
        ),
        ("Data", f"from row {of['first_row']}" + (f" to “{of['footer']}”" if of["footer"] else "")),
        ("Rows", f"{seen['rows_read']:,}{rejected}" if "rows_read" in seen else ""),
        ("Grain", f"{of['grain']}, by {of['grain_column']}" if of["grain_column"] else of["grain"]),
        ("Key", ", ".join(of["key"])),
        ("Could not be read", seen.get("error", "")),
        ("Load mode", f"{of['load_mode']}: {DECISIONS[of['decision']]}"),
    ]


def _columns(of: Told, seen: Told) -> Tag:
    def total(column: Told) -> str:
        found = seen.get(column["name"], {}).get("sum")
        return "" if found is None else f"{found:,}"

    def nulls(column: Told) -> str:
        found = seen.get(column["name"], {}).get("nulls")
        return f"{found:,}" if found else ""

    def marks(column: Told) -> str:
        counts = seen.get(column["name"], {}).get("marks", {})
        return "; ".join(
            f"{mark}: {reason}" + (f" ({counts[mark]:,})" if mark in counts else "")
            for mark, reason in column["marks"].items()
        )

    columns: list[GridColumn[Told]] = [
        GridColumn("Column", lambda one: one["name"], names_row=True),
        GridColumn("Published as", lambda one: one["published"]),
        GridColumn("Type", lambda one: one["dtype"]),
        GridColumn("Unit", lambda one: one["unit"]),
        GridColumn("Sum", total, head=NUMBER, cells=NUMBER),
        GridColumn("Nulls", nulls, head=NUMBER, cells=NUMBER),
        GridColumn("Marks", marks),
    ]
    return draw(
        Grid(columns, caption=f"Columns of {of['name']}", is_caption_heard=True, table=_TABLE),
        of["columns"],
    )


def _rows(seen: Told) -> list[TagChild]:
    columns: list[GridColumn[Any]] = [
        GridColumn(name, _cell(at)) for at, name in enumerate(seen["names"])
    ]
    return [
        tags.h3("First rows, as they are read"),
        draw(
            Grid(columns, caption="First rows", is_caption_heard=True, table=_TABLE), seen["rows"]
        ),
    ]


def _cell(at: int) -> Any:
    return lambda row: tags.small("null") if row[at] is None else row[at]
