"""Batch after batch of an invented feed: who gets a version, what a rerun does, what is late.

What must have changed is asked of the CSV files by DuckDB; the lake is looked at as readers do.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from engine import Lake, measure
from engine.claims.summaries import SUMMARIES
from engine.claims.tables.attributes import MEMBER
from engine.metric import AnyMetric, Metric
from engine.summary import Summary, in_parts
from engine.wings import METRICS
from refresh.claims.synthetic.feed import BATCHES, Size, write_feed
from tests.refresh.claims.cases import loaded, refreshed, rows

STAMPS = [f"{on:%Y%m%d}" for on in BATCHES]
TRACKED = {
    "member": ("member_id", ", ".join(column.name for column in MEMBER)),
    "plan": ("plan_id", "effective_year, name, monthly_premium, deductible, oop_max, pcp_copay"),
    "provider": ("provider_id", "npi, name, specialty, street, city, state, zip, phone"),
}


@pytest.fixture(scope="module")
def feed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("feed")
    for _ in write_feed(folder, seed=11, size=Size(300, 900)):
        pass
    return folder


@pytest.fixture(scope="module")
def root(feed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lake of all batches, loaded in three steps; not to be written to."""
    return tmp_path_factory.mktemp("payer")


@pytest.fixture(scope="module")
def lakes(feed: Path, root: Path) -> list[Lake]:
    """The lake after the first four batches, after the fifth and after the sixth."""
    steps = (STAMPS[:4], STAMPS[4:5], STAMPS[5:])
    return [loaded(batches(feed, stamps), root) for stamps in steps]


def batches(feed: Path, stamps: list[str]) -> list[Path]:
    return [
        path for path in sorted(feed.glob("*.csv")) if any(f"_{s}" in path.name for s in stamps)
    ]


def changes(feed: Path, entity: str, stamp: str) -> int:
    """How many rows of a batch say something that the newest row before it of that key does not."""
    key, columns = TRACKED[entity]
    files = f"read_csv('{feed}/{entity}s_*.csv', filename=true, all_varchar=true)"
    (found,) = duckdb.sql(
        f"select count(*) from (select *, row({columns}) as said, lag(row({columns})) over"
        f" (partition by {key} order by filename) as before from {files})"
        f" where filename like '%{stamp}%' and (before is null or said is distinct from before)"
    ).fetchall()[0]
    return int(found)


@pytest.mark.parametrize("entity", TRACKED)
@pytest.mark.parametrize("step", [1, 2])
def test_exactly_those_who_changed_get_a_version(
    feed: Path, lakes: list[Lake], entity: str, step: int
):
    before, after = (lakes[step - 1 + i].scan(f"dim_{entity}").collect() for i in (0, 1))
    wanted = changes(feed, entity, STAMPS[3 + step])
    assert wanted > 0 or entity == "provider"
    assert after.height - before.height == wanted
    began = after.filter(pl.col("valid_from") == pl.lit(BATCHES[3 + step]))
    load = lakes[step].scan("load_batch").filter(entity=f"{entity}s").sort("batch_on").collect()
    assert began.height == load["changed"][-1]
    # Numbers of versions that are there already stay: facts hold them.
    assert set(before[f"{entity}_sk"]) <= set(after[f"{entity}_sk"])
    keys = [TRACKED[entity][0], *(["effective_year"] if entity == "plan" else [])]
    assert after.filter("is_current").height == after.select(keys).n_unique()


def test_a_rerun_changes_nothing(lakes: list[Lake], root: Path):
    outcome = refreshed(root)
    assert (outcome.exit_code, outcome.is_new, outcome.snapshot) == (0, False, lakes[-1].id)


def test_no_row_and_no_cent_is_lost_and_facts_are_what_the_files_say(feed: Path, lakes: list[Lake]):
    for lake in lakes:
        hops = rows(lake, "claims_reconciliation")
        assert hops.height == 15
        assert hops.select(pl.col("^.*_difference.*$").abs().sum()).sum_horizontal().item() == 0
        assert rows(lake, "claims_reject").is_empty()
    newest = duckdb.sql(
        "select count(*), sum(paid_amount * 100)::bigint, count(*) filter (status = 'pending') from"
        f" (select * from read_csv('{feed}/claims_*.csv', filename=true)"
        " qualify row_number() over (partition by claim_id order by filename desc) = 1)"
    ).fetchall()[0]
    claims = rows(lakes[-1], "fact_claim")
    pending = (claims["status"] == "pending").sum()
    assert (claims.height, claims["paid_cents"].sum(), pending) == newest
    assert claims["claim_count"].sum() == claims.height
    numbers = claims.select("member_sk", "plan_sk", "provider_sk").null_count()
    assert numbers.sum_horizontal().item() == 0


def test_a_fact_has_the_version_of_its_own_day(lakes: list[Lake]):
    """Asked of the sealed tables by DuckDB, by the half-open days of the dimension."""
    claims, members = (rows(lakes[-1], name) for name in ("fact_claim", "dim_member"))
    (odd,) = duckdb.sql(
        "select count(*) from claims c left join members m on m.member_id = c.member_id"
        " and c.service_date >= m.valid_from and c.service_date < m.valid_to"
        " where m.member_sk is distinct from c.member_sk"
    ).fetchall()[0]
    assert odd == 0 and claims["member_sk"].n_unique() > claims["member_id"].n_unique()


@pytest.mark.parametrize("table", ["fact_claim", "fact_enrollment"])
def test_years_that_a_batch_does_not_touch_keep_their_files(lakes: list[Lake], table: str):
    before, after = ({f["partition"]: f["sha256"] for f in lake.files(table)} for lake in lakes[1:])
    same = {year for year in before if before[year] == after[year]}
    assert {"2022", "2023"} <= same and "2025" not in same


@pytest.mark.parametrize("summary", SUMMARIES, ids=lambda summary: summary.name)
def test_kept_sums_and_facts_answer_the_same(lakes: list[Lake], summary: Summary):
    """Every metric that adds up, by every dimension that it is kept by, alone and narrowed."""
    lake = lakes[-1]
    kept = [one.name for one in SUMMARIES]
    tables = {name: said for name, said in lake.manifest["tables"].items() if name not in kept}
    of_facts = Lake(lake.layout, {**lake.manifest, "tables": tables})
    asked = [m for m in METRICS.values() if answers(summary, m) and m.over is None]
    assert {"paid", "member_months"} & {metric.name for metric in asked}
    plan = measure(lake, asked, summary.columns, {"year": "2024"}).explain()
    assert f"{summary.name}/" in plan and f"/{summary.of.name}/" not in plan
    for by, where in (
        ([], None),
        (["month__quarter"], {"year": ["2024", "2025"]}),
        *(([name], {summary.columns[-1]: None}) for name in summary.columns),
        *(([name], {"year": "2025"}) for name in summary.columns),
    ):
        ours, theirs = (measure(one, asked, by, where).collect() for one in (lake, of_facts))
        assert_frame_equal(ours, theirs, check_exact=True)


def answers(summary: Summary, metric: AnyMetric) -> bool:
    """Whether a metric is of the summary's fact and made of nothing but what it holds."""
    return (
        isinstance(metric, Metric)
        and (metric.table, metric.aggregation) == (summary.of.name, "sum")
        and all(
            value.meta.is_literal() or summary.column_of(value)
            for value in (in_parts(metric), metric.denominator)
            if value is not None
        )
    )


def test_the_order_in_which_batches_come_does_not_matter(
    feed: Path, lakes: list[Lake], tmp_path: Path
):
    """The newest first, then those that are late."""
    late = None
    for stamps in (STAMPS[5:], STAMPS[:2] + STAMPS[4:5], STAMPS[2:4]):
        late = loaded(batches(feed, stamps), tmp_path)
    for table in ("dim_member", "dim_plan", "dim_provider", "fact_enrollment", "member_month"):
        assert {f["sha256"] for f in late.files(table)} == {
            f["sha256"] for f in lakes[-1].files(table)
        }, table
    key = ["claim_id", "entry"]
    assert rows(late, "fact_claim").sort(key).equals(rows(lakes[-1], "fact_claim").sort(key))


@pytest.fixture
def copy(lakes: list[Lake], root: Path, tmp_path: Path) -> Iterator[Path]:
    yield Path(shutil.copytree(root, tmp_path / "copy"))


@pytest.mark.parametrize("absent", ["ignore", "close"])
def test_a_file_that_was_cut_short_closes_nobody(feed: Path, tmp_path: Path, absent: str):
    whole = feed / f"members_{STAMPS[-1]}2359_s11.csv"
    lines = whole.read_text(encoding="utf-8").splitlines(keepends=True)
    cut = tmp_path / "members_202601312359.csv"
    cut.write_text("".join(lines[: len(lines) // 5]), encoding="utf-8")
    lake = loaded([whole, cut], tmp_path / "lake", absent=absent)
    members = rows(lake, "dim_member")
    assert members["is_current"].sum() == members["member_id"].n_unique() == len(lines) - 1
    load = rows(lake, "load_batch").filter(entity="members").sort("batch_on")
    assert load["warning"][0] is None and "cut short" in load["warning"][1]


def test_a_file_that_was_altered_under_its_name_replaces_itself(feed: Path, copy: Path):
    """The newest claims file once more, one claim of it taken out and one paid a cent more."""
    path = copy / "mirror" / f"claims_{STAMPS[-1]}2359_s11.csv"
    header, first, second, *rest = path.read_text(encoding="utf-8").splitlines(keepends=True)
    cells = second.split(",")
    cells[7] = f"{float(cells[7]) + 0.01:.2f}"
    path.write_text("".join([header, ",".join(cells), *rest]), encoding="utf-8")
    lake = loaded([], copy)
    loads = rows(lake, "load_batch").filter(entity="claims").sort("batch_on", "revision")
    assert loads["status"].to_list() == ["used"] * 5 + ["replaced", "used"]
    assert loads["row_count"][-1] == loads["row_count"][-2] - 1
    claims = rows(lake, "fact_claim")
    assert first.split(",")[0] not in claims["claim_id"] or first.split(",")[0] in "".join(
        p.read_text(encoding="utf-8") for p in feed.glob("claims_*.csv") if p.name != path.name
    )
    paid = claims.filter(claim_id=second.split(",")[0])["paid_cents"].item()
    assert paid == round(float(cells[7]) * 100)
    hops = rows(lake, "claims_reconciliation")
    assert hops.select(pl.col("^.*_difference.*$").abs().sum()).sum_horizontal().item() == 0
