"""The part of the controls where a group is made, and what is said of it. Pure."""

import polars as pl
from htmltools import Tag, TagList, tags
from shiny import ui

from app.atlas.row import Row
from engine.atlas.groups import codes_of

VERDICTS = {
    "closed": "it has closed",
    "absent": "it is one of another year",
    "unknown": "no such practice is known in any year",
}
SHOWN = 20


def part(area: str) -> Tag:
    """Paste, upload or draw; opened where the link has a group."""
    codes = codes_of(area)
    return tags.details(
        tags.summary("My group of practices"),
        ui.input_text_area(
            "group_codes",
            "ODS codes of practices",
            value=" ".join(codes),
            placeholder="A81001, A81002 …",
            rows=3,
            # Codes are no words: each would be underlined.
            spellcheck="false",
        ),
        tags.div(
            ui.input_action_button("group_use", "Compare as one"),
            ui.input_action_button("group_clear", "Clear the group"),
            class_="atlas-buttons",
        ),
        # Right behind the buttons: further down it was below the window.
        tags.div(id="group_said", role="status"),
        ui.input_file(
            "group_file",
            "Or a list: text, CSV or Excel, codes in whichever column",
            accept=[".txt", ".csv", ".xlsx"],
            button_label="Choose a file",
            placeholder="none yet",
        ),
        tags.button("Draw round practices", type="button", data_lasso="map", aria_pressed="false"),
        tags.p(
            "With mouse or finger on the map, round the dots that are shown; Escape stops it."
            " Without either, paste the codes above.",
            class_="atlas-help",
        ),
        tags.p(id="lasso_said", role="status"),
        id="my_group",
        class_="atlas-group",
        # Who comes by a link with a group sees whose it is.
        open="" if codes else None,
    )


def name(members: int) -> str:
    """A group as the Area select calls it.

    >>> name(36), name(1)
    ('My group, 36 practices', 'My group, 1 practice')
    """
    return f"My group, {members:,} {'practice' if members == 1 else 'practices'}"


def group_in_words(found: pl.DataFrame, year: str) -> TagList:
    """Who is in a group and, by name, who is not.

    Takes:  what engine.atlas.groups.sort_out gives of it.
    """
    members = (found["verdict"] == "member").sum()
    others = found.filter(pl.col("verdict") != "member")
    more = others.height - SHOWN
    return TagList(
        tags.p(f"{members:,} of {found.height:,} codes are practices of {year}."),
        tags.ul(
            *(tags.li(_why(row, year)) for row in others.head(SHOWN).iter_rows(named=True)),
            tags.li(f"and {more:,} more") if more > 0 else None,
        )
        if others.height
        else None,
    )


def no_group(codes: int, most: int) -> Tag:
    """Why there is no group, and what to do."""
    if codes:
        return tags.p(f"{codes:,} practices are too many: a link holds {most:,}. Take fewer.")
    return tags.p(
        "No ODS code of a practice was found. One looks like A81001: a letter, then five."
    )


def too_large(most: int) -> Tag:
    return tags.p(f"That file is larger than {most // 1_000_000} MB. Paste the codes instead.")


def _why(row: Row, year: str) -> str:
    name = f" {row['practice_name']}" if row["practice_name"] else ""
    when = f" ({row['closed_on']:%d %B %Y})" if row["closed_on"] else ""
    what = f"{row['practice_code']}{name} is not a practice of {year}"
    return f"{what}: {VERDICTS[row['verdict']]}{when}"
