"""A page read back as a person reads it: its tables by their ids, its figures by their words."""

from html.parser import HTMLParser


class _Read(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tables: dict[str, list[list[str]]] = {}
        self.figures: dict[str, str] = {}
        self._table: list[list[str]] | None = None
        self._word: str | None = None
        self._into: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag == "table" and said.get("id"):
            self._table = self.tables.setdefault(str(said["id"]), [])
        elif tag == "tr" and self._table is not None:
            self._table.append([])
        elif tag in ("td", "th") and self._table:
            self._table[-1].append("")
        elif tag in ("dt", "dd"):
            self._into = tag
            if tag == "dt":
                self._word = ""
            elif self._word is not None and self._word.strip() not in self.figures:
                self.figures[self._word.strip()] = ""
                self._into = "value"

    def handle_endtag(self, tag: str) -> None:
        if tag == "table":
            self._table = None
        elif tag in ("dt", "dd"):
            self._into = None

    def handle_data(self, data: str) -> None:
        if self._table is not None and self._table and self._table[-1]:
            self._table[-1][-1] += data
        elif self._into == "dt":
            self._word = (self._word or "") + data
        elif self._into == "value":
            self.figures[(self._word or "").strip()] += data


def read_back(html: str) -> _Read:
    """The tables of a page, without their heads and trimmed, and its figures."""
    found = _Read()
    found.feed(html)
    found.tables = {
        name: [[cell.strip() for cell in row] for row in rows[1:]]
        for name, rows in found.tables.items()
    }
    found.figures = {words: value.strip() for words, value in found.figures.items()}
    return found
