"""Tables by declaration, held against HTML that is written by hand."""

from html import escape

import pytest
from htmltools import HTML, Tag, tags

from app.draw.grid import NUMBER, SCROLLS, Grid, GridColumn, Groups, draw, draw_html, in_order

Practice = dict[str, str]
ROWS = [
    {"code": "A81001", "name": "The Densham <Surgery>", "board": "Kent & Medway", "list": "3,812"},
    {"code": "A81002", "name": "Queens Park", "board": "Kent & Medway", "list": "20,316"},
    {"code": "B81001", "name": "Hull", "board": "Humber", "list": "–"},
]
NAME = GridColumn[Practice]("Practice", lambda row: row["name"], names_row=True)
LIST = GridColumn[Practice]("List", lambda row: row["list"], head=NUMBER, cells=NUMBER)


def tight(tag: Tag) -> str:
    """Without the line ends and indents that stand between tags."""
    return "".join(line.strip() for line in str(tag).splitlines())


def test_a_row_has_its_head_and_numbers_stand_at_the_right():
    assert tight(draw(Grid([NAME, LIST]), ROWS[:1])) == (
        "<table>"
        '<thead><tr><th scope="col">Practice</th><th scope="col" class="n">List</th></tr></thead>'
        '<tbody><tr><th scope="row">The Densham &lt;Surgery&gt;</th><td class="n">3,812</td></tr>'
        "</tbody></table>"
    )


def test_sequences_are_drawn_in_their_order():
    grid = Grid(in_order("Code", "Practice", "List", names_row=True, numbers=1), scope=None)
    assert tight(draw(grid, [("A81001", tags.b("Densham"), "3,812")])) == (
        "<table><thead><tr><th>Code</th><th>Practice</th><th>List</th></tr></thead><tbody><tr>"
        '<th scope="row">A81001</th><td><b>Densham</b></td><td class="n">3,812</td></tr></tbody>'
        "</table>"
    )


@pytest.mark.parametrize(
    ("is_heard", "drawn"),
    [
        (False, "<caption>Lists &lt; 4,000</caption>"),
        (True, '<caption class="visually-hidden">Lists &lt; 4,000</caption>'),
    ],
)
def test_a_caption_is_seen_or_heard(is_heard: bool, drawn: str):
    grid = Grid([NAME], caption="Lists < 4,000", is_caption_heard=is_heard)
    assert f"<table>{drawn}<thead>" in tight(draw(grid, ROWS))
    assert f"<table>{drawn}<thead>" in draw_html(grid, [])


def test_a_wide_table_is_scrolled_by_the_keyboard():
    grid = Grid([NAME], table={"class": "atlas-facts", **SCROLLS})
    assert str(draw(grid, ROWS)).startswith('<table class="atlas-facts" tabindex="0">')
    assert draw_html(grid, ROWS).startswith('<table class="atlas-facts" tabindex="0"><thead>')


def test_a_row_says_what_belongs_to_it():
    column = GridColumn[Practice](None, lambda row: row["code"], title=lambda row: row["board"])
    drawn = draw(Grid([column]), ROWS[:1], row=lambda row: {"data-code": row["code"]})
    assert tight(drawn) == (
        "<table><thead><tr><td></td></tr></thead><tbody>"
        '<tr data-code="A81001"><td title="Kent &amp; Medway">A81001</td></tr></tbody></table>'
    )


def test_where_there_is_nothing_it_is_said_in_words():
    grid = Grid([NAME, LIST], nothing="No practice is < 1 mile away.")
    assert str(draw(grid, [])) == draw_html(grid, []) == "<p>No practice is &lt; 1 mile away.</p>"
    assert draw(grid, ROWS).name == "table" and "mile" not in draw_html(grid, ROWS)


def test_without_words_for_it_an_empty_table_has_its_heads():
    drawn = '<table><thead><tr><th scope="col">Practice</th></tr></thead><tbody></tbody></table>'
    assert tight(draw(Grid([NAME]), [])) == draw_html(Grid([NAME]), []) == drawn


def test_groups_stand_in_bodies_of_their_own():
    boards = Groups[Practice](lambda row: row["board"], lambda board: board[:4].lower(), "board")
    assert tight(draw(Grid([NAME, LIST]), ROWS[1:], groups=boards)).partition("</thead>")[2] == (
        '<tbody><tr class="board"><th colspan="2" scope="rowgroup" id="kent">'
        "<h3>Kent &amp; Medway</h3></th></tr>"
        '<tr><th scope="row">Queens Park</th><td class="n">20,316</td></tr></tbody>'
        '<tbody><tr class="board"><th colspan="2" scope="rowgroup" id="humb"><h3>Humber</h3></th>'
        '</tr><tr><th scope="row">Hull</th><td class="n">–</td></tr></tbody></table>'
    )


def test_html_is_drawn_as_the_tag_is_but_for_spaces():
    asked = GridColumn[Practice]("Lists & <more>", lambda row: row["list"], cells={"title": '"'})
    written = GridColumn[Practice]("Practice", lambda row: escape(row["name"]), names_row=True)
    assert draw_html(Grid([written, asked]), ROWS) == tight(draw(Grid([NAME, asked]), ROWS))


def test_html_of_cells_heads_and_rows_stays_as_it_is():
    column = GridColumn[Practice](HTML("<b>List</b>"), lambda row: f"<i>{row['list']}</i>")
    drawn = draw_html(Grid([column]), ROWS[:1], row=lambda row: f' data-code="{row["code"]}"')
    assert drawn == (
        '<table><thead><tr><th scope="col"><b>List</b></th></tr></thead>'
        '<tbody><tr data-code="A81001"><td><i>3,812</i></td></tr></tbody></table>'
    )
