"""The API as somebody uses it who has only its page, its description and the README."""

import asyncio
import html
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import httpx
import polars as pl
import pytest
from playwright.sync_api import Browser
from polars.testing import assert_frame_equal

from app.api.resource import FORMATS, USUAL_LIMIT
from app.api.serve import api
from app.atlas.wing import ATLAS
from app.http.limit import Limit
from app.wings import RESOURCES
from engine import Lake
from engine.atlas.years import qof_years
from tests.app.serving import ROOT, served
from tests.engine.universe import england

ASKED = {"indicator": "HYP008", "level": "icb"}
PACKED = {"Accept-Encoding": "gzip, br, zstd"}
PLAIN = {"Accept-Encoding": "identity"}


@pytest.fixture(scope="module")
def base(atlas: str) -> str:
    """The address of the API on the demonstration lake, without a limit of requests."""
    return f"{atlas}api/v1"


def get(base: str, name: str = "achievement", headers: dict[str, str] | None = None, **query):
    query = query or {**ASKED, "format": "parquet"}
    return httpx.get(f"{base}/{name}", params=query, headers=headers, timeout=60)


# What is shown is run


def shown(base: str) -> list[str]:
    """Every command and program that the page shows."""
    found = re.findall(r"<pre[^>]*><code>(.*?)</code></pre>", httpx.get(base).text, re.S)
    return [html.unescape(code) for code in found]


def run_curl(command: str, folder: Path) -> None:
    """A command as a shell runs it; where there is no curl, the address in it is asked."""
    words = shlex.split(command)
    if shutil.which("curl"):
        said = subprocess.run([*words, "--fail", "--silent"], cwd=folder, capture_output=True)
        assert said.returncode == 0, f"{command}: {said.stdout!r} {said.stderr!r}"
        return
    httpx.get(next(word for word in words if word.startswith("http"))).raise_for_status()


def test_every_command_on_the_page_runs(base: str, tmp_path: Path):
    commands = [code for code in shown(base) if code.startswith("curl ")]
    assert len(commands) >= 3
    for command in [*commands, *commands]:  # again: the file is there and has not changed
        run_curl(command, tmp_path)
    if shutil.which("curl"):
        assert pl.read_csv(tmp_path / "icbs.csv").height > 1


def test_every_program_on_the_page_runs_as_it_is_printed(base: str, capsys: pytest.CaptureFixture):
    """PEERS want 13: what is printed for copying works, and gives rows."""
    programs = [code for code in shown(base) if not code.startswith("curl ")]
    assert len(programs) >= 4
    for program in programs:
        exec(program, {})
        said = capsys.readouterr().out
        assert re.match(r"shape: \([1-9]|[1-9]", said), f"{program}\n{said}"


def test_every_address_on_the_page_answers(base: str):
    page = httpx.get(base)
    links = [html.unescape(link) for link in re.findall(r'href="([^"]*v1/[^"]+)"', page.text)]
    assert len(links) == len(RESOURCES) + 1
    for link in links:
        assert httpx.get(page.url.join(link)).status_code == 200, link


def test_the_commands_and_the_program_of_the_readme_run(
    base: str, lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = re.findall(r"^curl .*$", readme, re.M)
    programs = re.findall(r"```python\n(.*?)```", readme, re.S)
    assert commands and programs
    for command in commands:
        run_curl(command.replace("http://127.0.0.1:8000/api/v1", base), tmp_path)
    monkeypatch.setenv("CARE_ATLAS_DATA", str(lake.layout.root))
    for program in programs:
        exec(program, {})


# An answer as a file


@pytest.mark.parametrize(
    ("form", "read"),
    [
        ("parquet", pl.read_parquet),
        ("parquet", lambda address: pl.scan_parquet(address).collect()),
        ("csv", pl.read_csv),
        ("arrow", pl.read_ipc),
        ("arrow", lambda address: pl.scan_ipc(address).collect()),
    ],
)
def test_a_reader_of_files_reads_an_address(base: str, form: str, read: Callable):
    columns = ["organisation_code", "numerator", "denominator"]
    expected = pl.DataFrame(get(base, **ASKED).json()["rows"]).select(columns)
    found = read(f"{base}/achievement?indicator=HYP008&level=icb&format={form}")
    assert_frame_equal(found.select(columns), expected)
    assert found.height > 1


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    ("said", "part"),
    [
        ("bytes=0-99", slice(0, 100)),
        ("bytes=100-", slice(100, None)),
        ("bytes=-40", slice(-40, None)),
        ("bytes=50-999999999", slice(50, None)),
        ("bytes=-999999999", slice(None)),
    ],
)
def test_a_range_is_those_bytes_and_never_packed(base: str, form: str, said: str, part: slice):
    asked = {**ASKED, "format": form}
    whole = get(base, headers=PLAIN, **asked).content
    found = get(base, headers={"Range": said, **PACKED}, **asked)
    start, stop, _ = part.indices(len(whole))
    assert (found.status_code, found.content) == (206, whole[part])
    assert found.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{len(whole)}"
    assert "Content-Encoding" not in found.headers


@pytest.mark.parametrize("said", ["bytes=0-1,5-6", "bytes=9-3", "bytes=", "rows=0-9", "bytes=a-b"])
def test_what_is_not_one_range_of_bytes_is_answered_whole(base: str, said: str):
    found = get(base, headers={"Range": said})
    assert (found.status_code, found.content) == (200, get(base).content)


@pytest.mark.parametrize("said", ["bytes=999999999-", "bytes=-0"])
def test_bytes_that_are_not_there_are_refused_with_how_many_there_are(base: str, said: str):
    refused = get(base, headers={"Range": said})
    assert (refused.status_code, refused.json()["status"]) == (416, 416)
    assert refused.headers["Content-Range"] == f"bytes */{len(get(base).content)}"


def test_a_part_is_put_only_to_a_part_of_the_same_bytes(base: str):
    """If-Range: the answer is whole where it is another now, or may have been packed."""
    tag = get(base, headers=PLAIN).headers["ETag"]
    assert not tag.startswith("W/")
    for known, status in ((tag, 206), ('"another"', 200), (f"W/{tag}", 200)):
        found = get(base, headers={"Range": "bytes=0-9", "If-Range": known})
        assert found.status_code == status, known


@pytest.mark.parametrize("how", [PLAIN, PACKED], ids=["plain", "packed"])
def test_head_says_what_ranges_are_of(base: str, how: dict[str, str]):
    """Readers in a browser, which always offer to unpack, ask HEAD how long the file is."""
    asked = f"{base}/organisations?format=csv"
    head, whole = httpx.head(asked, headers=how), httpx.get(asked, headers=PLAIN)
    assert int(head.headers["Content-Length"]) == len(whole.content) > 0 == len(head.content)
    assert "Content-Encoding" not in head.headers
    for name in ("ETag", "Accept-Ranges", "Content-Type", "X-Total-Count"):
        assert head.headers[name] == whole.headers[name]
    ranged = httpx.head(asked, headers=how | {"Range": "bytes=0-9"})
    assert ranged.status_code == 200, "a range is of GET only"


def test_packed_or_not_an_answer_that_is_known_is_not_sent_again(base: str):
    packed = get(base, headers=PACKED, **ASKED)
    tag = packed.headers["ETag"]
    assert packed.headers["Content-Encoding"] and tag.startswith("W/")
    assert get(base, headers=PLAIN, **ASKED).headers["ETag"] == tag.removeprefix("W/")
    for how in (PACKED, PLAIN):
        assert get(base, headers=how | {"If-None-Match": tag}, **ASKED).status_code == 304


def test_what_is_packed_already_is_not_packed_again(base: str):
    """So a reader that offers to unpack may put its parts together all the same."""
    packed = get(base, headers=PACKED)
    assert "Content-Encoding" not in packed.headers
    assert packed.headers["ETag"] == get(base, headers=PLAIN).headers["ETag"]
    how = PACKED | {"Range": "bytes=0-9", "If-Range": packed.headers["ETag"]}
    assert get(base, headers=how).content == packed.content[:10]


def test_two_servers_send_the_same_bytes(base: str, lake: Lake):
    """Or a range of one would be put to a range of the other: behind one address are several."""
    organisation = next(iter(known(base)))
    asks = [
        "achievement?indicator=HYP008&format=parquet",
        "context?format=parquet",
        "context?level=icb&geography=today&format=csv",
        "organisations?level=icb&geography=today",
        "indicators?format=arrow",
        "changes",
        f"receipt?organisation={organisation}&level=icb&indicator=HYP008",
    ]
    with served(lake.layout.root) as address:
        for ask in asks:
            one, other = (httpx.head(f"{at}/{ask}") for at in (base, f"{address}api/v1"))
            assert one.status_code == 200, ask
            assert one.headers["ETag"] == other.headers["ETag"], ask


def test_a_file_has_all_rows_and_json_says_how_many_it_left_out(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("CARE_ATLAS_DATA", str(lake.layout.root))
    monkeypatch.setitem(USUAL_LIMIT, "json", 20)
    page, file = asyncio.run(_both("/organisations?level=practice", "&format=parquet"))
    said = page.json()
    assert len(said["rows"]) == 20 < said["total"] and "next" in page.links
    assert pl.read_parquet(file.content).height == said["total"] and "next" not in file.links


async def _both(asked: str, more: str) -> tuple[httpx.Response, httpx.Response]:
    transport = httpx.ASGITransport(Limit(api(), per_minute=0))
    async with httpx.AsyncClient(transport=transport, base_url="http://atlas") as client:
        return await client.get(asked), await client.get(asked + more)


def test_a_table_without_rows_has_its_columns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    england(tmp_path)  # made by hand: of no releases
    monkeypatch.setenv("CARE_ATLAS_DATA", str(tmp_path))
    page, file = asyncio.run(_both("/changes?offset=0", "&format=parquet"))
    columns = [column.name for column in RESOURCES["changes"].columns]
    assert page.json()["rows"] == [] and pl.read_parquet(file.content).columns == columns


def test_without_data_it_says_so_and_not_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CARE_ATLAS_DATA", str(tmp_path))
    empty, _ = asyncio.run(_both("/changes?limit=1", "&format=csv"))
    assert empty.status_code == 503 and "refresh run" in empty.json()["next"]
    assert str(tmp_path) not in empty.text


# A code that is not there


def refused(base: str, **query) -> dict:
    answer = get(base, **{"indicator": "HYP008", **query})
    assert answer.status_code == 404, answer.text[:200]
    return answer.json()


def known(base: str, level: str = "icb", **query) -> dict[str, str]:
    """The organisations of a level, code -> name; of the newest year, where none is asked for."""
    rows = get(base, "organisations", level=level, **query).json()["rows"]
    return {row["organisation_code"]: row["organisation_name"] for row in rows}


def test_an_unknown_area_is_answered_with_the_nearest_codes_and_names(base: str):
    code, name = next(iter(known(base).items()))
    by_code = refused(base, area=f"icb:{code[:2]}0")["expected"]
    by_name = refused(base, area="icb:yorkshire")["expected"]
    assert f"{code} ({name})" in by_code
    assert "Yorkshire" in by_name


def test_an_area_of_another_level_or_of_other_years_says_so(base: str, lake: Lake):
    first, last = qof_years(lake)[0], qof_years(lake)[-1]
    code = next(iter(known(base)))
    assert refused(base, area=f"region:{code}")["next"] == f"try area=icb:{code}"
    gone = min(known(base, "pcn", year=first).keys() - known(base, "pcn", year=last).keys())
    said = refused(base, area=f"pcn:{gone}", year=last)["next"]
    assert said.startswith("it is known as pcn in ") and first in said and last not in said


def test_an_area_that_todays_boundaries_lack_says_whose_have_it(base: str, lake: Lake):
    first = qof_years(lake)[0]
    gone = min(known(base, year=first).keys() - known(base, geography="today").keys())
    asked = {"indicator": "HYP", "measure": "prevalence", "year": first, "geography": "today"}
    assert refused(base, area=f"icb:{gone}", **asked)["next"] == (
        "it is there with geography=published"
    )


def test_an_area_that_only_todays_boundaries_have_says_so(base: str, lake: Lake):
    first = qof_years(lake)[0]
    new = min(known(base, geography="today").keys() - known(base, year=first).keys())
    said = refused(base, area=f"icb:{new}", indicator="HYP", measure="prevalence", year=first)[
        "next"
    ]
    assert said.endswith("it is there with geography=today")


def test_an_area_is_taken_in_small_letters_too_and_a_group_of_nobody_is_refused(base: str):
    code = next(iter(known(base)))
    asked = {"indicator": "HYP008"}
    small = get(base, area=f"icb:{code.lower()}", **asked).json()
    assert small == get(base, area=f"icb:{code}", **asked).json() and small["total"] > 0
    assert "group" in refused(base, area="group:ZZZ999")["detail"]


def test_a_receipt_of_one_who_is_outside_the_area_says_that(base: str):
    there, other = list(known(base))[:2]
    practice = get(base, indicator="HYP008", area=f"icb:{there}").json()["rows"][0]
    code = practice["organisation_code"]
    asked = {"organisation": code, "indicator": "HYP008", "area": f"icb:{other}"}
    outside = get(base, "receipt", **asked)
    assert outside.status_code == 404
    assert outside.json()["detail"] == f"{code} is not in icb:{other}"


# Boundaries


def test_whatever_has_levels_has_boundaries():
    parameters = {of.name: {p.name for p in of.parameters} for of in ATLAS.resources}
    has = {name for name, of in parameters.items() if "geography" in of}
    assert has == {name for name, of in parameters.items() if "level" in of}
    assert "boundaries make no difference" in RESOURCES["changes"].summary


@pytest.mark.parametrize("name", ["prevalence", "organisations", "context"])
def test_todays_boards_are_the_same_in_every_resource_and_england_does_not_move(
    base: str, lake: Lake, name: str
):
    asked = {"year": qof_years(lake)[0]} | ({"group": "HYP"} if name == "prevalence" else {})

    def rows(level: str, geography: str) -> list[dict]:
        return get(base, name, level=level, geography=geography, **asked).json()["rows"]

    now = {row["organisation_code"] for row in rows("icb", "today")}
    then = {row["organisation_code"] for row in rows("icb", "published")}
    assert now == known(base, geography="today").keys() != then
    size = "denominator" if name == "prevalence" else "list_size"
    (england_now,), (england_then,) = rows("england", "today"), rows("england", "published")
    assert england_now[size] == england_then[size] > 0


# Other pages


def test_another_page_may_ask_with_a_tag_or_for_a_range(base: str):
    asks = {
        "Origin": "https://example.org",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "if-none-match,range",
    }
    allowed = httpx.options(f"{base}/changes", headers=asks)
    assert allowed.status_code == 200
    assert allowed.headers["Access-Control-Allow-Origin"] == "*"
    assert {"if-none-match", "range"} <= set(
        allowed.headers["Access-Control-Allow-Headers"].replace(" ", "").split(",")
    )
    writes = httpx.options(
        f"{base}/changes", headers=asks | {"Access-Control-Request-Method": "PUT"}
    )
    assert writes.status_code == 400


@pytest.mark.browser
def test_a_notebook_in_a_browser_reads_pages_by_their_links_and_tags(base: str, browser: Browser):
    """Observable and the like: a script of another origin, without credentials."""
    page = browser.new_page(bypass_csp=True)  # the other page is ours too, under another name
    page.goto(base.replace("127.0.0.1", "localhost"))
    ask = """async ([address, headers]) => {
        const found = await fetch(address, {headers});
        const names = ["etag", "link", "x-total-count", "content-range"];
        return [found.status, ...names.map((name) => found.headers.get(name))];
    }"""
    address = f"{base}/organisations?level=practice&limit=10"
    status, tag, link, total, _ = page.evaluate(ask, [address, {}])
    assert (status, int(total) > 10) == (200, True) and 'rel="next"' in link
    assert page.evaluate(ask, [address, {"If-None-Match": tag}])[0] == 304
    ranged = page.evaluate(ask, [address, {"Range": "bytes=0-9"}])
    assert ranged[0] == 206 and ranged[-1].startswith("bytes 0-9/")
    page.close()


def test_who_is_told_to_wait_is_told_in_a_way_that_a_browser_reads():
    """The refusal of the limit carries the headers of other origins too."""

    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(api())
        async with httpx.AsyncClient(transport=transport, base_url="http://atlas") as client:
            headers = {"Origin": "https://example.org"}
            answers = [await client.get("/openapi.json", headers=headers) for _ in range(3)]
            return answers[-1]

    with pytest.MonkeyPatch.context() as settings:
        settings.setenv("CARE_ATLAS_API_RATE", "2")
        last = asyncio.run(asked())
    assert last.status_code == 429
    assert last.headers["Access-Control-Allow-Origin"] == "*"
    assert "Retry-After" in last.headers["Access-Control-Expose-Headers"]
