"""The picture of a lineage: boxes in columns, joined by lines; and the same in words. Pure.

A plain SVG in the page's own colours. It scrolls on a phone; each box that has a page leads there.
"""

from html import escape

from htmltools import HTML, Tag, tags

from app.publications.catalogue.lineage import LAYERS, Lineage, Node

WIDE, TALL, GAP_X, GAP_Y, TOP = 196, 40, 56, 12, 28
LONGEST = 26


def picture(of: Lineage, *, root: str) -> Tag:
    """The picture with its words folded below it."""
    return tags.figure(
        tags.div(
            HTML(_svg(of, root)),
            class_="pub-lineage",
            tabindex="0",
            role="group",
            aria_label="Lineage",
        ),
        tags.details(
            tags.summary("The same in words"),
            tags.ul(*(tags.li(sentence) for sentence in of.sentences)),
            id="lineage_words",
        ),
        class_="pub-figure",
    )


def _svg(of: Lineage, root: str) -> str:
    places = _places(of)
    height = max((y for _, y in places.values()), default=0) + TALL + GAP_Y
    width = len(LAYERS) * WIDE + (len(LAYERS) - 1) * GAP_X
    heads = "".join(
        f'<text class="head" x="{at * (WIDE + GAP_X)}" y="16">{escape(words)}</text>'
        for at, words in enumerate(LAYERS)
    )
    lines = "".join(_line(places[one], places[other]) for one, other in of.edges)
    boxes = "".join(_box(node, places[node.key], root) for node in of.nodes)
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
        f"{heads}{lines}{boxes}</svg>"
    )


def _places(of: Lineage) -> dict[tuple[int, str], tuple[int, int]]:
    """Where each box stands: by columns, a box below the other, columns centred on the longest."""
    columns: list[list[Node]] = [
        [n for n in of.nodes if n.layer == at] for at in range(len(LAYERS))
    ]
    most = max(map(len, columns), default=0)
    places = {}
    for at, column in enumerate(columns):
        above = (most - len(column)) * (TALL + GAP_Y) // 2
        for number, node in enumerate(column):
            y = TOP + above + number * (TALL + GAP_Y)
            places[node.key] = (at * (WIDE + GAP_X), y)
    return places


def _line(one: tuple[int, int], other: tuple[int, int]) -> str:
    (x, y), (to_x, to_y) = one, other
    y, to_y = y + TALL // 2, to_y + TALL // 2
    if x == to_x:  # from table to table: a bow at the side
        return f'<path d="M{x} {y} C{x - GAP_X // 2} {y} {x - GAP_X // 2} {to_y} {to_x} {to_y}"/>'
    middle = (x + WIDE + to_x) // 2
    return f'<path d="M{x + WIDE} {y} C{middle} {y} {middle} {to_y} {to_x} {to_y}"/>'


def _box(node: Node, place: tuple[int, int], root: str) -> str:
    x, y = place
    text_y = y + (TALL // 2 + 4 if not node.more else 16)
    more = (
        f'<text class="more" x="{x + 8}" y="{y + 32}">{_cut(node.more)}</text>' if node.more else ""
    )
    kind = "here" if node.is_here else "box"
    drawn = (
        f'<rect class="{kind}" x="{x}" y="{y}" width="{WIDE}" height="{TALL}" rx="6"/>'
        f'<text x="{x + 8}" y="{text_y}">{_cut(node.name)}</text>{more}'
        f"<title>{escape(node.name)}{': ' + escape(node.more) if node.more else ''}</title>"
    )
    if node.address and not node.is_here:
        return f'<a href="{escape(root + node.address)}">{drawn}</a>'
    return f"<g>{drawn}</g>"


def _cut(text: str) -> str:
    return escape(text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…")
