"""Which source of a reference a drafted one is, and what it takes over from there."""

import pytest

from refresh.publications.canonical import Mapping, enriched, fingerprint, likeness, matched
from refresh.publications.manifest import (
    Described,
    File,
    Layout,
    Manifest,
    ManifestColumn,
    ManifestMetric,
    TableOf,
)


def source(code: str, headers: str, **said) -> TableOf:
    columns = [ManifestColumn(name=f"{code}_{h}", original_name=h) for h in headers.split()]
    return TableOf(code=code, name=code, table=f"tbl_{code}", columns=columns, **said)


def publication(*sources: TableOf, **said) -> Manifest:
    return Manifest(manifest=Described(name="m", **said), sources=list(sources))


def headers(count: int, of: int) -> tuple[TableOf, TableOf]:
    """Two sources that have `count` headers together, of `of` that either has."""
    one = " ".join(f"h{i}" for i in range(of))
    return source("draft", " ".join(f"h{i}" for i in range(count))), source("known", one)


@pytest.mark.parametrize(
    ("count", "of", "is_match", "needs_review"),
    [(79, 100, False, None), (80, 100, True, True), (94, 100, True, True), (95, 100, True, False)],
)
def test_thresholds_of_a_match(count, of, is_match, needs_review):
    one, two = headers(count, of)
    assert likeness(fingerprint(one), fingerprint(two)) == count / of
    found = matched(publication(one), publication(two))
    assert bool(found) == is_match
    assert [m.needs_review for m in found] == ([needs_review] if is_match else [])


def test_headers_count_whatever_their_order_case_and_blanks_and_months_do_not():
    one = source("a", "Org_Code Name Jan-25 Feb-25")
    two = source("b", "name ORG_CODE Mar-25")
    assert fingerprint(one) == fingerprint(two)


def test_each_source_of_the_reference_is_taken_once_and_the_same_code_goes_first():
    draft = publication(source("x", "a b c"), source("y", "a b c"))
    known = publication(source("y", "a b c"), source("z", "a b c"))
    pairs = {m.generated_code: m.canonical_code for m in matched(draft, known)}
    assert pairs == {"y": "y", "x": "z"}


def test_a_draft_keeps_its_files_and_takes_over_what_a_person_wrote():
    metric = ManifestMetric(name="patients", label="Patients", numerator="known_n")
    known = source(
        "known", "code n", key=["known_code"], load_mode="append", metrics=[metric],
        description="Mended by hand", expected_min_rows=10,
    )  # fmt: skip
    draft = source(
        "table_1",
        "code n",
        files=[File(url="may.csv", period="2025-05")],
        layout=Layout(first_row=9),
    )
    result, pairs = enriched(
        publication(draft), publication(known, owner="a@nhs.test", purpose="To see.")
    )
    (made,) = result.sources
    assert (made.code, made.table, made.key) == ("known", "tbl_known", ["known_code"])
    assert (made.load_mode, made.description, made.metrics) == (
        "append",
        "Mended by hand",
        [metric],
    )
    assert made.files[0].url == "may.csv" and made.layout.first_row == 9
    assert [column.name for column in made.columns] == ["known_code", "known_n"]
    assert (result.manifest.owner, result.manifest.purpose) == ("a@nhs.test", "To see.")
    assert [(p.match_method, p.period) for p in pairs] == [("exact", "2025-05")]


def test_a_new_column_keeps_the_name_that_it_was_given():
    headers = " ".join(f"h{i}" for i in range(19))
    result, _ = enriched(
        publication(source("draft", f"{headers} new")), publication(source("known", headers))
    )
    assert [column.name for column in result.sources[0].columns][-2:] == ["known_h18", "draft_new"]


def test_a_doubtful_match_takes_nothing_over_until_somebody_has_settled_it():
    one, two = headers(85, 100)
    draft, known = publication(one), publication(two)
    assert enriched(draft, known)[0] == draft
    settled = Mapping("draft", "", "known", 0.85, "manual")
    assert enriched(draft, known, pinned=[settled])[0].sources[0].code == "known"
