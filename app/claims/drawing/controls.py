"""The controls of the claims page: a form that asks by its address, so it works without scripts.

Pure: a view and what is offered in, tags out.
"""

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from html import escape

from htmltools import HTML, Tag, tags

from app.claims import labels
from app.claims.asked import METRICS, values
from app.claims.months import short
from app.claims.tabs import TABS
from app.claims.view import AGAINST, NOBODY, Offered, View, address, usual
from engine import Lake

MAIN = (
    "metal_tier",
    "clinical_segment",
    "region",
    "provider_specialty",
    "diagnosis_code",
    "is_oon",
)
"""The filters in sight; the others are folded."""
MOST_VALUES = 200
MOST_OF_OTHERS = 30  # of the folded ones; a link can name any

Choice = tuple[str, str]


def tabs(view: View, offered: Offered) -> Tag:
    """The tabs: the same months and filters, each its own metric and rows."""
    links = (
        tags.a(
            tab.label,
            # A filter that a tab's metric does not have is left out there, and said.
            href=address(
                replace(
                    usual(offered, tab),
                    only=view.only,
                    period=view.period,
                    against=view.against,
                    snapshot=view.snapshot,
                )
            ),
            aria_current="page" if tab.name == view.tab else None,
            title=tab.why,
        )
        for tab in TABS
    )
    return tags.nav(*links, id="tabs", class_="claims-tabs", aria_label="Views", data_part="")


def form(lake: Lake, view: View, offered: Offered) -> Tag:
    """Metric, rows, months, what it is held against, and the filters."""
    dimensions = [n for n in offered.dimensions if n in offered.metrics[view.metric]]
    by = [(name, labels.of_dimension(name)) for name in dimensions]
    months = [(short(month), f"{month:%b %Y}") for month in reversed(offered.months.months)]
    filters = {name: _filter(lake, view, name) for name in dimensions}
    main = [filters.pop(name) for name in MAIN if name in filters]
    is_open = any(name in filters for name, _ in view.only)
    return tags.form(
        tags.input(type="hidden", name="tab", value=view.tab),
        tags.input(type="hidden", name="snapshot", value=view.snapshot) if view.snapshot else None,
        tags.input(type="hidden", name="sort", value=view.sort) if view.sort else None,
        tags.div(
            _select("metric", "Metric", _metrics(offered), view.metric),
            _select("by", "By", [(NOBODY, "all together"), *by], view.by or NOBODY),
            _select(
                "then", "Then", [("", "month"), *(b for b in by if b[0] != view.by)], view.then
            ),
            _select("from", "From", months, short(view.period.first)),
            _select("to", "To", months, short(view.period.last)),
            _select("against", "Against", list(AGAINST.items()), view.against),
            _than(lake, view),
            class_="claims-asked",
        ),
        tags.fieldset(
            tags.legend("Only"),
            *main,
            tags.details(
                tags.summary("More filters"),
                tags.div(*filters.values(), class_="claims-filters"),
                id="more_filters",
                open="" if is_open else None,
            )
            if filters
            else None,
            class_="claims-filters",
        ),
        tags.button("Show", type="submit"),
        method="get",
        action="claims",
        id="asked",
        class_="claims-form",
        data_in_place="",
        data_part="",
        aria_label="What is shown",
    )


def chips(lake: Lake, view: View) -> Tag:
    """What is set, each with a way to take it off."""
    set_ = [
        _chip(
            f"{labels.of_dimension(name)}: {said(lake, name, value)}",
            address(view.without(name, value)),
        )
        for name, chosen in view.only
        for value in chosen
    ]
    if view.than:
        name, _, value = view.than.partition(":")
        words = f"against {labels.of_dimension(name)}: {said(lake, name, value)}"
        set_.append(_chip(words, address(replace(view, than=""))))
    if len(set_) > 1:
        bare = address(replace(view, only=(), than=""))
        set_.append(tags.a("Take all off", href=bare, class_="claims-all-off"))
    return tags.p(*set_, id="chips", class_="claims-chips", data_part="")


def said(lake: Lake, dimension: str, value: str) -> str:
    """A value as an address has it, in words."""
    return labels.of_value(lake, dimension, labels.as_meant(dimension, value))


def _chip(words: str, href: str) -> Tag:
    return tags.a(
        words, tags.span(" ×", aria_hidden="true"), href=href, aria_label=f"Take off {words}"
    )


def _metrics(offered: Offered) -> list[Choice]:
    return [(name, METRICS[name].label) for name in offered.metrics]


def _filter(lake: Lake, view: View, name: str) -> Tag:
    """One filter. Of several values that an address names the menu shows the first."""
    chosen = view.values_of(name)
    # The others stay in the address: a form would forget what it has no control for.
    kept = (tags.input(type="hidden", name=name, value=value) for value in chosen[1:])
    options = _values(lake, name, "", chosen[0] if chosen else "", nothing="all")
    return tags.div(_choice(name, labels.of_dimension(name).capitalize(), options), *kept)


def _than(lake: Lake, view: View) -> Tag | None:
    """Another group to hold this one against: of the dimension of the rows."""
    if not view.by:
        return None
    prefix = f"{view.by}:"
    chosen = view.than.removeprefix(prefix) if view.than.startswith(prefix) else ""
    options = _values(lake, view.by, prefix, chosen, nothing="no other group")
    return _choice("than", "Or against", options)


def _values(lake: Lake, name: str, prefix: str, chosen: str, *, nothing: str) -> str:
    """The options of a dimension's values, those with the most claims first, as HTML."""
    # Written once a snapshot: a page has thousands of them.
    there = _options(lake, name, prefix)
    if chosen and chosen not in there:
        there = {**there, chosen: _option(prefix + chosen, said(lake, name, chosen))}
    if not chosen:
        return _option("", nothing) + "".join(there.values())
    return _option("", nothing) + "".join(
        _selected(text) if value == chosen else text for value, text in there.items()
    )


@lru_cache(maxsize=256)
def _options(lake: Lake, name: str, prefix: str) -> dict[str, str]:
    most = MOST_VALUES if name in MAIN or prefix else MOST_OF_OTHERS
    there = (labels.as_said(value) for value in values(lake, name)[:most])
    return {value: _option(prefix + value, said(lake, name, value)) for value in there}


def _option(value: str, words: str) -> str:
    return f'<option value="{escape(value)}">{escape(words)}</option>'


def _selected(option: str) -> str:
    return option.replace("<option ", '<option selected="" ', 1)


def _select(name: str, label: str, choices: Iterable[Choice], chosen: str) -> Tag:
    options = ((value, _option(value, words)) for value, words in choices)
    texts = (_selected(text) if value == chosen else text for value, text in options)
    return _choice(name, label, "".join(texts))


def _choice(name: str, label: str, options: str) -> Tag:
    """A menu with its label; options as HTML."""
    place = f"ask_{name}"
    return tags.div(
        tags.label(label, for_=place),
        tags.select(HTML(options), name=name, id=place),
        class_="claims-choice",
    )
