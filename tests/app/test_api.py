"""The API against the engine, and against its own description."""

import asyncio
import io
import json
import re
from itertools import pairwise

import httpx
import polars as pl
import pytest
import schemathesis
from hypothesis import assume, given
from polars.testing import assert_frame_equal
from schemathesis.generation import GenerationMode
from starlette.applications import Starlette

from app.api.description import openapi
from app.api.resource import FORMATS
from app.api.serve import api
from app.atlas.answered import ask
from app.atlas.routes import DEAR
from app.atlas.wing import ATLAS
from app.http.limit import Limit
from app.routes import routes
from app.wings import RESOURCES
from engine import Lake, Question, answer
from engine.atlas.context import context
from engine.atlas.years import qof_years
from tests.app.serving import served

QUESTION = {"indicator": "HYP008", "level": "icb", "measure": "pri"}


@pytest.fixture(scope="module")
def base(atlas: str) -> str:
    """The address of the API on the demonstration lake, without a limit of requests."""
    return f"{atlas}api/v1"


OPERATIONS = [
    operation.ok() for operation in schemathesis.openapi.from_dict(openapi()).get_all_operations()
]


def get(base: str, name: str, headers: dict[str, str] | None = None, **query: object):
    return httpx.get(f"{base}/{name}", params=query, headers=headers, timeout=60)


def frame(form: str, content: bytes) -> pl.DataFrame:
    """An answer as the reader's own tools open it."""
    read = {"csv": pl.read_csv, "parquet": pl.read_parquet, "arrow": pl.read_ipc}
    if form == "json":
        return pl.DataFrame(json.loads(content)["rows"], infer_schema_length=None)
    return read[form](io.BytesIO(content))


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.path)
@pytest.mark.parametrize("mode", ["positive", "negative"])
def test_no_query_breaks_it_and_no_answer_is_undocumented(base: str, operation, mode: str):
    """What the description allows, and what it does not: never a 5xx, always an answer in it.

    That edges of bands rise is all that it cannot say; a test below holds what is answered then.
    """

    @given(operation.as_strategy(generation_mode=GenerationMode(mode)))
    def holds(case: schemathesis.Case) -> None:
        assume(mode == "negative" or rise(str(case.query.get("bands", ""))))
        case.call_and_validate(base_url=base)

    holds()


def rise(bands: str) -> bool:
    """Whether custom edges rise; other bands have none that could fail to."""
    edges = [float(edge) for edge in bands.removeprefix("custom:").split(",") if edge[:1].isdigit()]
    return all(low < high for low, high in pairwise(edges))


@pytest.mark.parametrize("form", FORMATS)
def test_the_numbers_are_the_engine_s_in_every_format(base: str, lake: Lake, form: str):
    """PEERS want 13: machine-readable, raw numerators too."""
    expected = answer(lake, Question("HYP008", qof_years(lake)[-1], "icb", "pri")).collect()
    found = frame(form, get(base, "achievement", format=form, **QUESTION).content)
    assert found.height == expected.height > 1
    columns = ["organisation_code", "numerator", "denominator", "value", "value_low"]
    assert_frame_equal(found.select(columns), expected.select(columns), check_dtypes=False)


@pytest.mark.parametrize("name", [of.name for of in ATLAS.resources if of.is_table])
def test_an_answer_has_exactly_the_columns_that_are_declared(base: str, name: str):
    required = {p.name: p.example for p in RESOURCES[name].parameters if p.required}
    asked = required | ({"indicator": "HYP008"} if "indicator" in required else {})
    rows = frame("parquet", get(base, name, format="parquet", **asked).content)
    assert rows.columns == [column.name for column in RESOURCES[name].columns]
    assert rows.height > 0


def test_what_was_not_reported_is_null_and_not_zero(base: str, lake: Lake):
    """DOMAIN 3: zero for absent."""
    found = get(base, "achievement", indicator="HYP008", limit=50_000).json()["rows"]
    expected = answer(lake, Question("HYP008", qof_years(lake)[-1])).collect()
    nulls = {row["organisation_code"] for row in found if row["numerator"] is None}
    absent = expected.filter(pl.col("numerator").is_null())["organisation_code"]
    assert nulls == set(absent)


def test_prevalence_is_the_register_over_its_own_list(base: str, lake: Lake):
    (england,) = get(base, "prevalence", group="HYP", level="england").json()["rows"]
    asked = Question("HYP", qof_years(lake)[-1], "england", "prevalence")
    assert england["numerator"] == answer(lake, asked).collect()["numerator"][0]


def test_context_is_the_engine_s(base: str, lake: Lake):
    expected = context(lake, qof_years(lake)[-1], "icb").collect()
    found = frame("parquet", get(base, "context", level="icb", format="parquet").content)
    assert_frame_equal(found, expected)


def test_pages_follow_one_another_to_the_end(base: str, lake: Lake):
    whole = get(base, "organisations", level="practice", limit=50_000).json()
    address, codes = f"{base}/organisations?level=practice&limit=50", []
    while address:
        page = httpx.get(address)
        codes += [row["organisation_code"] for row in page.json()["rows"]]
        link = page.links.get("next")
        address = str(page.url.join(link["url"])) if link else None
    assert codes == [row["organisation_code"] for row in whole["rows"]]
    assert len(codes) == whole["total"] == int(page.headers["X-Total-Count"]) > 50


def test_an_answer_that_is_known_is_not_sent_again(base: str):
    tag = get(base, "achievement", **QUESTION).headers["ETag"]
    again = get(base, "achievement", {"If-None-Match": tag}, **QUESTION)
    other = get(base, "achievement", {"If-None-Match": tag}, **{**QUESTION, "measure": "net"})
    assert (again.status_code, again.content, other.status_code) == (304, b"", 200)


def test_what_is_kept_is_what_the_page_keeps(base: str, lake: Lake):
    """A filter by context leaves organisations out; it is never ignored."""
    sizes = context(lake, qof_years(lake)[-1], measures=["list_size"]).collect()
    large = set(sizes.filter(pl.col("list_size") >= 10_000)["organisation_code"])
    found = get(base, "achievement", indicator="HYP008", keep="large", limit=50_000).json()["rows"]
    assert {row["organisation_code"] for row in found} == large
    assert get(base, "achievement", indicator="HYP008", keep="rich").status_code == 400


def test_today_s_boundaries_move_practices_and_not_england(base: str, lake: Lake):
    asked = {"indicator": "HYP008", "year": qof_years(lake)[0], "geography": "today"}
    if get(base, "achievement", **asked).status_code == 404:
        asked |= {"indicator": "HYP", "measure": "prevalence"}
    then = get(base, "achievement", level="england", **(asked | {"geography": "published"})).json()
    now = get(base, "achievement", level="england", **asked).json()
    boards = get(base, "achievement", level="icb", **asked).json()["rows"]
    there = get(base, "organisations", level="icb", geography="today").json()["rows"]
    assert now["rows"][0]["numerator"] == then["rows"][0]["numerator"]
    assert {row["organisation_code"] for row in boards} <= {o["organisation_code"] for o in there}


def test_a_pinned_snapshot_answers_as_the_live_one_does_while_it_is_live(base: str, lake: Lake):
    pinned = get(base, "achievement", snapshot=lake.id, **QUESTION).json()
    assert pinned == get(base, "achievement", **QUESTION).json()


@pytest.mark.parametrize(
    ("query", "status", "says"),
    [
        ({}, 400, "`indicator` is missing"),
        ({"indicator": "HYP008", "levle": "icb"}, 400, "no parameter `levle`"),
        ({"indicator": "HYP008", "limit": "0"}, 400, "from 1 to"),
        ({"indicator": "HYP008", "level": "county"}, 400, "practice, pcn"),
        ({"indicator": "ZZZ999"}, 404, "ZZZ999"),
        ({"indicator": "HYP008", "year": "1998-99"}, 404, "1998-99"),
        ({"indicator": "HYP", "measure": "net"}, 404, "prevalence"),
        ({"indicator": "HYP008", "area": "icb:ZZZ"}, 404, "icb:ZZZ"),
        ({"indicator": "HYP008", "bands": "custom:90,10"}, 422, "rising"),
        ({"indicator": "HYP008", "bands": "custom:50,50"}, 422, "rising"),
        *(
            ({"indicator": "HYP008", "bands": f"custom:{edges}"}, 400, "`custom:50,75,90`")
            for edges in (
                "",
                "0",
                "0.0",
                "100",
                "50,",
                ".",
                "1e1",
                "-5",
                ",".join("123456789") + ",10",
            )
        ),
        ({"indicator": "HYP008", "snapshot": "../../secret"}, 400, "snapshot"),
        ({"indicator": "HYP008", "snapshot": "20200101T000000Z-00000000"}, 404, "changes"),
    ],
)
def test_what_cannot_be_answered_is_said_with_what_there_is(
    base: str, query: dict[str, str], status: int, says: str
):
    """DOMAIN 3: bookmarks naming a retired indicator; absent in the chosen year."""
    refused = get(base, "achievement", **query)
    assert refused.status_code == status == refused.json()["status"]
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert says in refused.text


def test_a_format_is_chosen_by_the_accept_header(base: str):
    csv = get(base, "achievement", {"Accept": "text/csv;q=0.9, image/png"}, **QUESTION)
    none = get(base, "achievement", {"Accept": "image/png"}, **QUESTION)
    assert csv.headers["Content-Type"].startswith("text/csv")
    assert none.status_code == 406


def test_other_sites_may_read_it_but_not_post_to_it(base: str):
    headers = {"Origin": "https://example.org"}
    read = get(base, "changes", headers)
    assert read.headers["Access-Control-Allow-Origin"] == "*"
    assert httpx.post(f"{base}/changes").status_code == 405
    assert httpx.head(f"{base}/changes").status_code == 200


def test_answers_are_packed_and_say_what_may_be_done_with_them(base: str):
    found = get(base, "organisations", {"Accept-Encoding": "gzip"})
    assert found.headers["Content-Encoding"] == "gzip"
    assert found.headers["X-Content-Type-Options"] == "nosniff"
    page = httpx.get(base.removesuffix("api/v1"))
    assert "frame-ancestors 'self'" in page.headers["Content-Security-Policy"]
    library = re.search(r'src="(lib/shiny-[^"]+\.js)"', page.text)[1]
    script = httpx.get(base.removesuffix("api/v1") + library)
    assert script.headers["Content-Encoding"] == "gzip"
    assert "immutable" in script.headers["Cache-Control"]
    assert "Cache-Control" not in page.headers


def test_changes_name_every_release_of_the_snapshot(base: str, lake: Lake):
    rows = get(base, "changes").json()["rows"]
    assert {row["sha256"] for row in rows if row["is_live"]} == {
        release["sha256"] for release in lake.manifest["releases"]
    }


def test_health_names_the_snapshot_and_is_503_without_one(base: str, lake: Lake, tmp_path):
    said = httpx.get(f"{base.removesuffix('api/v1')}healthz")
    assert (said.status_code, said.json()["snapshot"]) == (200, lake.id)
    with served(tmp_path) as empty:
        assert httpx.get(f"{empty}healthz").status_code == 503
        assert httpx.get(f"{empty}api/v1/changes").status_code == 503
        assert httpx.get(f"{empty}receipt").status_code == 400
        assert httpx.get(f"{empty}embed/").status_code == 200


def test_who_asks_too_often_is_told_when_to_come_back():
    async def asked() -> list[httpx.Response]:
        transport = httpx.ASGITransport(Limit(api(), per_minute=2))
        async with httpx.AsyncClient(transport=transport, base_url="http://atlas") as client:
            return [await client.get("/openapi.json") for _ in range(3)]

    answers = asyncio.run(asked())
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 30


@pytest.mark.parametrize("dear", ["/brief?format=pdf", "/whole?area=icb:QOP"])
def test_what_is_dear_counts_for_several_requests(
    tmp_path, monkeypatch: pytest.MonkeyPatch, dear: str
):
    """A brief takes as long as a dozen answers: who asks for many holds everybody up."""
    monkeypatch.setenv("CARE_ATLAS_DATA", str(tmp_path))
    monkeypatch.setenv("CARE_ATLAS_API_RATE", str(2 * DEAR))

    async def asked() -> list[int]:
        transport = httpx.ASGITransport(Starlette(routes=routes()))
        async with httpx.AsyncClient(transport=transport, base_url="http://atlas") as client:
            return [(await client.get(dear)).status_code for _ in range(3)]

    *answered, last = asyncio.run(asked())
    assert 429 not in answered and last == 429


def test_rows_say_what_they_are_of_and_their_band_in_words(base: str, lake: Lake):
    found = frame("csv", get(base, "achievement", format="csv", **QUESTION).content)
    said = found.select("year", "indicator_code", "level", "measure").unique().rows()
    assert said == [(qof_years(lake)[-1], "HYP008", "icb", "pri")]
    assert found.filter(pl.col("band").is_null() != pl.col("band_label").is_null()).is_empty()
    register = get(base, "prevalence", group="HYP", level="england").json()["rows"][0]
    assert (register["indicator_code"], register["measure"]) == ("HYP", "prevalence")


def test_fifths_of_a_rare_register_are_told_apart_as_on_the_page(base: str, lake: Lake):
    asked = {"level": "region", "bands": "quintiles", "year": qof_years(lake)[-1]}
    rows = get(base, "prevalence", group="LD", **asked).json()["rows"]
    labels = {row["band"]: row["band_label"] for row in rows}
    page = ask(lake, Question("LD", measure="prevalence", **asked))
    assert len({round(edge, 1) for edge in page.edges}) < 4, "one decimal would do"
    assert labels == dict(enumerate(page.band_words)) and len(set(labels.values())) == 5


@pytest.mark.parametrize("name", ["achievement", "organisations", "context"])
def test_an_organisation_that_is_not_there_is_said_as_an_area_is(base: str, name: str):
    asked = {"indicator": "HYP008"} if name == "achievement" else {}
    unknown = get(base, name, level="icb", organisation="ZZZ", **asked)
    board = get(base, "organisations", level="icb").json()["rows"][0]["organisation_code"]
    elsewhere = get(base, name, level="practice", organisation=board, **asked)
    assert (unknown.status_code, elsewhere.status_code) == (404, 404)
    assert "ZZZ" in unknown.json()["detail"]
    assert elsewhere.json()["next"] == "try level=icb"


def test_a_receipt_without_its_level_says_which_to_try(base: str):
    board = get(base, "organisations", level="icb").json()["rows"][0]["organisation_code"]
    refused = get(base, "receipt", organisation=board, indicator="HYP008")
    assert (refused.status_code, refused.json()["next"]) == (404, "try level=icb")


def test_an_unknown_indicator_is_answered_with_the_nearest(base: str):
    """DOMAIN 3: bookmarks naming a retired indicator."""
    expected = get(base, "achievement", indicator="HYP999").json()["expected"]
    assert "HYP008" in expected and "/api/v1/indicators" in expected


def test_a_retired_indicator_names_its_years_and_its_successor(base: str, lake: Lake):
    """DOMAIN 3: bookmarks naming a retired indicator."""
    retired = get(base, "achievement", indicator="HYP003", year=qof_years(lake)[-1])
    assert retired.status_code == 404
    assert "2022-23" in retired.json()["expected"] and "HYP008" in retired.json()["expected"]


def test_the_icon_that_browsers_ask_for_is_there(base: str):
    found = httpx.get(f"{base.removesuffix('api/v1')}favicon.ico", follow_redirects=True)
    assert (found.status_code, found.headers["Content-Type"]) == (200, "image/svg+xml")
