"""What others met who load these files, as their public threads tell it, each in a few rows.

The thread or repository is named at each test; numbers are theirs, or follow from the rows here.
"""

import csv
import io
from pathlib import Path

import polars as pl
import pytest

from engine import open_lake
from engine.errors import PublisherUnreachable
from refresh.atlas.early_qof import prevalence
from refresh.atlas.qof_tables import out_of_line
from refresh.dating import filed, own_period
from refresh.extract.discover import browser, discover
from refresh.named import month_of
from refresh.source import Link, Release, StoredFile
from refresh.staging import Judged, stage_release
from refresh.strangers import known_by_columns, strangers
from refresh.wings import SOURCES
from tests.refresh.files import zipped
from tests.refresh.mirrors import lay_out, members, refresh, table, told

EVERYBODY = [*SOURCES.values()]


def judged(source: str, period: str, *paths: Path) -> Judged:
    files = tuple(StoredFile(path.name, path.as_uri(), "0", 1) for path in paths)
    return stage_release(
        SOURCES[source], Release(source, period, 1, "0", files), [*paths], before={}
    )


def offered(source: str, *urls: str) -> list[tuple[str, str]]:
    """What a source takes of files in a mirror: period and name."""
    links = [Link(url) for url in urls]
    found = discover(SOURCES[source], mirror="there", browse=lambda _: links)
    return [(offer.period, offer.link.name) for offer in found]


def written(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


# bennettoxford/openprescribing issue 571, 2018-06: one April's page has a title for an address


def test_the_page_of_an_april_with_a_special_topic_is_followed():
    series = SOURCES["registrations"].pages[0]
    odd = (
        f"{series}/patients-registered-at-a-gp-practice-april-2018-special-topic---registered"
        "-patients-compared-to-the-projected-resident-population-in-england"
    )
    site = {
        series: f'<a href="{odd}">April 2018</a><a href="{series}/may-2018">May 2018</a>',
        odd: '<a href="https://files.test/A5/gp-reg-pat-prac-quin-age.csv">CSV</a>',
    }

    def get(url: str) -> tuple[str, str]:
        if url not in site:
            raise PublisherUnreachable("no such page", where=url)
        return url, site[url]

    found = discover(SOURCES["registrations"], mirror=None, browse=browser(get))
    assert [(one.period, one.link.name) for one in found] == [
        ("2018-04", "gp-reg-pat-prac-quin-age.csv")
    ]


# Autonomy-Data-Unit/annual-deprivation-index issues 9 and 60: lists of 2014-15


def test_a_list_that_was_estimated_is_whole_and_of_all_ages_where_it_is_longest():
    """Practice A81001's six lists, and C82028's fraction of a patient."""
    lists = {"OST": 1765, "CKD": 3408, "AF": 4247, "DM": 3451, "RA": 3506, "CVDPP": 2291}
    rows = [("A81001", group, "10", str(size)) for group, size in lists.items()]
    rows.append(("C82028", "EP", "33", "5611.84"))
    names = ["PRACTICE_CODE", "INDICATOR_GROUP_CODE", "REGISTER_SIZE", "PRACTICE_LIST_SIZE"]
    raw = pl.DataFrame(rows, schema=names, orient="row")
    found = prevalence(raw.lazy()).collect().to_dicts()
    kinds = {row["INDICATOR_GROUP_CODE"]: row["PATIENT_LIST_TYPE"] for row in found}
    assert kinds == dict.fromkeys(lists, "PART") | {"AF": "TOTAL", "EP": "TOTAL"}
    assert [r["PRACTICE_LIST_SIZE"] for r in found if r["PRACTICE_CODE"] == "C82028"] == ["5612"]


def test_a_register_with_a_digit_too_many_is_told_and_left_as_published():
    """C82028 in 2015-16: 3,636 of 5,709 with epilepsy, between 33 and 39 in the years around."""
    rows = [(f"A{i:05}", "EP", 45, 5_600) for i in range(200)] + [("C82028", "EP", 3_636, 5_709)]
    schema = {"practice_code": pl.String, "group_code": pl.String}
    schema |= {"register": pl.Int64, "list_size": pl.Int64}
    made = pl.LazyFrame(rows, schema=schema, orient="row")
    (finding,) = out_of_line({"prevalence": made}, "2015-16")
    assert (finding.status, finding.rows_failed) == ("warn", 1)
    assert "C82028 EP: 3,636 of 5,709" in finding.message
    (calm,) = out_of_line({"prevalence": made.head(200)}, "2015-16")
    assert calm.status == "pass"


# mysociety/mapit issue 320: the directory of February 2018 came in two orders of columns


def test_one_directory_in_two_orders_of_columns_is_one_directory(tmp_path: Path):
    old = table("pcds,oscty,lat,long", "TS18 1HU,E1,54.5,-1.3", "TS18 2AW,E1,54.6,-1.4")
    new = table("pcds,long,lat,ced", "TS18 2AW,-1.4,54.6,E2", "TS18 1HU,-1.3,54.5,E2")
    name = "ONSPD_FEB_2018_UK.csv"
    both = zipped({f"Data/Old Order/{name}": old, f"Data/New Order/{name}": new})
    path = written(tmp_path / "ONSPD_FEB_2018_UK.zip", both)
    found = judged("postcode_directory", "2018-02", path)
    rows = found.parts["postcode_directory"].sort("postcode")
    assert rows.rows() == [("TS18 1HU", 54.5, -1.3), ("TS18 2AW", 54.6, -1.4)]


def test_two_directories_of_one_name_that_differ_are_still_refused(tmp_path: Path):
    one = table("pcds,lat,long", "TS18 1HU,54.5,-1.3")
    other = table("pcds,lat,long", "TS18 1HU,50.5,-1.3")
    both = zipped({"a/ONSPD_FEB_2018_UK.csv": one, "b/ONSPD_FEB_2018_UK.csv": other})
    path = written(tmp_path / "ONSPD_FEB_2018_UK.zip", both)
    found = judged("postcode_directory", "2018-02", path)
    assert not found.parts and any("do not say the same" in f.message for f in found.findings)


# ucam-department-of-psychiatry/crate pull request 177: names of columns of November 2024


def test_a_directory_with_the_column_names_of_2024_is_read(tmp_path: Path):
    header = "PCD7,PCD8,PCDS,DOINTR,DOTERM,EAST1M,NORTH1M,LAT,LONG"
    data = table(header, "TS181HU,TS18 1HU,TS18 1HU,198001,,444000,518000,54.5,-1.3")
    path = written(tmp_path / "ONSPD_NOV_2024_UK.csv", data)
    rows = judged("postcode_directory", "2024-11", path).parts["postcode_directory"]
    assert rows.rows() == [("TS18 1HU", 54.5, -1.3)]


# eldrix/nhspd, bernardopericacho's NHSPD loaders: the NHS's own directory has metres only


def test_a_directory_with_metres_only_is_placed(tmp_path: Path):
    """Two trig points of the Ordnance Survey, to the metre."""
    header = "PCD2,PCDS,DOINTR,DOTERM,OSEAST1M,OSNRTH1M"
    lines = ("NR12 0AA,NR12 0AA,198001,,651410,313177", "ZE1  0AA,ZE1 0AA,198001,,0,0")
    path = written(tmp_path / "nhg24feb.csv", table(header, *lines))
    rows = judged("postcode_directory", "2024-02", path).parts["postcode_directory"]
    (placed, unplaced) = rows.sort("postcode").rows()
    # 52 39 28.72 N, 1 42 57.79 E in WGS84.
    assert placed[1] == pytest.approx(52.65798, abs=1e-4)
    assert placed[2] == pytest.approx(1.71605, abs=1e-4)
    assert unplaced == ("ZE1 0AA", None, None)


# ebmdatalab/openprescribing, bernardopericacho's NHSPD loaders: the same as the NHS hands it out,
# `gridall.csv`, without a header; it had 41 columns in 2014 and has more since


@pytest.mark.parametrize("appended", [0, 2, 9])
def test_a_directory_without_a_header_is_read_by_position(tmp_path: Path, appended: int):
    """The same trig point; its eastings and northings are the 37th and 38th column."""

    def record(postcode: str, since: str, east: str, north: str) -> str:
        cells = [postcode, postcode, since, "", *["x"] * 32, east, north, "a", "b", "c"]
        return ",".join(f'"{cell}"' for cell in [*cells, *["n"] * appended])

    lines = (record("NR12 0AA", "202402", "651410", "313177"), record("ZE1 0AA", "198001", "", ""))
    path = written(tmp_path / "gridall.csv", table(*lines))
    source = SOURCES["postcode_directory"]
    assert offered(source.code, "file:///d/2024-05/gridall.csv") == [("2024-05", "gridall.csv")]
    assert offered(source.code, path.as_uri()) == [("", "gridall.csv")]
    assert own_period(source, path) is None  # its rows say since when they are, not of which day
    assert filed(source, path, "")[0] == "2024-02"
    rows = judged("postcode_directory", "2024-02", path).parts["postcode_directory"]
    (placed, unplaced) = rows.sort("postcode").rows()
    assert placed[1] == pytest.approx(52.65798, abs=1e-4)
    assert placed[2] == pytest.approx(1.71605, abs=1e-4)
    assert unplaced == ("ZE1 0AA", None, None)


def test_a_directory_without_a_header_that_lacks_columns_is_refused_in_words(tmp_path: Path):
    path = written(tmp_path / "gridall.csv", table('"NR12 0AA","NR12 0AA","198001"'))
    found = judged("postcode_directory", "2024-02", path)
    said = [f"{f.message} {f.expected} {f.observed}" for f in found.findings if f.status == "fail"]
    assert any("layout changed" in words and "41 columns" in words for words in said)


# An R package that loads QOF since 2013-14 from unpacked folders; annual-deprivation-index's store


@pytest.mark.parametrize(
    ("url", "year"),
    [
        ("file:///d/data-raw/qof-1617-csv/PREVALENCE.csv", "2016-17"),
        ("file:///d/qof/raw/2014_15/PREVALENCE_BY_PRAC_v2.csv", "2014-15"),
        ("file:///d/qof-1314-csv/INDICATORSBYPRAC.csv", "2013-14"),
        ("file:///d/qof-1617-csv/ACHIEVEMENT_EXCEPTIONS.csv", "2016-17"),
    ],
)
def test_the_year_of_members_without_one_is_that_of_their_folder(url: str, year: str):
    assert [period for period, _ in offered("qof", url)] == [year]


@pytest.mark.parametrize("folder", ["2021", "2026-07", "downloads", "qof-1619"])
def test_a_folder_that_is_no_qof_year_gives_none(folder: str):
    assert offered("qof", f"file:///d/{folder}/PREVALENCE.csv") == []


def test_an_unpacked_folder_makes_the_lake_that_its_zip_makes(tmp_path: Path):
    year = "2022-23"
    loose = {
        f"qof-2223-csv/{name.replace('_2223', '')}": content
        for name, content in members(year).items()
        if not name.startswith("ACHIEVEMENT")
    }
    zip_only = {
        "qof/QOF2223.zip": zipped(
            {n: c for n, c in members(year).items() if not n.startswith("ACHIEVEMENT")}
        )
    }
    rows = []
    for at, files in enumerate((loose, zip_only)):
        lay_out(tmp_path / f"m{at}", files)
        refresh(tmp_path / f"m{at}", tmp_path / f"d{at}")
        rows.append(open_lake(tmp_path / f"d{at}").scan("prevalence", year).collect())
    assert rows[0].equals(rows[1]) and rows[0].height == 210


# blackwellrd's scripts: folders and names with the day of the download; a mapping of March 2026


@pytest.mark.parametrize(
    ("source", "url", "month"),
    [
        ("ods_practices", "file:///D/NHSD/EPRACCUR/20230825/epraccur.csv", "2023-08"),
        ("ods_networks", "file:///data/ePCN_20240326.zip", "2024-03"),
        ("registrations", "file:///data/gp-reg-pat-prac-map_20240411.zip", "2024-04"),
        ("registrations", "file:///raw/gp-reg-pat-prac-map-03-2026.csv", "2026-03"),
        ("registrations", "file:///raw/gp-reg-pat-prac-map_V2.zip", ""),
        (
            "registrations_by_lsoa",
            "file:///r/gp-reg-pat-prac-lsoa-male-female-July-23.zip",
            "2023-07",
        ),
        ("cqc_ratings", "file:///cqc/3_January_2023_Latest_ratings.ods", "2023-01"),
        ("cqc_ratings", "file:///cqc/01 March 2017 Latest ratings.xlsx", "2017-03"),
    ],
)
def test_names_as_people_keep_them_are_known_and_dated(source: str, url: str, month: str):
    assert [period for period, _ in offered(source, url)] == [month]


# A targets pipeline that reads `April22GPListLSOA.csv`


def test_patients_by_area_are_known_under_any_name(tmp_path: Path):
    header = "PUBLICATION,EXTRACT_DATE,PRACTICE_CODE,PRACTICE_NAME,LSOA_CODE,SEX,NUMBER_OF_PATIENTS"
    rows = (f"X,01APR2022,A81{i:03d},P,E01000001,ALL,{i + 1}" for i in range(12))
    path = written(tmp_path / "April22GPListLSOA.csv", table(header, *rows))
    links = [Link(path.as_uri())]
    found = known_by_columns(strangers(links, EVERYBODY), EVERYBODY)
    assert {source: [o.period for o in offers] for source, offers in found.items()} == {
        "registrations_by_lsoa": ["2022-04"]
    }
    kept = judged("registrations_by_lsoa", "2022-04", path).parts["registered_by_lsoa"]
    assert kept["patients"].sum() == 78


# SatcherInstitute/health-equity-tracker pull request 4491, datacommonsorg/data issue 608


@pytest.mark.parametrize("mark", ["1-9", "1 to 4", "**", "<5", "[low]", "(x)", "\u2013", ":"])
def test_a_range_or_a_mark_stands_for_a_number_that_is_not_told(tmp_path: Path, mark: str):
    cells = [("PRAC_CODE", "TOTAL_PATIENTS", "TOTAL_GP_EXTGL_FTE")]
    cells += [(f"A81{i:03d}", "5000", mark if i == 3 else "2.5") for i in range(20)]
    out = io.StringIO()
    csv.writer(out).writerows(cells)
    inside = {"General Practice June 2022 Practice Level.csv": out.getvalue().encode()}
    path = written(tmp_path / "GPWPracticeCSV.062022.zip", zipped(inside))
    found = judged("gp_workforce", "2022-06", path)
    rows = found.parts["gp_workforce"]
    assert rows["gp_fte"].null_count() == 1 and rows["patients"].sum() == 100_000
    assert [f.rows_failed for f in found.findings if f.check == "numbers withheld"] == [1]


# ropensci/fingertipsR issues 62 and 83: asked for practices, the API gives none


def test_a_file_without_any_practice_says_so_and_what_it_has_instead(tmp_path: Path):
    header = "Indicator ID,Area Code,Area Name,Area Type,Time period,Value"
    rows = (f"93553,E0600000{i},Place {i},Districts,2019,20.5" for i in range(5))
    path = written(tmp_path / "fingertips-93553-imd.csv", table(header, *rows))
    found = judged("deprivation", "2019-09", path)
    (failure,) = told(found.findings, "fail")
    assert "none of its rows is of what is followed" in failure.message
    assert "AREA_TYPE Districts" in failure.observed and "5 others" in failure.observed


# Spreadsheets' "Unicode text" and their `sep=` line, as loaders of exported lists meet them


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "cp1252"])
def test_a_list_saved_by_a_spreadsheet_keeps_its_month_whatever_its_encoding(
    tmp_path: Path, encoding: str
):
    header = "PUBLICATION\tEXTRACT_DATE\tTYPE\tCODE\tSEX\tAGE\tNUMBER_OF_PATIENTS"
    lines = [f"X\t01-Jun-26\tGP\tA81{i % 1000:03d}\tALL\tALL\t{i}" for i in range(3000)]
    text = "\r\n".join(["sep=\t", header, *lines]) + "\r\n"
    path = written(tmp_path / "gp-reg-pat-prac-all.csv", text.encode(encoding))
    assert own_period(SOURCES["registrations"], path) == "2026-06"


def test_months_are_read_from_names_in_every_order():
    said = {
        "2018-04": ["a/april-2018/x.csv", "a/x-04-2018.csv", "a/2018_04/x.csv", "a/201804/x.csv"],
        None: ["a/9F/20210399AB/x.csv", "a/13-2018/x.csv", "a/decile-2019/x.csv"],
    }
    for month, urls in said.items():
        assert {month_of(Link(f"file:///{url}")) for url in urls} == {month}
