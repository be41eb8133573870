"""The catalogue on a lake with one publication loaded; its numbers are added up by hand."""

import io
import json
import math
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import polars as pl
import pytest
from rdflib import DCAT, DCTERMS, RDF, Graph, URIRef
from starlette.testclient import TestClient

from app import main
from app.agent import known
from app.monitoring.usage import USAGE
from app.publications.catalogue.chart import in_time
from app.publications.catalogue.ledger_page import SAID
from app.publications.catalogue.lineage import lineage
from engine import Lake, measure, open_lake
from engine.column_metric import column_metric, groupable, measurable
from engine.errors import UnknownName
from engine.lake import Layout
from engine.ledger import METADATA
from engine.usage import asked_in
from refresh.operate.usage import note_usage
from refresh.publications.manifest import ManifestColumn, ManifestMetric
from refresh.store.ledger import Ledger
from tests.refresh.publications.feeds import Feed, source

Get = Callable[..., httpx.Response]
BEDS = {
    "2026-01": [("R1", "acute", 10, 8), ("R1", "mental", 4, 4), ("R2", "acute", 20, None)],
    "2026-02": [("R1", "acute", 12, 9), ("R1", "mental", 5, 2), ("R2", "acute", 30, 15)],
}
COLUMNS = [
    ManifestColumn(name="org", original_name="ORG", position=1, description="The trust."),
    ManifestColumn(name="sector", original_name="SECTOR", position=2, description="Kind of bed."),
    ManifestColumn(
        name="beds", original_name="BEDS", position=3, dtype="int64", unit="beds", is_measure=True
    ),
    ManifestColumn(
        name="taken", original_name="TAKEN", position=4, dtype="int64", marks={"*": "under 5"}
    ),
]
TAKEN = ManifestMetric(
    name="beds_taken", label="Beds that are taken", numerator="taken", denominator="beds",
    format="percent", description="How full wards are.", caveats="At midnight.",
)  # fmt: skip


@pytest.fixture(scope="module")
def beds(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Three rows of two months, appended."""
    of = source(
        key=["org", "sector"],
        columns=COLUMNS,
        load_mode="append",
        expected_min_rows=1,
        metrics=[TAKEN],
        description="Beds by trust <b>and</b> kind.",
    )
    feed = Feed(tmp_path_factory.mktemp("catalogue"), of)
    feed.register()
    names = ("ORG", "SECTOR", "BEDS", "TAKEN")
    for period, rows in BEDS.items():
        told = [dict(zip(names, (*row[:3], row[3] or "*"), strict=True)) for row in rows]
        frame = pl.DataFrame(
            [{**row, "TAKEN": str(row["TAKEN"])} for row in told], infer_schema_length=None
        )
        feed.publish(period, frame.to_dicts())
    return open_lake(feed.data)


@pytest.fixture
def get(beds: Lake, monkeypatch: pytest.MonkeyPatch) -> Iterator[Get]:
    monkeypatch.setenv("CARE_ATLAS_DATA", str(beds.layout.root))
    monkeypatch.setenv("CARE_ATLAS_API_RATE", "0")
    yield TestClient(main.joined().starlette_app).get


def figure(page: httpx.Response) -> dict:
    """What the page's chart is drawn from."""
    (text,) = re.findall(r'<script type="application/json">(.*?)</script>', page.text)
    return json.loads(text)


def lines(page: httpx.Response) -> dict[str, dict[str, float | None]]:
    """The lines of a chart by their names, each a value a time."""
    return {one["name"]: dict(zip(one["x"], one["y"], strict=True)) for one in figure(page)["data"]}


# The list


def test_every_table_metric_and_column_is_listed(get: Get, beds: Lake):
    page = get("/catalogue").text
    assert all(f'href="catalogue/{name}"' in page for name in beds.manifest["tables"])
    assert all(f'href="catalogue/metric/{name}"' in page for name in known.metrics(beds))
    assert 'href="catalogue/metric/beds_taken"' in page
    columns = get("/catalogue?kind=column&q=tbl_beds").text
    assert {"org", "sector", "beds", "taken"} <= set(
        re.findall(r'href="catalogue/tbl_beds#c-(\w+)"', columns)
    )


@pytest.mark.parametrize(
    "query", ["q=trust kind", "owner=beds@nhs.test", "domain=Operational", "publication=Beds"]
)
def test_words_and_filters_narrow_the_list_to_it(get: Get, query: str):
    page = get(f"/catalogue?kind=table&{query}").text
    assert re.findall(r'href="catalogue/(\w+)"', page) == ["tbl_beds"]


def test_what_has_none_of_the_words_is_said(get: Get):
    page = get("/catalogue?q=zzzz<script>&wing=nowhere")
    assert "Nothing has all of these words" in page.text and "<script>&" not in page.text
    assert 'aria-label="Take off Wing: nowhere"' in page.text


# A table


def test_a_tables_page_says_what_the_manifest_and_the_registry_say(get: Get):
    page = get("/catalogue/tbl_beds").text
    for said in ("How many beds there are.", "beds@nhs.test", "Operational", "append"):
        assert f"<dd>{said}</dd>" in page
    assert "Beds by trust &lt;b&gt;and&lt;/b&gt; kind." in page
    assert "The trust." in page and "*: under 5" in page and "SECTOR" in page
    assert "2026-01 to 2026-02 (2)" in page
    assert page.count("operations/load?id=") == 2  # each load with what its gates said
    assert "beds-2026-01.csv" in page
    assert str(Path(__file__).anchor) + "tmp" not in page  # where a file lay is nobody's business


def test_a_table_that_is_not_there_is_answered_with_the_nearest(get: Get):
    answer = get("/catalogue/tbl_bedz")
    assert answer.status_code == 404 and "did you mean tbl_beds?" in answer.text


def test_rows_are_charted_over_the_periods_by_a_column(get: Get):
    """A number that is the only one of its kind would be shown first; here rows are."""
    assert lines(get("/catalogue/tbl_beds")) == {"Count of rows": {"2026-01": 3, "2026-02": 3}}
    assert lines(get("/catalogue/tbl_beds?column=beds&by=sector")) == {
        "acute": {"2026-01": 10 + 20, "2026-02": 12 + 30},
        "mental": {"2026-01": 4, "2026-02": 5},
    }


def test_without_a_time_there_are_bars(get: Get):
    drawn = figure(get("/catalogue/tbl_beds?column=beds&over=-&by=org"))["data"][0]
    assert drawn["type"] == "bar"
    assert dict(zip(drawn["x"], drawn["y"], strict=True)) == {"R1": 31, "R2": 50}


@pytest.mark.parametrize("asked", ["by=nothing", "over=beds", "column=org", "column=nothing"])
def test_a_column_that_cannot_be_charted_is_refused_in_words(get: Get, asked: str):
    answer = get(f"/catalogue/tbl_beds?{asked}")
    assert answer.status_code == 404 and 'role="alert"' in answer.text


def test_the_profile_is_of_all_rows(get: Get):
    page = get("/catalogue/tbl_beds/profile").text
    taken = re.search(r"<th scope=\"row\">taken</th>(.*?)</tr>", page, re.DOTALL)
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", taken[1])
    assert cells[:4] == ["1 (17%)", "5", "2", "15"]  # one is not told; 8, 4, 9, 2, 15 are


def test_a_table_without_a_registry_has_its_page(get: Get, beds: Lake, tmp_path: Path, monkeypatch):
    """A bundle brings the lake alone."""
    copied = beds.layout.current.parent
    shutil.copytree(copied, tmp_path / copied.name)
    monkeypatch.setenv("CARE_ATLAS_DATA", str(tmp_path))
    page = get("/catalogue/tbl_beds")
    assert page.status_code == 200 and "came without its registry" in page.text


# Lineage


def test_the_lineage_leads_from_the_release_to_the_metric(beds: Lake):
    of = lineage(beds, "tbl_beds")
    assert of.sentences == [
        "staged part tbl_beds leads to table tbl_beds",
        "release beds leads to staged part tbl_beds",
        "table tbl_beds leads to metric beds_taken",
    ]


def test_an_older_snapshot_leaves_out_what_it_does_not_say(beds: Lake):
    older = {name: said for name, said in beds.manifest.items() if name != "fed_by"}
    of = lineage(Lake(beds.layout, older), "tbl_beds")  # type: ignore[arg-type]
    assert of.sentences[0] == "release beds leads to table tbl_beds"


# A metric


def test_a_registered_metric_is_charted_and_explained(get: Get):
    page = get("/catalogue/metric/beds_taken?by=sector")
    # A row that is not told below the line counts on neither side of it.
    assert lines(page) == {
        "acute": {"2026-01": 80, "2026-02": pytest.approx(100 * 24 / 42)},
        "mental": {"2026-01": 100, "2026-02": 40},
    }
    assert "sum(taken) / sum(beds)" in page.text and "At midnight." in page.text
    only = get("/catalogue/metric/beds_taken?only=sector:mental")
    assert lines(only) == {"Beds that are taken": {"2026-01": 100, "2026-02": 40}}


def test_a_metric_as_a_file_has_every_group(get: Get, beds: Lake):
    answer = get("/catalogue/metric/beds_taken.csv?by=org")
    rows = pl.read_csv(io.StringIO(answer.text))
    found = {(row["period"], row["org"]): row["beds_taken"] for row in rows.to_dicts()}
    assert found["2026-02", "R2"] == 50 and set(rows["snapshot"]) == {beds.id}


@pytest.mark.parametrize("asked", ["beds_taken?by=colour", "beds_taken?only=colour:red", "bedz"])
def test_what_a_metric_cannot_be_asked_is_refused(get: Get, asked: str):
    answer = get(f"/catalogue/metric/{asked}")
    assert answer.status_code in (404, 422) and 'role="alert"' in answer.text


def test_agents_see_what_was_registered(beds: Lake):
    assert known.metric(beds, "Beds that are taken").name == "beds_taken"
    assert [one.name for one in known.metrics_of(beds, "tbl_beds")] == ["beds_taken"]


# Files


@pytest.mark.parametrize(
    ("form", "read"), [("csv", pl.read_csv), ("parquet", pl.read_parquet)], ids=["csv", "parquet"]
)
def test_a_table_is_taken_away_whole(get: Get, form: str, read: Callable):
    answer = get(f"/catalogue/tbl_beds.{form}")
    rows = read(io.BytesIO(answer.content))
    assert answer.headers["content-disposition"] == f'attachment; filename="tbl_beds.{form}"'
    assert sorted(rows["beds"]) == [4, 5, 10, 12, 20, 30]


def test_the_table_schema_and_the_package_describe_that_file(get: Get):
    schema = get("/catalogue/tbl_beds.schema.json").json()
    header = get("/catalogue/tbl_beds.csv").text.partition("\n")[0].split(",")
    assert [field["name"] for field in schema["fields"]] == header
    beds = next(field for field in schema["fields"] if field["name"] == "beds")
    assert (beds["type"], beds["unit"]) == ("integer", "beds")
    assert schema["primaryKey"] == ["org", "sector", "_period"]
    (resource,) = get("/catalogue/tbl_beds/datapackage.json").json()["resources"]
    assert resource["schema"] == schema
    assert get(resource["path"]).text == get("/catalogue/tbl_beds.csv").text


# rdflib's own reader of JSON-LD uses what it calls deprecated.
@pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning")
def test_the_catalogue_is_dcat(get: Get, beds: Lake):
    """Read as RDF: each table a dataset, with what DCAT and its profiles ask of one."""
    graph = Graph().parse(data=get("/catalogue.jsonld").text, format="json-ld")
    (whole,) = graph.subjects(RDF.type, DCAT.Catalog)
    datasets = set(graph.objects(whole, DCAT.dataset))
    assert datasets == {
        URIRef(f"http://testserver/catalogue/{name}") for name in beds.manifest["tables"]
    }
    for one in datasets:
        assert (one, RDF.type, DCAT.Dataset) in graph
        for must in (DCTERMS.title, DCTERMS.description, DCTERMS.identifier, DCAT.contactPoint):
            assert graph.value(one, must) is not None, (one, must)
        files = list(graph.objects(one, DCAT.distribution))
        assert len(files) == 2
        assert all(graph.value(file, DCAT.downloadURL) for file in files)
        assert all(isinstance(graph.value(file, DCAT.mediaType), URIRef) for file in files)
    own = URIRef("http://testserver/catalogue/tbl_beds")
    when = graph.value(own, DCTERMS.temporal)
    assert str(graph.value(when, DCAT.startDate)) == "2026-01-01"
    assert str(graph.value(when, DCAT.endDate)) == "2026-02-28"
    alone = Graph().parse(data=get("/catalogue/tbl_beds.jsonld").text, format="json-ld")
    assert set(alone.predicates(own)) == set(graph.predicates(own))


def test_the_files_go_when_they_are_sent(get: Get, tmp_path: Path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert get("/catalogue/tbl_beds.csv").status_code == 200
    assert list(tmp_path.iterdir()) == []


# Whose it is


def test_of_another_domain_nothing_is_seen_by_whichever_address(
    beds: Lake, tmp_path: Path, monkeypatch
):
    roles = tmp_path / "roles.toml"
    roles.write_text('cy = {role = "analyst", domains = ["Workforce"]}\nbo = "dba"\n')
    monkeypatch.setenv("CARE_ATLAS_DATA", str(beds.layout.root))
    monkeypatch.setenv("CARE_ATLAS_API_RATE", "0")
    monkeypatch.setenv("CARE_ATLAS_ACCESS", "proxy:X-User")
    monkeypatch.setenv("CARE_ATLAS_ROLES", str(roles))
    client = TestClient(main.joined().starlette_app, client=("127.0.0.1", 50000))
    own = ("tbl_beds", "tbl_beds/profile", "tbl_beds.csv", "tbl_beds.parquet", "tbl_beds.jsonld")
    more = ("tbl_beds.schema.json", "tbl_beds/datapackage.json", "metric/beds_taken")
    for address in (*own, *more, "metric/beds_taken.csv"):
        whole = client.get(f"/catalogue/{address}", headers={"X-User": "bo"})
        hidden = client.get(f"/catalogue/{address}", headers={"X-User": "cy"})
        assert (whole.status_code, hidden.status_code) == (200, 404), address
    for address in ("/catalogue", "/catalogue.jsonld", "/catalogue?kind=column&q=beds"):
        assert "tbl_beds" in client.get(address, headers={"X-User": "bo"}).text
        assert "tbl_beds" not in client.get(address, headers={"X-User": "cy"}).text, address


# What is worked out for a table that declares no metric


def test_whole_numbers_are_added_up_and_others_averaged(beds: Lake):
    assert measurable(beds, "tbl_beds") == ["beds", "taken"]
    assert groupable(beds, "tbl_beds") == ["org", "sector", "_period"]
    metric = column_metric(beds, "tbl_beds", "beds")
    assert measure(beds, [metric], ["org"]).collect().rows() == [("R1", 31), ("R2", 50)]
    with pytest.raises(UnknownName, match="no numbers in `org`"):
        column_metric(beds, "tbl_beds", "org")


def test_times_are_in_their_order_however_they_are_written():
    now = datetime(2026, 3, 1, tzinfo=UTC).date()
    assert sorted(["APR2021", now, "2020-21", None], key=in_time) == [
        *("2020-21", "APR2021", now),
        None,
    ]


def found(get: Get, text: str) -> list[tuple[str, str, str]]:
    said = get("/search.json", params={"q": text, "everywhere": ""}).json()
    return [(one["group"], one["name"], one["href"]) for one in said]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tbl_beds", ("Tables", "tbl_beds", "catalogue/tbl_beds")),
        ("beds taken", ("Metrics", "Beds that are taken", "catalogue/metric/beds_taken")),
        ("kind of bed", ("Columns", "sector", "catalogue/tbl_beds#c-sector")),
        ("failed load", ("Runbooks", "A load failed", "runbooks/failed-load")),
        ("fresh", ("Pages", "Freshness", "operations/freshness")),
    ],
)
def test_the_search_of_every_header_finds_more_than_practices(
    get: Get, text: str, expected: tuple[str, str, str]
):
    assert expected in found(get, text)
    page = get("/search", params={"q": text}).text
    group, name, address = expected
    assert f"<h2>{group}</h2>" in page and f'<a href="{address}">{name}</a>' in page


def test_what_is_found_leads_somewhere_and_a_publication_to_its_own_page(get: Get):
    (address,) = [href for group, _, href in found(get, "beds") if group == "Publications"]
    assert get(f"/{address}").status_code == 200
    assert [group for group, *_ in found(get, "beds")] == sorted(
        [group for group, *_ in found(get, "beds")],
        key=["Publications", "Tables", "Metrics", "Columns"].index,
    )
    assert found(get, "nothing of that name") == found(get, "b") == []


def test_other_pages_that_suggest_practices_are_given_nothing_else(get: Get):
    assert get("/search.json", params={"q": "beds"}).json() == []


def test_the_tables_of_the_ledger_are_listed_as_such_and_read_as_they_are_now(get: Get, beds: Lake):
    assert "load_events" not in get("/catalogue").text
    listed = get("/catalogue?kind=ledger").text
    named = set(re.findall(r'href="catalogue/(\w+)"', listed))
    # The audit log and the grants are a dba's to read, and this is a visitor.
    assert named == {*METADATA.tables} - {"audit_log", "audit_head", "access_grants"}
    assert "Ledger table" in listed and set(SAID) == {*METADATA.tables}
    page = get("/catalogue/load_events").text
    assert "It has 2 rows now" in page and "belongs to no snapshot" in page
    columns = re.findall(r'<th scope="row">(\w+)</th>', page)
    assert columns == [column.name for column in METADATA.tables["load_events"].columns]
    assert get("/catalogue/audit_log").status_code == 404
    assert ("Ledger tables", "load_events", "catalogue/load_events") in found(get, "load events")


def test_how_often_something_is_asked_for_is_counted_and_by_whom_is_not(
    get: Get, beds: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    # What other tests asked for is of no account, written down already or not.
    monkeypatch.setattr(USAGE, "_kept_seconds", math.inf)
    USAGE.write(tmp_path)
    shutil.rmtree(beds.layout.asked_on(datetime.now(UTC).date()).parent, ignore_errors=True)
    for address in ("tbl_beds", "tbl_beds?column=beds", "tbl_beds.csv", "metric/beds_taken"):
        assert get(f"/catalogue/{address}", headers={"X-User": "ann"}).status_code == 200
    assert get("/catalogue/tbl_bedz").status_code == 404
    assert "Asked for" not in get("/catalogue/tbl_staff").text
    USAGE.write()
    today = datetime.now(UTC).date()
    counted = asked_in(beds.layout, today)
    assert {key: n for key, n in counted.items() if key[0] != "page"} == {
        ("table", "tbl_beds"): 3,
        ("metric", "beds_taken"): 1,
    }
    assert "3 times in 30 days" in get("/catalogue/tbl_beds").text
    assert "1 time in 30 days" in get("/catalogue/metric/beds_taken").text
    kept = beds.layout.asked_on(today)
    assert "ann" not in kept.read_text(encoding="utf-8")
    # What a process left half written is passed over, and a month later nobody asks any more.
    with kept.open("a", encoding="utf-8") as file:
        file.write('[["table", "tbl_be')
    assert asked_in(beds.layout, today)["table", "tbl_beds"] == 3
    assert not asked_in(beds.layout, today + timedelta(days=30))
    shutil.rmtree(kept.parent)


def test_two_processes_add_to_one_day_and_a_bundle_keeps_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("CARE_ATLAS_REGISTRY", raising=False)
    day = datetime(2026, 11, 30, tzinfo=UTC).date()
    note_usage(tmp_path, {("table", "beds"): 2}, day=day)
    assert list(tmp_path.iterdir()) == []  # a lake alone, as it is bundled
    Ledger(Layout(tmp_path).registry_url).close()
    for _ in range(2):
        note_usage(tmp_path, {("table", "beds"): 2}, day=day)
    assert asked_in(Layout(tmp_path), day) == {("table", "beds"): 4}
