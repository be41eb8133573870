"""Draft a manifest: look at files the way a careful person would, and write down what was seen.

Tolerant once: whatever can be told from the files is told here, in words a steward can read and
mend. From then on reading is strict.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath

import polars as pl

from engine.errors import LakeError, UnknownName
from refresh.extract.read import Member, members
from refresh.extract.vet import vet
from refresh.publications.looking import periods
from refresh.publications.looking.columns import tokens
from refresh.publications.looking.grain import grain_of
from refresh.publications.looking.looked import Bare, Looked, look
from refresh.publications.looking.meanings import LISTS, take_over
from refresh.publications.looking.names import code_of
from refresh.publications.manifest import Described, File, Manifest, TableOf
from refresh.publications.reading.heading import plain

READ = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".zip", ".gz")
RICHER = (".xlsx", ".xlsm", ".xls", ".ods", ".csv")
ALIKE = 0.8
METADATA = frozenset(
    "title cover contents content notes note metadata glossary definitions definition guidance"
    " readme about description descriptions methodology contact contacts index key caveats"
    " disclaimer information introduction revision history log background version".split()
)
_BESIDE = frozenset("sheet page and of the to tab table list change control".split())
_TOTAL = re.compile(
    r"england(?:\s*(?:\*|total|\(.*\)))?|(?:grand )?total|.+ total|national|united kingdom|uk"
    r"|great britain|all england",
    re.IGNORECASE,
)


def draft(paths: Sequence[Path | str], *, name: str = "") -> Manifest:
    """A manifest of every table in these files.

    Takes:  files, or folders of files; a zip's members count as files. What to call it.
    Gives:  one source a table; the same table of several files or periods is one source. Sheets
            that are no data are disabled, or noted.
    Raises: UnknownName where there is nothing that can be read.
    """
    files = list(_files(paths))
    if not files:
        raise UnknownName(
            "no file that can be read",
            where=", ".join(map(str, paths)),
            expected=", ".join(READ),
            next="give files, or a folder of them",
        )
    sources: list[TableOf] = []
    for path in files:
        _add(sources, path)
    title = name or (files[0].stem if len(files) == 1 else files[0].parent.name)
    described = Described(name=title, publication=code_of(title), source_url=str(paths[0]))
    return Manifest(manifest=described, sources=sources)


def _files(paths: Iterable[Path | str]) -> Iterator[Path]:
    for each in map(Path, paths):
        if each.is_dir():
            yield from sorted(p for p in each.rglob("*") if p.is_file() and _is_read(p.name))
        elif each.exists():
            yield each
        else:
            raise UnknownName("there is no such file", where=str(each))


def _is_read(name: str) -> bool:
    lower = name.lower()
    if lower.endswith(".gz"):
        return _is_read(lower[:-3])
    return not PurePosixPath(name).name.startswith((".", "~$")) and lower.endswith(READ)


def _add(sources: list[TableOf], path: Path) -> None:
    """Add the tables of a file to those seen before."""
    vet(path, path.name)
    looked: list[Looked] = []
    bare: list[Bare] = []
    for member in _of_twins_the_richer([m for m in members(path) if _is_read(m.name)]):
        try:
            for one in look(member):
                (looked if isinstance(one, Looked) else bare).append(one)  # type: ignore[arg-type]
        except LakeError as error:
            bare.append(Bare(member, "", [], f"it cannot be read: {error.found or error.what}"))
    for one in looked:
        _describe(one.of, one)
    enabled = [one for one in looked if one.of.enabled]
    period = _period(path, enabled or looked, bare) or _period(path, looked, bare)
    for one in looked:
        _join(sources, one, path, period)
    mine = [s for s in sources if any(file.url == str(path) for file in s.files)]
    seen: list[Looked | Bare] = [*looked, *bare]
    take_over(mine, filter(_has_words, seen))
    if looked and bare:
        said = "; ".join(f"`{b.sheet or b.member.name}`: {b.why}" for b in bare)
        mine[0].notes.append(f"Left out of the manifest: {said}.")
    elif not looked:
        found = "; ".join(b.why for b in bare) or "none"
        raise UnknownName(
            "no table was seen in it", where=path.name, expected="a table", found=found
        )


def _has_words(one: Looked | Bare) -> bool:
    """Whether a sheet, or a file of a zip, is about others by its name: whole words only."""
    name = one.sheet or PurePosixPath(one.member.name).stem
    return bool(set(tokens(name)) & (METADATA | LISTS))


def _of_twins_the_richer(found: Sequence[Member]) -> list[Member]:
    """Of a workbook and a CSV of one name, the workbook."""

    def rank(member: Member) -> int:
        suffix = PurePosixPath(member.name.lower()).suffix
        return RICHER.index(suffix) if suffix in RICHER else len(RICHER)

    best: dict[str, Member] = {}
    for member in found:
        stem = plain(
            PurePosixPath("/".join(member.steps) or member.name).with_suffix("").as_posix()
        )
        if stem not in best or rank(member) < rank(best[stem]):
            best[stem] = member
    return list(best.values())


def _join(sources: list[TableOf], one: Looked, path: Path, period: periods.Evidence | None) -> None:
    """Add a table, or its file to the table that it is another period of."""
    file = File(
        url=str(path),
        period=period.said.month.text if period else "",
        sheet=one.sheet,
        extract="/".join(one.member.steps),
    )
    if same := _same(sources, one, file):
        same.files.append(file)
        return
    base = one.member.known_as
    code = code_of(base, one.sheet, taken=[source.code for source in sources])
    label = f"{base}: {one.sheet}" if one.sheet else base
    of = one.of
    of.code, of.table, of.name, of.files = code, f"tbl_{code}"[:63], label, [file]
    if period:
        of.notes.insert(0, f"Period {file.period}, by {period.where}.")
    sources.append(of)


def _same(sources: Sequence[TableOf], one: Looked, file: File) -> TableOf | None:
    """The source of which this is another file: same headers, and not of the same file."""
    mine = [plain(name) for name in one.published]
    for source in sources:
        if any((f.url, f.extract) == (file.url, file.extract) for f in source.files):
            continue
        theirs = [plain(column.original_name) for column in source.columns]
        if mine == theirs and any(mine) and source.layout.header_rows:
            return source
    return None


def _describe(of: TableOf, one: Looked) -> None:
    """Grain, totals, and whether it is data at all."""
    numeric = [column.name for column in of.columns if column.is_measure]
    published = dict(zip(one.rows.columns, one.published, strict=True))
    unique = len({*published.values()}) == len(published) and all(published.values())
    rows = one.rows.rename(published) if unique else one.rows
    measures = [published[name] for name in numeric] if unique else numeric
    grain = grain_of(rows, measures, about=[one.member.known_as, *one.titles])
    ours = {v: k for k, v in published.items()} if unique else {}
    of.grain, of.grain_column = grain.grain, ours.get(grain.column, grain.column)
    if grain.column:
        of.notes.append(f"Grain {grain.grain}: {grain.reason}.")
    of.total_rows = _totals(one.rows, of)
    if of.total_rows:
        words = "; ".join(f"{value} in `{name}`" for name, value in of.total_rows.items())
        of.notes.append(f"Rows of totals: {words}.")
    height = one.rows.height
    of.expected_min_rows = 100 if height >= 200 else max(1, height // 2)
    named = {word for word in tokens(one.sheet) if not word.isdecimal()}
    is_all = bool(named) and named <= METADATA | _BESIDE and bool(named & METADATA)
    if (named & METADATA and not numeric) or (is_all and (len(numeric) < 3 or height < 20)):
        of.enabled = False
        of.notes.append(f"Disabled: the sheet is called `{one.sheet}` and holds no data.")
    if one.is_hidden:
        of.enabled = False
        of.notes.append("Disabled: the sheet is hidden.")


def _totals(rows: pl.DataFrame, of: TableOf) -> dict[str, str]:
    """By which words, in which column, the rows of totals are known."""
    found: dict[str, str] = {}
    for column in of.columns[:12]:
        if column.is_measure or column.name not in rows.columns:
            continue
        counts = rows[column.name].drop_nulls().value_counts().rows()
        totals = [(text, n) for text, n in counts if _TOTAL.fullmatch(text.strip())]
        # A column that says England on every row tells no row from another.
        if not totals or sum(n for _, n in totals) > 0.4 * rows.height:
            continue
        words = sorted({"*Total" if t.lower().endswith(" total") else t for t, _ in totals})
        found[column.name] = " | ".join(words[:6])
    return found


def _period(path: Path, looked: Sequence[Looked], bare: Sequence[Bare]) -> periods.Evidence | None:
    """The period of a file: by the kinds of saying, in their order."""
    titles = [words for one in looked for words in one.titles]
    has_header = any(one.of.layout.header_rows for one in looked)
    own = [
        [e for one in looked for e in periods.labelled(one.titles)],
        [
            e
            for one in looked
            if one.of.layout.header_rows
            for e in periods.in_columns(one.rows, one.published)
        ],
        [
            e
            for one in looked
            for e in periods.across(
                one.published,
                [one.rows[n].null_count() < one.rows.height for n in one.rows.columns],
            )
        ],
        periods.most_said(periods.in_titles(titles)),
        periods.in_name(path.name),
        [e for one in looked if one.sheet for e in periods.in_name(one.sheet)],
        periods.most_said(periods.in_titles(words for one in bare for words in one.words)),
        periods.in_name(path.parent.name),
    ]
    return periods.best(own if has_header else [periods.in_name(path.name)])
