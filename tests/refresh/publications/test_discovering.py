"""From a publication's page to a draft manifest: sites laid out as the real ones are, served here.

Names of pages and files are those of ../shared/real/links/published_file_links.csv, and of pages
that the earlier tool missed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from engine.errors import BadQuestion, PublisherUnreachable
from refresh.extract import fetch
from refresh.publications.discovering import cadence_of, discover, is_file
from refresh.publications.manifest import Manifest
from refresh.publications.source_codes import base_of, codes_for, is_metadata
from tests.refresh.publications.real_files import published
from tests.refresh.publisher import Publisher, Reply

TODAY = date(2026, 11, 30)


def page(*links: tuple[str, str], heading: str = "") -> str:
    anchors = "".join(f'<li><a href="{href}">{words}</a></li>' for href, words in links)
    return f"<!DOCTYPE html><html><body><h1>{heading}</h1><ul>{anchors}</ul></body></html>"


@contextmanager
def site(folder: Path, pages: dict[str, str]) -> Iterator[Publisher]:
    """A site of these pages, each at its path with or without a stroke behind it."""

    def answer(_: str, path: str, __: bytes) -> Reply:
        text = pages.get(path.strip("/"))
        html = {"Content-Type": "text/html; charset=utf-8"}
        return Reply(404) if text is None else Reply(200, text.encode(), html)

    with Publisher(folder) as publisher:
        publisher.answer(".", answer)
        yield publisher


def found(publisher: Publisher, path: str, **how) -> tuple[Manifest, tuple[str, ...]]:
    with fetch.open_client() as client:
        done = discover(
            [publisher.url + path],
            lambda url: fetch.open_page(url, client=client),
            today=TODAY,
            **how,
        )
    return done.manifest, done.notes


def periods(manifest: Manifest) -> dict[str, list[str]]:
    return {source.code: [file.period for file in source.files] for source in manifest.sources}


REGISTERED = "patients-registered-at-a-gp-practice"


def test_a_landing_page_leads_to_the_pages_of_its_periods(tmp_path: Path):
    pages = {
        REGISTERED: page(
            ("july-2026", "Patients Registered at a GP Practice, July 2026"),
            ("may-2026/", "Patients Registered at a GP Practice, May 2026"),
            ("../another-publication/july-2026", "Another, July 2026"),
            ("/about", "About us"),
            heading="Patients Registered at a GP&nbsp;Practice",
        ),
        f"{REGISTERED}/july-2026": page(
            ("/98/8142DB/gp-reg-pat-prac-map.zip", "GP mapping, CSV [zip]"),
            ("/BB/362F1A/gp-reg-pat-prac-quin-age.zip", "5-year age groups [zip]"),
            ("/BB/362F1B/data-quality-statement.pdf", "Data quality"),
        ),
        f"{REGISTERED}/may-2026": page(
            ("/11/9809CA/gp-reg-pat-prac-map.zip", "GP mapping, CSV [zip]"),
        ),
        "another-publication/july-2026": page(("/aa/not-ours.csv", "Not ours")),
    }
    with site(tmp_path, pages) as publisher:
        manifest, notes = found(publisher, f"/{REGISTERED}/")
    assert periods(manifest) == {
        "pat_prac_map": ["2026-07", "2026-05"],
        "prac_quin_age": ["2026-07"],
    }
    assert manifest.manifest.publication == "Patients Registered at a GP Practice"
    assert manifest.manifest.name == "patients_registered_at_a_gp_practice_20261130"
    assert {s.load_mode for s in manifest.sources} == {"append"} and notes == ()


def test_a_flat_page_has_everything_and_its_folders_say_the_month_of_upload(tmp_path: Path):
    uploads = "/statistics/wp-content/uploads/sites/2/2026/06"
    flat = page(
        (f"{uploads}/May-26-AE-by-provider-QVPHP.xls", "A&amp;E Attendances May 2026 (XLS, 431KB)"),
        (f"{uploads}/April-2026-CSV-x1y2z.csv", "Monthly A&amp;E April 2026 (CSV)"),
        (f"{uploads}/Monthly-AE-May-2026.csv", "Monthly A&amp;E May 2026 (CSV)"),
        (f"{uploads}/timeseries.xlsx", "A&amp;E time series"),
    )
    with site(tmp_path, {"ae-waiting-times": flat}) as publisher:
        manifest, _ = found(publisher, "/ae-waiting-times/")
    by_code = periods(manifest)
    assert by_code["ae_by_provider"] == ["2026-05"]
    assert by_code["monthly_ae"] == ["2026-05"]
    assert [""] in by_code.values()  # the series says no period, and its folder is no period


@pytest.mark.parametrize(
    ("last", "period"),
    [
        ("q2-2025-26", "2025-26 Q2"),
        ("q2-2025-26/", "2025-26 Q2"),
        ("30-june-2026", "2026-06"),
        ("final-30-september-2019", "2019-09"),
        ("2018-19-pas", "2018-19"),
        ("november-2025", "2025-11"),
    ],
)
def test_pages_of_periods_are_known_however_they_are_called(tmp_path: Path, last, period):
    pages = {
        "workforce": page((last, "This period")),
        f"workforce/{last.strip('/')}": page(("/x/staff.csv", "Staff")),
    }
    with site(tmp_path, pages) as publisher:
        manifest, _ = found(publisher, "/workforce/")
    assert periods(manifest) == {"workforce_staff": [period]}


def test_a_period_is_read_from_name_then_path_then_link_then_page(tmp_path: Path):
    pages = {
        "p": page(("march-2026", "March 2026")),
        "p/march-2026": page(
            ("/x/january-2026/a-table-feb-2026.csv", "December 2025"),
            ("/x/january-2026/b-table.csv", "December 2025"),
            ("/x/2026/05/c-table.csv", "December 2025"),
            ("/x/d-table.csv", "The table"),
        ),
    }
    with site(tmp_path, pages) as publisher:
        manifest, _ = found(publisher, "/p/")
    read = {source.name[0]: source.files[0].period for source in manifest.sources}
    assert read == {"a": "2026-02", "b": "2026-01", "c": "2025-12", "d": "2026-03"}


def test_of_the_same_file_the_final_one_is_taken_then_the_shortest_then_by_alphabet(tmp_path: Path):
    flat = page(
        ("/a/waits-may-2026-provisional.csv", "Waits"),
        ("/a/longer/waits-may-2026.csv", "Waits"),
        ("/b/waits-may-2026.csv", "Waits"),
        ("/a/waits-may-2026.csv", "Waits"),
        ("/a/waits-june-2026.csv", "Waits (provisional)"),
    )
    with site(tmp_path, {"p": flat}) as publisher:
        manifest, notes = found(publisher, "/p/")
        (source,) = manifest.sources
    taken = [(file.url.removeprefix(publisher.url), file.period) for file in source.files]
    assert taken == [("/a/waits-june-2026.csv", "2026-06"), ("/a/waits-may-2026.csv", "2026-05")]
    assert len(notes) == 3 and "is left out for waits-may-2026.csv" in notes[0]


def test_a_template_gives_the_pages_and_one_that_is_missing_is_tried_again(tmp_path: Path):
    """Of ADHD there are no March and April: both answer 404."""
    pages = {"mi-adhd/may-2025": page(("/x/ADHD_May25.csv", "Data"))}
    with site(tmp_path, pages) as publisher:
        manifest, notes = found(
            publisher, "/mi-adhd", mode="template", periods=["2025-04", "2025-05"]
        )
    assert periods(manifest) == {"mi_adhd_adhd": ["2025-05"]}
    assert len(notes) == 1 and "april-2025: did not answer; try again next month" in notes[0]


def test_files_that_are_named_are_not_looked_for():
    def nobody(url: str) -> tuple[str, str]:
        raise AssertionError(f"{url} was opened")

    urls = ["https://files.digital.nhs.uk/BF/6057EB/ADHD_May26_V2.csv"]
    done = discover(urls, nobody, today=TODAY)
    assert done.manifest.sources[0].files[0].period == "2026-05"
    assert is_file("https://files.digital.nhs.uk/assets/BF/6057EB/report")


def test_a_page_without_files_and_a_page_that_is_not_there_are_refused(tmp_path: Path):
    with site(tmp_path, {"p": page(("/contact", "Contact"))}) as publisher:
        with pytest.raises(BadQuestion, match="no file is offered"):
            found(publisher, "/p/")
        with pytest.raises(PublisherUnreachable):
            found(publisher, "/q/")


@pytest.mark.parametrize(
    ("months", "cadence"),
    [
        ((3, 6, 9, 12), "quarter"),
        ((3, 6), "month"),
        ((1, 2, 3, 4, 5), "month"),
        ((12,), ""),
    ],
)
def test_quarterly_is_at_most_four_months_among_three_periods(months, cadence):
    assert cadence_of([f"2025-{month:02d}" for month in months]) == cadence


def test_a_december_each_year_is_yearly():
    assert cadence_of(["2023-12", "2024-12", "2025-12"]) == "year"


@pytest.mark.parametrize("name", ["Data Quality", "Metric 3", "Column chart data", "Noted deaths"])
def test_a_word_within_a_word_makes_no_metadata(name: str):
    assert not is_metadata(name)


@pytest.mark.golden
def test_each_real_link_has_the_period_that_it_was_found_under():
    """As a page a period: 60 links as published, beside the words under which they were found."""
    links = pl.read_csv(published("real/links/published_file_links.csv"))
    with_period = links.filter(~pl.col("period").str.contains("current"))
    wrong = {}
    for row in with_period.iter_rows(named=True):
        landing = row["landing_page"].rstrip("/")
        slug = row["period"].lower().replace(" ", "-")
        texts = {
            landing: page((f"{landing}/{slug}", row["period"])),
            f"{landing}/{slug}": page((row["url"], row["file_name"])),
        }
        done = discover([landing], lambda url, texts=texts: (url, texts[url]), today=TODAY)
        expected = discover([f"https://x.test/{slug}.csv"], None, today=TODAY)
        said = done.manifest.sources[0].files[0].period
        if said != expected.manifest.sources[0].files[0].period:
            wrong[row["file_name"]] = (said, row["period"])
    assert wrong == {}


@pytest.mark.golden
def test_real_files_of_one_kind_share_a_code_over_the_years():
    links = pl.read_csv(published("real/links/published_file_links.csv"))
    names = links["file_name"].to_list()
    bases = {name: base_of(name) for name in names}
    assert bases["gp-reg-pat-prac-all-jun-18.csv"] == bases["gp-reg-pat-prac-all.csv"]
    assert bases["GPWPracticeCSV.062026.zip"] == bases["GPWPracticeCSV.0919.zip"]
    assert bases["QOF2425.zip"] == bases["QOF_2122_V2.zip"] == bases["QOF_1819_v2.zip"] == "qof"
    codes = codes_for(sorted(set(bases.values())), "publication")
    assert len(set(codes.values())) == len(codes)
    assert all(len(code) <= 40 and code[0].isalpha() for code in codes.values())
