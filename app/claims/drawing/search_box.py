"""The search of the claims' pages. Pure."""

from htmltools import Tag, tags


def search_box(text: str = "") -> Tag:
    """The box, and its button."""
    return tags.form(
        tags.input(
            type="search",
            name="q",
            value=text,
            aria_label="Search metrics, plans, providers, diagnoses and members",
            placeholder="metric, plan, provider, diagnosis, member",
        ),
        tags.button("Search", type="submit"),
        method="get",
        action="claims-search",
        role="search",
        aria_label="Claims",
        class_="claims-search",
    )
