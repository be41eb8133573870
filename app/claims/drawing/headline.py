"""The headline: the metric with its change, and what stands beside it. Pure."""

from htmltools import Tag, TagChild, tags

from app.claims.asked import OTHER, Answered
from app.claims.drawing import words
from app.claims.view import address


def headline(of: Answered) -> Tag:
    """The metric's value in large, its change in words, then the companions."""
    metric, against = of.metric, words.held_against(of.view)
    definition = address(of.view, page="claims-metric")
    return tags.div(
        tags.dl(
            tags.div(
                tags.dt(tags.a(metric.label, href=definition, title=metric.why)),
                tags.dd(words.briefly(of.whole[metric.name], metric), class_="claims-figure"),
                *_change(of, against),
                tags.dd(metric.which_way, class_="claims-way"),
            ),
            *(
                tags.div(
                    tags.dt(one.label),
                    tags.dd(words.briefly(of.whole[one.name], one)),
                    tags.dd(
                        f"was {words.briefly(of.whole[one.name + OTHER], one)}",
                        class_="claims-was",
                    )
                    if against
                    else None,
                )
                for one in of.companions
            ),
            class_="claims-boxes",
        ),
        tags.p(words.sentence(of), role="status", class_="visually-hidden"),
    )


def _change(of: Answered, against: str) -> list[TagChild]:
    if not against:
        return []
    before = of.metric.written(of.before)
    change = words.moved(of.change, of.percent, of.metric)
    return [
        tags.dd(change, class_="claims-change"),
        tags.dd(f"{against}: {before}", class_="claims-was"),
    ]
