"""A workbook whose sheets are one table each, laid out for people: all of its cells, as text.

Banners stand over the header, a label is split over rows, and every sheet has columns of its own:
what they mean is for the source that knows them.
"""

import fastexcel
import polars as pl

from refresh.extract.decode import broken, damaged

EVERY = "*"


def every_sheet(data: bytes, where: str) -> pl.DataFrame:
    """The cells of a workbook, every one text.

    Takes:  its bytes; its name, for messages.
    Gives:  one row a row of a sheet, in order: `SHEET`, then `CELL_1`, `CELL_2` ... as many as the
            widest sheet has, runs of blanks and line breaks as one blank, null where empty.
    Raises: NotTheFile for a workbook that cannot be opened; ContractBroken for one without cells.
    """
    try:
        book = fastexcel.read_excel(data)
        sheets = [
            book.load_sheet(name, header_row=None, dtypes="string").to_polars()
            for name in book.sheet_names
        ]
    except fastexcel.FastExcelError as error:
        raise damaged(where, error) from error
    frames = [
        sheet.rename({old: f"CELL_{at}" for at, old in enumerate(sheet.columns, start=1)}).select(
            pl.lit(name).alias("SHEET"),
            pl.all().str.replace_all(r"\s+", " ").str.strip_chars().replace("", None),
        )
        for name, sheet in zip(book.sheet_names, sheets, strict=True)
        if sheet.width
    ]
    if not frames:
        found = f"nothing in {', '.join(book.sheet_names)}"
        raise broken(where, "it is empty", expected="a sheet with cells", found=found)
    return pl.concat(frames, how="diagonal")
