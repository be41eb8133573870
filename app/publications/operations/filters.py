"""What a page of operations is narrowed to, as its address says it, and the form that says it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from htmltools import Tag, tags

from engine import Lake

DAYS = (7, 30, 90)
GRAINS = {"day": "by day", "week": "by week"}
Options = Sequence[tuple[str, str]]
"""What can be chosen: a value of the address, and its words."""


@dataclass(frozen=True)
class Asked:
    """What an address asks of the loads.

    days    how far back; by: told by day or by week
    domain, source  empty: all
    """

    days: int = 30
    by: str = "day"
    domain: str = ""
    source: str = ""

    @property
    def only(self) -> dict[str, str]:
        """The dimensions that are narrowed."""
        return {"domain": self.domain, "source_code": self.source}


def read(query: Mapping[str, str]) -> Asked:
    """What an address asks; what cannot be asked is left as it usually is."""
    days = query.get("days", "")
    by = query.get("by", "")
    return Asked(
        days=int(days) if days in map(str, DAYS) else Asked.days,
        by=by if by in GRAINS else Asked.by,
        domain=query.get("domain", "")[:50],
        source=query.get("source", "")[:63],
    )


def address(page: str, /, **asked: object) -> str:
    """An address with what is asked of it, and nothing that is empty."""
    said = {name: value for name, value in asked.items() if value not in ("", None)}
    return f"{page}?{urlencode(said, safe=':')}" if said else page


def sources(lake: Lake) -> Options:
    """Every source that can be chosen, by its name."""
    rows = lake.scan("sources").select("code", "name").sort("name", "code").collect()
    return [("", "all"), *rows.iter_rows()]


def domains(lake: Lake) -> Options:
    """Every domain that can be chosen."""
    known = lake.scan("sources").select("domain").drop_nulls().unique().sort("domain").collect()
    return [("", "all"), *((name, name) for name in known["domain"])]


def form(page: str, *boxes: Tag, label: str = "Filters") -> Tag:
    """The form that narrows a page; where there are scripts a choice is enough."""
    return tags.form(
        *boxes,
        tags.button("Show", type="submit"),
        action=page,
        id="filters",
        class_="publications-form",
        aria_label=label,
        data_in_place="",
        data_part="",
    )


def choice(name: str, label: str, options: Options, chosen: str) -> Tag:
    """A box to choose from."""
    return tags.div(
        tags.label(label, for_=f"choose_{name}"),
        tags.select(
            *(
                tags.option(words, value=value, selected="" if value == chosen else None)
                for value, words in options
            ),
            name=name,
            id=f"choose_{name}",
        ),
        class_="publications-choice",
    )
