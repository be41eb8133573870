"""What a view is called, and its numbers in sentences. Pure."""

from app.claims import labels
from app.claims.asked import Answered
from app.claims.drawing.controls import said
from app.claims.months import Stretch
from app.claims.view import View
from engine import Lake
from engine.metric import AnyMetric


def title(view: View, metric: AnyMetric) -> str:
    """What the page shows, as a heading."""
    by = f" by {labels.of_dimension(view.by)}" if view.by else ""
    by += f" and {labels.of_dimension(view.then)}" if view.then else ""
    return f"{metric.label}{by}, {view.period.words}"


def filters(lake: Lake, view: View) -> str:
    """The filters in words; empty where there is none."""
    each = (
        f"{labels.of_dimension(name)} {' or '.join(said(lake, name, value) for value in chosen)}"
        for name, chosen in view.only
    )
    return "; ".join(each)


def held_against(view: View) -> str:
    """What it is held against, in words; empty: nothing."""
    if view.than:
        name, _, value = view.than.partition(":")
        meant = labels.plainly(name, labels.as_meant(name, value))
        return f"{labels.of_dimension(name)} {meant}"
    return view.before.words if view.before else ""


def moved(change: float | None, percent: float | None, metric: AnyMetric) -> str:
    """A change in words: with its sign, in the metric's unit and in percent.

    A change of a share is in percentage points.
    """
    if change is None:
        return "not known"
    points = metric.format == "percent"
    size = f"{abs(change):.1f} points" if points else metric.written(abs(change))
    text = f"{sign(change)}{size}"
    return text if points or percent is None else f"{text} ({sign(percent)}{abs(percent):.1f} %)"


def sentence(of: Answered) -> str:
    """The headline as a sentence, for those who hear the page."""
    value = of.metric.written(of.whole[of.metric.name])
    against = held_against(of.view)
    if not against:
        return f"{of.metric.label}: {value}."
    before = of.metric.written(of.before)
    change = moved(of.change, of.percent, of.metric)
    return f"{of.metric.label}: {value}; {against}: {before}; change {change}."


def not_all_in(of: Answered) -> str:
    """That the newest months will come to more, and how much; empty where all is in."""
    if not of.immature:
        return ""
    first, last = min(of.immature), max(of.immature)
    months = Stretch(first, last).words
    verb = "is" if first == last else "are"
    return (
        f"{months} {verb} not all in: payments come weeks after the care. What is still to come is"
        " estimated from how earlier months came in, and hatched where one line is drawn; it is not"
        " in any number here."
    )


def nothing(view: View) -> str:
    """Why there is nothing to see, and what to do."""
    if view.only:
        return (
            f"No claims or cover of {view.period.words} with these filters. Take one off above, or"
            " choose other months."
        )
    return f"No claims or cover in {view.period.words}. Choose other months."


def sign(value: float) -> str:
    """What stands before a change's size."""
    return "+" if value > 0 else "−" if value < 0 else ""


def briefly(value: float | None, metric: AnyMetric) -> str:
    """A value for a box or a cell: of large sums of money nobody reads the cents."""
    text = metric.written(value)
    if metric.money is None or value is None or abs(value) < 10_000 * metric.money.minor:
        return text
    return metric.written(round(value / metric.money.minor) * metric.money.minor)[:-3]
