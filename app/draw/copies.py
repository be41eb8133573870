"""A number to take away: its citation, its rows and the SQL that works it out again. Pure."""

from htmltools import Tag, TagList, tags


def copies(*, citation: str, csv: str, sql: list[tuple[str, str]]) -> TagList:
    """The three ways to take a receipt away, each with a button that copies it.

    Takes:  the citation; the address of the CSV; (what it runs on, the query) of each query.
    """
    return TagList(
        _text("Cite", citation, is_open=True),
        tags.p(
            tags.a("Download CSV", href=csv, download=""),
            " ",
            tags.button("Copy CSV", type="button", class_="btn-link", data_copies_from=csv),
            class_="atlas-copies",
        ),
        *(_text(words, query) for words, query in sql),
        tags.span(role="status", class_="visually-hidden", id="taken_said"),
    )


def _text(words: str, text: str, *, is_open: bool = False) -> Tag:
    """A text in sight, to be copied with a button or by hand."""
    lines = max(3, text.count("\n") + 1)
    return tags.details(
        tags.summary(words),
        tags.textarea(text, readonly="", rows=str(min(lines, 20)), aria_label=words),
        tags.button("Copy", type="button", data_copies=""),
        open="" if is_open else None,
        class_="atlas-to-copy",
    )
