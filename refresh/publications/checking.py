"""Whether a manifest holds together: rules that need no file, and whether its files are there."""

import re
from collections import Counter
from collections.abc import Callable, Iterator

from refresh.finding import Finding
from refresh.publications.manifest import Manifest, TableOf
from refresh.publications.metric_entries import wrong_metric

GENERIC = re.compile(r"^(?:table|summary|breakdown|sheet)(?:_|$)")
Answers = Callable[[str], str]
"""Asks for an address: empty where it answers, else what was wrong."""


def check(manifest: Manifest, *, where: str, strict: bool = False) -> list[Finding]:
    """What is wrong with a manifest, or could be better.

    Takes:  `strict`, to warn of codes that say nothing, and of sources without columns.
    """
    codes = Counter(of.code for of in manifest.sources)
    findings = [
        _finding("fail", where, f"`{code}` is the code of {count} sources", "rename all but one")
        for code, count in codes.items()
        if count > 1
    ]
    if not manifest.sources:
        findings.append(_finding("fail", where, "it has no sources", "draft it from a file"))
    for of in manifest.sources:
        findings += _of_source(of, f"{where}: {of.code}", strict=strict)
    return findings


def check_files(manifest: Manifest, answers: Answers, *, where: str) -> list[Finding]:
    """Which files of a manifest do not answer."""
    urls = dict.fromkeys(f.url for of in manifest.sources if of.enabled for f in of.files)
    wrong = {url: said for url in urls if (said := answers(url))}
    return [
        _finding("fail", where, f"{url} does not answer: {said}", "mend the address, or wait")
        for url, said in wrong.items()
    ]


def _of_source(of: TableOf, where: str, *, strict: bool) -> Iterator[Finding]:
    if of.enabled and not of.files:
        yield _finding("fail", where, "it has no files", "add a file, or say `enabled: false`")
    for file in of.files:
        if not file.url:
            yield _finding("fail", where, "a file has no url", "say where it is")
    names = Counter(column.name for column in of.columns)
    for name, count in names.items():
        if count > 1:
            yield _finding("fail", where, f"{count} columns are called `{name}`", "rename one")
    for word, named in _named(of):
        if missing := [name for name in named if name not in names]:
            shown = ", ".join(f"`{name}`" for name in missing)
            yield _finding("fail", where, f"{word} names {shown}, which is no column", "mend it")
    layout = of.layout
    if layout.header_rows and layout.first_row <= layout.header_rows[-1]:
        yield _finding(
            "fail", where, "the data begins above the end of its header", "mend first_row"
        )
    if layout.header_rows != sorted(set(layout.header_rows)):
        yield _finding("fail", where, "header_rows are not in order", "say the upper first")
    if strict and GENERIC.match(of.code):
        yield _finding("warn", where, f"`{of.code}` says nothing of what it holds", "rename it")
    for metric in of.metrics:
        for why in wrong_metric(of, metric):
            yield _finding("fail", where, f"metric `{metric.name}`: {why}", "mend the metric")
    if strict and of.enabled and not of.columns:
        yield _finding("warn", where, "it has no columns", "draft it again from its file")


def _named(of: TableOf) -> Iterator[tuple[str, list[str]]]:
    """Where columns are named, beside where they are declared."""
    yield "key", of.key
    yield "fill_down", of.layout.fill_down
    yield "total_rows", list(of.total_rows)
    yield "grain_column", [of.grain_column] if of.grain_column else []
    yield "wide", of.wide.columns if of.wide else []


def _finding(status: str, where: str, message: str, next_step: str) -> Finding:
    is_fail = status == "fail"
    return Finding(
        "fail" if is_fail else "warn", "metadata", "manifest", where, message, next_step=next_step
    )
