"""Where tables lie: sheets drawn by hand, each of a kind that publishers issue."""

import pytest

from refresh.publications.looking.kinds import Grid
from refresh.publications.looking.tables import Found, find_tables


def grid(drawn: str, merged=()) -> Grid:
    """A sheet as drawn: one line a row, cells between bars."""
    rows = [[cell.strip() for cell in line.split("|")] for line in drawn.strip("\n").split("\n")]
    width = max(map(len, rows))
    return Grid([row + [""] * (width - len(row)) for row in rows], merged)


def only(found: list[Found]) -> Found:
    assert len(found) == 1
    return found[0]


def test_a_title_block_a_header_over_two_rows_and_a_footer():
    table = only(
        find_tables(
            grid("""
Title: | Attendances |        |       |
Period:| May 2026    |        |       |
       |             |        |       |
       |             | Type 1 |       | Type 2 |
Code   | Name        | Seen   | Left  | Seen | Left
-      | England     | 30     | 3     | 300  | 30
       |             |        |       |      |
R1H    | Barts       | 10     | 1     | 100  | 10
RAL    | Royal Free  | 20     | 2     | 200  | 20
       |             |        |       |      |
Source: SDCS
""")
        )
    )
    assert table.header_rows == [4, 5]
    assert table.names == [
        "Code",
        "Name",
        "Type 1 | Seen",
        "Type 1 | Left",
        "Type 2 | Seen",
        "Type 2 | Left",
    ]
    assert (table.first_row, table.last_row, table.below) == (6, 9, "Source: SDCS")


def test_a_banner_that_tells_nothing_apart_is_in_no_name():
    table = only(
        find_tables(
            grid("""
     | Week commencing |            |
Area | 2020-03-09      | 2020-03-16 | All outbreaks
York | 1               | 2          | 3
Hull | 4               | 5          | 9
""")
        )
    )
    assert table.header_rows == [2]
    assert table.names == ["Area", "2020-03-09", "2020-03-16", "All outbreaks"]


def test_a_blank_column_inside_a_table_is_a_spacer():
    table = only(
        find_tables(
            grid("""
     | Available |    |   | Occupied |
Org  | Total | Acute  |   | Total | Acute
R1H  | 10    | 8      |   | 9     | 7
RAL  | 20    | 18     |   | 19    | 17
""")
        )
    )
    assert table.columns == [1, 2, 3, 5, 6]
    assert table.names[3] == "Occupied | Total"


def test_tables_side_by_side_are_two_where_each_has_its_labels():
    left, right = find_tables(
        grid("""
Table 1: FCEs |    |   | Table 2: Rates |
Region | Age 0-5   |   | Region  | Age 0-5
London | 10        |   | London  | 0.1
Leeds  | c         |   | Leeds   | 0.2
""")
    )
    assert (left.columns, right.columns) == ([1, 2], [4, 5])
    assert left.names == right.names == ["Region", "Age 0-5"]


def test_tables_one_below_the_other_are_two():
    one, other = find_tables(
        grid("""
Row Labels | Children | Percent
England    | 100      | 94.3
Scotland   | 10       | 97.6
           |          |
PCT name   | Children | Percent
Barnet     | 7        | 90.1
Hull       | 5        | 91.2
""")
    )
    assert (one.first_row, one.last_row, one.names[0]) == (2, 3, "Row Labels")
    assert (other.header_rows, other.first_row, other.last_row) == ([5], 6, 7)


def test_headings_between_rows_are_no_data_and_a_row_without_values_is():
    table = only(
        find_tables(
            grid("""
Kind   | Code | Name   | Seen | Left
North  |      |        |      |
ICB    | QHG  | Beds   | 1    | 2
ICB    | QMJ  | London |      |
South  |      |        |      |
ICB    | QE1  | Kent   | 3    | 4
""")
        )
    )
    assert table.headings == ["North", "South"]
    assert (table.first_row, table.last_row) == (3, 6)


def test_stray_numbers_above_a_title_are_no_table():
    table = only(
        find_tables(
            grid("""
       |   | 4    | 5
Title: | A | 7    | 8
Code   | Name | Seen | Left
R1H    | Barts | 10  | 1
RAL    | Royal | 20  | 2
""")
        )
    )
    assert (table.header_rows, table.first_row) == ([3], 4)


def test_a_trailing_column_without_a_header_is_left_out_and_leading_ones_are_kept():
    table = only(
        find_tables(
            grid("""
       |       | 2016-05-31 | 2016-06-01 |
London | Barts | 1          | 2          | helper
London | Royal | 3          | 4          | helper
""")
        )
    )
    assert (table.columns, table.names[:2], table.left_out) == ([1, 2, 3, 4], ["", ""], [5])


def test_merged_cells_say_how_far_a_banner_reaches():
    drawn = """
     | Seen |      |       |
Code | a    | b    | a     | b
R1H  | 1    | 2    | 3     | 4
"""
    table = only(find_tables(grid(drawn, merged=[(1, 2, 1, 3)])))
    assert table.names == ["Code", "Seen | a", "Seen | b", "a", "b"]


@pytest.mark.parametrize(
    "drawn,header",
    [
        ("A81001 | 5E1 | W\nA81002 | 00K | W\nA81003 | 00L | W", []),
        ("Code | Status | Kind\nA81001 | 5E1 | W\nA81002 | 00K | W", [1]),
    ],
)
def test_a_csv_may_have_no_header(drawn: str, header: list[int]):
    assert only(find_tables(grid(drawn), must_have_header=False)).header_rows == header


def test_notes_alone_are_no_table():
    assert find_tables(grid("Notes\n1. Figures are rounded.\n2. See the website.")) == []


def test_codes_that_look_like_numbers_with_notes_are_no_second_header():
    table = only(
        find_tables(
            grid("""
Practice | CCG   | Region
Y05180   | 36J   | Y63
Y06659   | 03A   | Y63
Y06792   | 52R   | Y60
Y06810   | M1J4Y | Y61
Y07016   | 07H   | Y61
""")
        )
    )
    assert (table.header_rows, table.first_row, table.last_row) == ([1], 2, 6)


def csv(drawn: str) -> list[Found]:
    return find_tables(grid(drawn), must_have_header=False)


def test_files_put_below_each_other_are_tables_of_their_own():
    found = csv("""
Code | Name  | Seen | Left
R1H  | Barts | 10   | 1
RAL  | Free  | 20   | 2
Code | Name  | Seen |
R1H  | Barts | 11   |
""")
    assert [(one.header_rows, one.first_row, one.last_row) for one in found] == [
        ([1], 2, 3),
        ([4], 5, 5),
    ]


def test_a_first_record_that_slipped_by_a_cell_is_no_part_of_the_header():
    table = only(
        csv("""
Day        | Time  | Seen | Code   | Kind | Name
28/01/2018 | 00:002 | MG-8769 | shoes | Ash |
29/01/2018 | 00:15 | 3    | RI-3895 | hats | Elm
30/01/2018 | 00:30 | 1    | RI-8070 | bags | Oak
31/01/2018 | 00:45 | 7    | RI-9546 | rods | Fir
""")
    )
    assert table.names == ["Day", "Time", "Seen", "Code", "Kind", "Name"]
    assert table.header_rows == [1]


def test_a_name_with_a_figure_in_it_is_a_name_over_codes_made_otherwise():
    table = only(
        csv("""
lsoa21_name | lsoa21_code | icb24_code
Halton 001A | E01012392   | E54000008
Halton 001B | E01012393   | E54000008
""")
    )
    assert (table.header_rows, table.first_row) == ([1], 2)


def test_codes_without_a_header_have_none():
    table = only(
        csv("""
Halton 001A | E01012392   | E54000008
Halton 001B | E01012393   | E54000008
Halton 001C | E01012394   | E54000009
""")
    )
    assert (table.header_rows, table.first_row, table.last_row) == ([], 1, 3)


def test_what_is_labelled_above_is_in_no_name_and_notes_behind_a_blank_line_are_no_data():
    table = only(
        csv("""
TS037 - General health | | | |
Population : | All usual residents | | |
Units      : | Persons | | |
 | | | |
area | mnemonic | Total | Good | Bad
 | | | |
Lincoln 001A | E01026149 | 1704 | 1595 | 109
Lincoln 001B | E01026150 | 1764 | 1592 | 172
 | | | |
 | In order to protect against disclosure, records | | |
 | have been swapped | | |
""")
    )
    assert table.names == ["area", "mnemonic", "Total", "Good", "Bad"]
    assert (table.first_row, table.last_row) == (7, 8)
    assert table.below.startswith("In order to protect")
