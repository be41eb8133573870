"""What columns mean, taken from a publisher's own sheet or file beside the data."""

import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from refresh.publications.looking import draft
from refresh.publications.looking.meanings import meanings

DATA = [["Org Code", "Beds Open", "Share"], *([f"R{n:02}", n, n / 40] for n in range(1, 31))]
LIST = [
    ["About the columns of this workbook"],
    [],
    ["Column", "Type", "What it means"],
    ["ORG_CODE", "Text", "Code of the trust,  as ODS gives it"],
    ["Beds open", "Number", "Beds open at midnight, averaged over the quarter"],
    ["Contact", "", "beds@nhs.test"],
]


def book(path: Path, **sheets: list[list[object]]) -> Path:
    with xlsxwriter.Workbook(path) as made:
        for name, rows in sheets.items():
            sheet = made.add_worksheet(name)
            for at, row in enumerate(rows):
                sheet.write_row(at, 0, row)
    return path


@pytest.mark.parametrize("name", ["Metadata", "Data dictionary", "Notes"])
def test_a_sheet_that_lists_columns_describes_them_and_the_manifest_says_so(
    tmp_path: Path, name: str
):
    path = book(tmp_path / "beds.xlsx", **{"Beds": DATA, name: LIST})
    of = next(of for of in draft([path]).sources if of.files[0].sheet == "Beds")
    assert [column.description for column in of.columns] == [
        "Code of the trust, as ODS gives it",
        "Beds open at midnight, averaged over the quarter",
        "",
    ]
    assert f"What 2 of its columns mean is taken from `{name}`." in of.notes


@pytest.mark.parametrize("name", ["Beds by site", "Notebook"])
def test_a_sheet_that_is_no_list_by_its_name_describes_nothing(tmp_path: Path, name: str):
    path = book(tmp_path / "beds.xlsx", **{"Beds": DATA, name: LIST})
    of = next(of for of in draft([path]).sources if of.files[0].sheet == "Beds")
    assert not any(column.description for column in of.columns)


def test_a_file_of_a_zip_describes_its_neighbour(tmp_path: Path):
    with zipfile.ZipFile(tmp_path / "beds.zip", "w") as packed:
        packed.writestr("beds.csv", "\n".join(",".join(map(str, row)) for row in DATA))
        packed.writestr(
            "beds_metadata.csv",
            "field,meaning\norg_code,Code of the trust\nbeds_open,Beds open at midnight\n",
        )
    of = next(
        of for of in draft([tmp_path / "beds.zip"]).sources if of.files[0].extract[:5] == "beds."
    )
    said = [column.description for column in of.columns]
    assert said == ["Code of the trust", "Beds open at midnight", ""]


def test_words_that_stand_among_columns_once_or_say_little_are_no_list():
    names = {"org", "beds"}
    assert meanings([["Org", "Code of the trust"], ["Sites", "All of them"]], names) == {}
    assert meanings([["Org", "text"], ["Beds", "int"]], names) == {}
    # Of what is said twice the first stands.
    twice = [["Org", "Code of the trust"], ["Beds", "Open at midnight"], ["Org", "Another word"]]
    assert meanings(twice, names)["org"] == "Code of the trust"
