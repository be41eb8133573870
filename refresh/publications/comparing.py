"""Comparing: what differs between two manifests, two periods or two releases. Pure.

Sources *and* their columns: a publication whose sources are all the same may have grown sixty-nine
columns. What breaks a reader (a source or a column that went, a type that narrowed) is told apart
from what does not.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import msgspec
import polars as pl

from engine.table import TYPES
from engine.vocabulary import TypeName
from refresh.publications.canonical import AUTOMATIC, fingerprint, likeness
from refresh.publications.manifest import Manifest, ManifestColumn, TableOf
from refresh.publications.renames import Rename, renames

Verdict = Literal["STABLE", "GROWTH", "REDUCTION", "RESTRUCTURE"]
FiscalBand = Literal["stable", "moderate", "major"]
Values = Callable[[TableOf], pl.DataFrame | None]
"""The rows of a source, where they are at hand, for evidence of renames."""

# What holds whatever a type holds, beside the type itself.
_WIDER: dict[TypeName, frozenset[TypeName]] = {
    "int8": frozenset({"int16", "int32", "int64", "float32", "float64"}),
    "int16": frozenset({"int32", "int64", "float32", "float64"}),
    "int32": frozenset({"int64", "float64"}),
    "int64": frozenset({"float64"}),
    "float32": frozenset({"float64"}),
    "date": frozenset({"timestamp"}),
}


@dataclass(frozen=True)
class Retyped:
    """A column of another type; `is_breaking` where the new one does not hold the old one's."""

    name: str
    before: TypeName
    after: TypeName
    is_breaking: bool


@dataclass(frozen=True)
class SourceChange:
    """What differs in one source that both have.

    relabelled  columns whose published name changed and whose own name did not
    files       how many files there were, and are
    """

    code: str
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    renamed: tuple[Rename, ...] = ()
    retyped: tuple[Retyped, ...] = ()
    relabelled: tuple[tuple[str, str, str], ...] = ()
    files: tuple[int, int] = (0, 0)
    columns_before: int = 0

    @property
    def is_any(self) -> bool:
        """Whether a column differs."""
        return bool(self.added or self.removed or self.renamed or self.retyped or self.relabelled)


@dataclass(frozen=True)
class Comparison:
    """Two manifests side by side.

    added, removed  sources by their codes; renamed: pairs of these that have the same columns
    """

    before: str
    after: str
    common: tuple[str, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    renamed: tuple[Rename, ...]
    changes: tuple[SourceChange, ...]
    sources_before: int

    @property
    def consistency(self) -> float:
        """The share of the earlier sources that are still there, 0 to 1."""
        if not self.sources_before:
            return 0.0 if self.added else 1.0
        return len(self.common) / self.sources_before

    @property
    def verdict(self) -> Verdict:
        """How the set of sources moved."""
        if not self.added and not self.removed:
            return "STABLE"
        if len(self.added) == len(self.removed):
            return "RESTRUCTURE"
        return "GROWTH" if len(self.added) > len(self.removed) else "REDUCTION"

    @property
    def fiscal_band(self) -> FiscalBand:
        """How much of the publication outlived a boundary of financial years."""
        if self.consistency > 0.95:
            return "stable"
        return "moderate" if self.consistency > 0.80 else "major"

    @property
    def columns_added(self) -> int:
        """Of sources that both have."""
        return sum(len(change.added) for change in self.changes)

    @property
    def columns_removed(self) -> int:
        """Of sources that both have."""
        return sum(len(change.removed) for change in self.changes)

    @property
    def columns_before(self) -> int:
        """Of sources that both have."""
        return sum(change.columns_before for change in self.changes)

    @property
    def breaking(self) -> list[str]:
        """Why somebody who reads the earlier cannot read the later, in words; nothing: he can."""
        moved = {r.before: r.after for r in self.renamed}
        said = [
            f"source `{code}` seems to be called `{moved[code]}` now"
            if code in moved
            else f"source `{code}` is gone"
            for code in self.removed
        ]
        for change in self.changes:
            said += [f"{change.code}: column `{name}` is gone" for name in change.removed]
            said += [
                f"{change.code}: column `{r.before}` seems to be called `{r.after}` now"
                for r in change.renamed
            ]
            said += [
                f"{change.code}: column `{r.name}` was {r.before} and is {r.after}"
                for r in change.retyped
                if r.is_breaking
            ]
        return said


def compare(before: Manifest, after: Manifest, *, values: Values | None = None) -> Comparison:
    """What differs between two manifests, by the codes of their sources.

    Takes:  both; whoever gives the rows of a source, so that renames have evidence from values.
    """
    old, new = ({s.code: s for s in m.sources if s.enabled} for m in (before, after))
    gone, came = ([c for c in one if c not in other] for one, other in ((old, new), (new, old)))
    moved = _renamed_sources([old[code] for code in gone], [new[code] for code in came])
    common = [code for code in old if code in new]
    return Comparison(
        before=before.manifest.name,
        after=after.manifest.name,
        common=tuple(common),
        added=tuple(came),
        removed=tuple(gone),
        renamed=tuple(moved),
        changes=tuple(compare_sources(old[code], new[code], values=values) for code in common),
        sources_before=len(old),
    )


def compare_sources(
    before: TableOf, after: TableOf, *, values: Values | None = None
) -> SourceChange:
    """What differs between two descriptions of one source, column by column."""
    old, new = ({c.name: c for c in source.columns} for source in (before, after))
    gone, came = ([n for n in one if n not in other] for one, other in ((old, new), (new, old)))
    rows = (values(before), values(after)) if values and gone and came else (None, None)
    moved = renames(
        gone, came, *(_named(df, s) for df, s in zip(rows, (before, after), strict=True))
    )
    both = [(old[name], new[name]) for name in old if name in new]
    both += [(old[r.before], new[r.after]) for r in moved]
    return SourceChange(
        code=before.code,
        added=tuple(n for n in came if n not in {r.after for r in moved}),
        removed=tuple(n for n in gone if n not in {r.before for r in moved}),
        renamed=tuple(moved),
        retyped=tuple(_retyped(one, two) for one, two in both if one.dtype != two.dtype),
        relabelled=tuple(
            (one.name, one.original_name, two.original_name)
            for one, two in both
            if one.name == two.name and _label(one) != _label(two)
        ),
        files=(len(before.files), len(after.files)),
        columns_before=len(old),
    )


def compare_releases(
    before: pl.DataFrame, after: pl.DataFrame, code: str = "release"
) -> SourceChange:
    """What differs between the rows of two releases: columns, types, and renames by their values.

    >>> one = pl.DataFrame({"code": ["a"], "n": [1]})
    >>> two = pl.DataFrame({"code": ["a"], "n": [1.5], "m": [2]})
    >>> found = compare_releases(one, two)
    >>> found.added, found.retyped[0].is_breaking
    (('m',), False)
    """
    one, two = (_described(df, code) for df in (before, after))
    sides = {id(one): before, id(two): after}
    return compare_sources(one, two, values=lambda source: sides[id(source)])


def of_period(manifest: Manifest, period: str) -> Manifest:
    """A manifest with what one period has: the sources with a file of it, and those files."""
    sources = [
        msgspec.structs.replace(source, files=files)
        for source in manifest.sources
        if (files := [file for file in source.files if file.period == period])
    ]
    head = msgspec.structs.replace(manifest.manifest, name=f"{manifest.manifest.name}@{period}")
    return Manifest(manifest=head, sources=sources)


def as_json(comparison: Comparison) -> dict[str, Any]:
    """A comparison as machines read it."""
    return asdict(comparison) | {
        "consistency": round(comparison.consistency, 4),
        "verdict": comparison.verdict,
        "columns_added": comparison.columns_added,
        "columns_removed": comparison.columns_removed,
        "breaking": comparison.breaking,
    }


def is_wider(before: TypeName, after: TypeName) -> bool:
    """Whether a type holds all that another does.

    >>> is_wider("int64", "float64"), is_wider("float64", "int64"), is_wider("int64", "string")
    (True, False, False)
    """
    return before == after or after in _WIDER.get(before, frozenset())


def _retyped(one: ManifestColumn, two: ManifestColumn) -> Retyped:
    return Retyped(two.name, one.dtype, two.dtype, not is_wider(one.dtype, two.dtype))


def _label(column: ManifestColumn) -> str:
    return " ".join(column.original_name.lower().split())


def _renamed_sources(gone: Sequence[TableOf], came: Sequence[TableOf]) -> list[Rename]:
    """Sources of another code with the same columns, where only one has them on either side."""
    likely = [
        Rename(one.code, two.code, round(share, 2), f"{share:.0%} of their columns are the same")
        for one in gone
        for two in came
        if (share := likeness(fingerprint(one), fingerprint(two))) >= AUTOMATIC
    ]
    # Sources that are all cut alike (a measure, a breakdown, a value) are told apart by no column.
    olds, news = ([getattr(r, side) for r in likely] for side in ("before", "after"))
    return [r for r in likely if olds.count(r.before) == news.count(r.after) == 1]


def _named(rows: pl.DataFrame | None, source: TableOf) -> pl.DataFrame | None:
    """Rows under the source's own names."""
    if rows is None:
        return None
    ours = {c.original_name: c.name for c in source.columns if c.original_name in rows.columns}
    return rows.rename({k: v for k, v in ours.items() if v not in rows.columns})


def _described(rows: pl.DataFrame, code: str) -> TableOf:
    names: dict[pl.DataType, TypeName] = {dtype: name for name, dtype in TYPES.items()}
    columns = [
        ManifestColumn(name=name, original_name=name, dtype=names.get(t, "string"))
        for name, t in rows.schema.items()
    ]
    return TableOf(code=code, name=code, table=code, columns=columns)
