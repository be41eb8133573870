"""Which column of a file is which of the manifest: by its header, or by its place without one."""

from collections import defaultdict
from dataclasses import dataclass, field

from refresh.extract.decode import broken
from refresh.finding import Finding
from refresh.publications.manifest import TableOf
from refresh.publications.reading.heading import names_at, plain
from refresh.publications.reading.text import Opened

WITHIN = 60  # rows at the top among which a header that moved is looked for


@dataclass(frozen=True)
class Placed:
    """Where a table lies in this file.

    at         of each column of the manifest, by its name, where it stands, from 1; missing, None
    first_row  of data
    width      the columns up to which cells are expected
    added      headers that the manifest does not know
    """

    at: dict[str, int | None]
    first_row: int
    width: int
    added: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def place(opened: Opened, of: TableOf) -> Placed:
    """Find the table in a file.

    A header that moved up or down as a whole, and columns in another order, can be read in one way
    only: they are, and it is told.

    Raises: ContractBroken where no row is its header.
    """
    layout = of.layout
    width = max(map(len, opened.head), default=0)
    last = layout.last_column or width
    if not layout.header_rows:
        return _by_place(opened, of, width)
    within = (layout.first_column, max(last, layout.first_column))
    moved = _moved(opened, of, within)
    if moved is None:
        raise _no_header(opened, of, within)
    rows = [row + moved for row in layout.header_rows]
    names = names_at(opened.head, rows, opened.merged, within)
    at, added = _matched(of, names, layout.first_column)
    findings = []
    if moved:
        findings.append(
            _told(opened, f"the header stands {_by(moved)} than the manifest says", moved)
        )
    findings += _told_columns(opened, of, at, added)
    # Of a CSV: what stands right of its last name is a cell too many.
    named = [place for place, name in enumerate(names, layout.first_column) if name]
    width = max([*named, *(place for place in at.values() if place)])
    return Placed(at, layout.first_row + moved, width, added, findings)


def _by(moved: int) -> str:
    return f"{abs(moved)} rows {'lower' if moved > 0 else 'higher'}"


def _moved(opened: Opened, of: TableOf, within: tuple[int, int]) -> int | None:
    """By how many rows the header moved; None where it is nowhere, or could be in two places."""
    wanted = {plain(c.original_name) for c in of.columns if c.original_name}
    required = {plain(c.original_name) for c in of.columns if c.original_name and c.required}

    def share(by: int) -> float:
        rows = [row + by for row in of.layout.header_rows]
        if rows[0] < 1 or rows[-1] > len(opened.head):
            return 0
        found = {plain(name) for name in names_at(opened.head, rows, opened.merged, within)}
        return len(wanted & found) / max(1, len(wanted))

    if share(0) >= 0.5:
        return 0
    lowest = of.layout.header_rows[-1]
    near = [by for by in range(1 - lowest, WITHIN - lowest) if by and share(by) >= 0.5]
    exact = [by for by in near if share(by) == 1]
    found = exact or near
    return found[0] if len(found) == 1 and required else None


def _matched(of: TableOf, names: list[str], first: int) -> tuple[dict[str, int | None], list[str]]:
    """Each column by its name, in turn where several are called the same."""
    free: dict[str, list[int]] = defaultdict(list)
    for at, name in enumerate(names, start=first):
        if name:
            free[plain(name)].append(at)
    at_: dict[str, int | None] = {}
    for column in of.columns:
        places = free.get(plain(column.original_name), []) if column.original_name else []
        if places:
            at_[column.name] = places.pop(0)
        else:
            # What has no header is known by its place alone, if it has none here either.
            is_bare = not column.original_name and 0 < column.position <= first + len(names) - 1
            nameless = is_bare and not names[column.position - first]
            at_[column.name] = column.position if nameless else None
    left = {at for places in free.values() for at in places}
    return at_, [name for at, name in enumerate(names, start=first) if at in left]


def _by_place(opened: Opened, of: TableOf, width: int) -> Placed:
    at = {c.name: c.position if 0 < c.position <= width else None for c in of.columns}
    findings = _told_columns(opened, of, at, [])
    expected = max((c.position for c in of.columns), default=0)
    if width > expected:
        findings.append(
            Finding(
                "warn",
                "schema",
                "columns added",
                opened.where,
                f"{width - expected} more columns than the manifest has, and no header",
                expected=str(expected),
                observed=str(width),
                next_step="draft the manifest again and compare",
            )
        )
    return Placed(at, of.layout.first_row, max(width, expected), [], findings)


def _told(opened: Opened, message: str, moved: int) -> Finding:
    return Finding(
        "warn",
        "schema",
        "header moved",
        opened.where,
        message,
        observed=f"{moved:+}",
        next_step="mend header_rows and first_row in the manifest if it stays there",
    )


def _told_columns(
    opened: Opened, of: TableOf, at: dict[str, int | None], added: list[str]
) -> list[Finding]:
    findings = []
    gone = [column for column in of.columns if at[column.name] is None]
    needed = [column.original_name or column.name for column in gone if column.required]
    if needed:
        findings.append(
            Finding(
                "fail",
                "schema",
                "columns removed",
                opened.where,
                f"{len(needed)} columns of the manifest are not in the file",
                expected=", ".join(needed[:8]),
                observed="missing",
                next_step="if the publisher dropped them, say `required: false` in the manifest;"
                " if they were renamed, change original_name",
            )
        )
    if added:
        findings.append(
            Finding(
                "warn",
                "schema",
                "columns added",
                opened.where,
                f"{len(added)} columns are not in the manifest; they are not loaded",
                expected="none",
                observed=", ".join(added[:8]),
                next_step="add them to the manifest, or draft it again",
            )
        )
    places = [place for place in at.values() if place is not None]
    if of.layout.header_rows and places != sorted(places):
        findings.append(
            Finding(
                "warn",
                "schema",
                "columns moved",
                opened.where,
                "the columns stand in another order than in the manifest; read by their names",
            )
        )
    return findings


def _no_header(opened: Opened, of: TableOf, within: tuple[int, int]) -> Exception:
    names = names_at(opened.head, of.layout.header_rows, opened.merged, within)
    there = ", ".join(name for name in names if name)[:200]
    wanted = ", ".join(c.original_name for c in of.columns if c.original_name)[:200]
    rows = ", ".join(map(str, of.layout.header_rows))
    return broken(
        opened.where, f"its header is not in row {rows}", expected=wanted, found=there or "nothing"
    )
