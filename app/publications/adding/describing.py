"""What the columns of a draft mean: a field a column, and a box for a publisher's own list."""

from typing import Any

from htmltools import Tag, tags

LONGEST = 500


def meanings(source: dict[str, Any]) -> Tag:
    """The columns of one source with what is said of them; open while most say nothing."""
    code, columns = source["code"], source["columns"]
    said = sum(bool(column["description"]) for column in columns)
    return tags.details(
        tags.summary(
            f"What the columns of {code} mean: {said:,} of {len(columns):,} are described"
        ),
        tags.p(
            "Paste the list that the publisher gives, in its metadata sheet or its notes: a line a"
            " column, its name first, then a tab, and what it means. It fills what is blank below."
        ),
        tags.label(f"List of the columns of {code}", for_=f"f_list_{code}"),
        tags.textarea("", name=f"meanings {code}", id=f"f_list_{code}", rows="3"),
        *(
            tags.div(
                tags.label(column["name"], for_=f"f_means_{code}_{at}"),
                tags.input(
                    name=f"means {code} {column['name']}",
                    id=f"f_means_{code}_{at}",
                    value=column["description"],
                    maxlength=str(LONGEST),
                ),
                tags.small(f"published as {column['published']}") if column["published"] else None,
                class_="pub-choice pub-wide",
            )
            for at, column in enumerate(columns)
        ),
        id=f"means_{code}",
    )
