"""The verbs of evidence, walked as a new engineer would: from a page to numbers, by commands alone.

The publication is invented: two months of a register of thirty practices, in which numbers go up
and down, on a site laid out as digital.nhs.uk is.
"""

import json
from collections.abc import Iterator
from contextlib import closing
from html.parser import HTMLParser
from pathlib import Path

import pytest

from engine.lake import Layout
from refresh.__main__ import main
from refresh.publications.lineage_out import VARIABLE
from refresh.publications.manifest_file import read
from refresh.store.ledger import Ledger
from tests.refresh.publisher import Publisher, Reply

HEAD = "EXTRACT_DATE,PRACTICE_CODE,PRACTICE_NAME,PATIENTS_ON_REGISTER,LIST_SIZE"


def month(day: str, step: int) -> str:
    """A month's file: each practice has `step` more on its register, every third so many fewer."""
    counts = [10 + n + (-step if n % 3 == 0 else step) for n in range(30)]
    lines = [
        f"{day},A{81000 + n},Surgery & <b>sons</b> {n},{count},1000"
        for n, count in enumerate(counts)
    ]
    return "\r\n".join([HEAD, *lines]) + "\r\n"


PAGES = {
    "registers": '<h1>Registers of Care</h1><a href="/registers/april-2026">April 2026</a>'
    '<a href="/registers/march-2026">March 2026</a><a href="/contact">Contact</a>',
    "registers/april-2026": '<a href="/files/care-register-prac-apr-26.csv">Register, CSV</a>',
    "registers/march-2026": '<a href="/files/care-register-prac-mar-26.csv">Register, CSV</a>',
    "files/care-register-prac-mar-26.csv": month("31/03/2026", 0),
    "files/care-register-prac-apr-26.csv": month("30/04/2026", 4),
}
OWNED = "  domain: Primary care\n  owner: a@nhs.test\n  purpose: To see who is on the register.\n"
METRIC = """    metrics:
      - name: on_register
        label: On the register
        numerator: patients_on_register
        denominator: list_size
        format: percent
        better: higher
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    def answer(_: str, path: str, __: bytes) -> Reply:
        text = PAGES.get(path.strip("/"))
        kind = {"Content-Type": "text/csv" if path.endswith(".csv") else "text/html"}
        return Reply(404) if text is None else Reply(200, text.encode(), kind)

    with Publisher(tmp_path_factory.mktemp("site")) as publisher:
        publisher.answer(".", answer)
        yield publisher.url


@pytest.fixture(scope="module")
def lineage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The file that every load adds its event to."""
    to = tmp_path_factory.mktemp("lineage") / "events.jsonl"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, str(to))
        yield to


@pytest.fixture(scope="module")
def walked(site: str, lineage: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The manifest as discovered and mended, `registers.yaml`, loaded into `data`."""
    root = tmp_path_factory.mktemp("walked")
    manifest = root / "registers.yaml"
    assert main(["discover", f"{site}/registers", "-o", str(manifest)]) == 0
    text = manifest.read_text(encoding="utf-8")
    mended = text.replace("sources:\n", f"{OWNED}# Checked by hand.\nsources:\n") + METRIC
    manifest.write_text(mended, encoding="utf-8")
    data = ["--data", str(root / "data")]
    assert main(["manifest", "validate", str(manifest)]) == 0
    assert main(["register", str(manifest), *data]) == 0
    assert main(["load", str(manifest), "--quiet", *data]) == 0
    return root


def said(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    capsys.readouterr()
    assert main(list(arguments)) == code
    return capsys.readouterr().out


def test_a_page_becomes_a_manifest_that_knows_periods_columns_and_mode(walked: Path):
    manifest = read(walked / "registers.yaml")
    assert manifest.manifest.publication == "Registers of Care"
    (source,) = manifest.sources
    assert sorted(file.period for file in source.files) == ["2026-03", "2026-04"]
    assert source.grain == "practice"
    assert (source.load_mode, source.load_mode_pattern) == ("append", "point_in_time_snapshot")
    assert source.load_mode_confidence == 0.8 and source.load_mode_reason


def test_its_metric_is_asked_by_command_of_the_last_month(walked: Path, capsys):
    """735 in March; in April 4 more at 20 practices and 4 fewer at 10: 775 of 30,000."""
    data = str(walked / "data")
    told = json.loads(said(capsys, "metric", "on_register", "--json", "--data", data))
    assert told == [{"on_register": pytest.approx(100 * 775 / 30_000)}]
    by = ["--by", "period", "--where", "practice_code=A81001"]
    told = json.loads(said(capsys, "metric", "on_register", *by, "--json", "--data", data))
    assert told == [
        {"period": "2026-03", "on_register": pytest.approx(1.1)},
        {"period": "2026-04", "on_register": pytest.approx(1.5)},
    ]
    assert "on_register: On the register" in said(capsys, "metric", "--data", data)


class Tags(HTMLParser):
    """The tags of a page that would run or fetch anything, and all of its text."""

    def __init__(self) -> None:
        super().__init__()
        self.active: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "link", "img", "iframe", "b") or dict(attrs).get("src"):
            self.active.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_load_is_a_page_that_tells_everything_and_runs_nothing(walked: Path, capsys):
    to = walked / "load.html"
    said(capsys, "page", "2", "-o", str(to), "--data", str(walked / "data"))
    tags = Tags()
    tags.feed(to.read_text(encoding="utf-8"))
    assert tags.active == []  # what the publisher wrote as markup is text
    for words in ("Surgery & <b>sons</b>", "PATIENTS_ON_REGISTER", "30 rows loaded", "None: every"):
        assert words in tags.text
    assert "Content-Security-Policy" in to.read_text(encoding="utf-8")


def test_a_load_that_is_not_there_is_refused(walked: Path, capsys):
    said(capsys, "page", "99", "--data", str(walked / "data"), code=2)


def test_a_load_is_told_to_whoever_follows_lineage(walked: Path, lineage: Path, capsys):
    both = [json.loads(line) for line in lineage.read_text(encoding="utf-8").splitlines()]
    assert [e["inputs"][0]["name"][-10:] for e in both] == ["mar-26.csv", "apr-26.csv"]
    said(capsys, "lineage", "2", "--data", str(walked / "data"))
    event = json.loads(lineage.read_text(encoding="utf-8").splitlines()[-1])
    assert event["run"] == both[1]["run"]
    assert event["eventType"] == "COMPLETE"
    assert event["inputs"][0]["name"] == "/files/care-register-prac-apr-26.csv"
    assert event["outputs"][0]["outputFacets"]["outputStatistics"]["rowCount"] == 30


def test_a_manifest_is_told_in_the_words_of_others(walked: Path, capsys):
    package = json.loads(said(capsys, "describe", str(walked / "registers.yaml")))
    (resource,) = package["resources"]
    assert [f["type"] for f in resource["schema"]["fields"]] == [
        "date", "string", "string", "integer", "integer",
    ]  # fmt: skip


def test_a_suggestion_written_keeps_the_stewards_comment(walked: Path, tmp_path: Path, capsys):
    copy = tmp_path / "copy.yaml"
    copy.write_text((walked / "registers.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    (told,) = json.loads(said(capsys, "suggest", str(copy), "--json", "--write"))
    # The files are not at hand here: names alone say it.
    assert (told["pattern"], told["decision"]) == ("point_in_time_snapshot", "log")
    assert "# Checked by hand." in copy.read_text(encoding="utf-8")


def test_two_data_files_are_compared_and_a_column_that_went_breaks(tmp_path: Path, capsys):
    march, april = tmp_path / "march.csv", tmp_path / "april.csv"
    march.write_text(month("31/03/2026", 0), encoding="utf-8")
    text = month("30/04/2026", 4).replace("PRACTICE_CODE", "GP_CODE").replace(",LIST_SIZE", ",L")
    april.write_text(text, encoding="utf-8")
    told = json.loads(said(capsys, "compare", str(march), str(april), "--json", code=2))
    ((change,),) = (one["changes"] for one in told["comparisons"])
    moved = {r["before"]: r["after"] for r in change["renamed"]}
    assert moved["practice_code"] == "gp_code"
    assert said(capsys, "compare", str(march), str(march)).startswith("march beside march: STABLE")


def test_two_periods_of_a_loaded_source_are_compared_by_its_code(walked: Path, capsys):
    (source,) = read(walked / "registers.yaml").sources
    sides = [f"{source.code}@{period}" for period in ("2026-03", "2026-04")]
    data = ["--data", str(walked / "data")]
    assert "STABLE, 100% of the sources stay" in said(capsys, "compare", *sides, *data)
    said(capsys, "compare", sides[0], f"{source.code}@2019-01", *data, code=2)


FISCAL = Path(__file__).parent / "fiscal"


def test_manifests_are_compared_across_april(capsys):
    march, april = (
        str(FISCAL / f / "gp_registrations.yaml") for f in ("baseline", "fy_transition")
    )
    out = said(capsys, "compare", march, april, "--fiscal-boundary")
    assert "GROWTH, 100% of the sources stay" in out and "+ source gp_reg_lsoa_all" in out
    both = ["compare", april, march, "--fiscal-boundary", "--json"]
    told = json.loads(said(capsys, *both, code=2))
    assert [step["crosses_april"] for step in told["steps"]] == [True]
    assert told["comparisons"][0]["verdict"] == "REDUCTION"


def test_a_new_periods_draft_takes_over_what_the_reference_says(
    walked: Path, tmp_path: Path, capsys
):
    file = tmp_path / "care-register-prac-may-26.csv"
    file.write_text(month("31/05/2026", 2), encoding="utf-8")
    draft, to = tmp_path / "may.yaml", tmp_path / "new.yaml"
    said(capsys, "manifest", "draft", str(file), "-o", str(draft))
    reference = str(walked / "registers.yaml")
    both = [str(draft), "--reference", reference, "-o", str(to), "--data", str(walked / "data")]
    out = said(capsys, "manifest", "enrich", *both)
    assert "100% of the sources are the reference's" in out
    (made,), (known,) = read(to).sources, read(walked / "registers.yaml").sources
    assert (made.code, made.table, made.metrics) == (known.code, known.table, known.metrics)
    assert [file.period for file in made.files] == ["2026-05"]
    assert "# Checked by hand." in to.read_text(encoding="utf-8")
    with closing(Ledger(Layout(walked / "data").registry_url)) as ledger:
        (mapping,), (canonical,) = ledger.mappings(), ledger.canonical_sources()
    assert (mapping["canonical_code"], mapping["match_method"]) == (known.code, "exact")
    assert canonical["canonical_code"] == known.code
    periods = canonical["first_seen_period"], canonical["last_seen_period"]
    assert (periods, canonical["total_loads"], canonical["total_rows_loaded"]) == (
        ("2026-03", "2026-04"),
        2,
        60,
    )


@pytest.mark.golden
def test_golden_datasets_are_run_by_name_and_noted_in_the_registry(walked: Path, capsys):
    folder = str(Path(__file__).parents[2] / "golden" / "publications")
    data = walked / "data"
    run = ["golden", "dementia_jul25", "--folder", folder, "--json", "--data", str(data)]
    (told,) = json.loads(said(capsys, *run))
    assert (told["outcome"], told["sources"], told["rows"]) == ("pass", 3, 41)
    with closing(Ledger(Layout(data).registry_url)) as ledger:
        (kept,) = ledger.golden_datasets()
    assert (kept["name"], kept["expected_sources"], kept["expected_rows"]) == (
        "dementia_jul25",
        3,
        41,
    )
    assert kept["last_tested_at"] is not None
