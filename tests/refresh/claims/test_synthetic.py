"""The invented feed keeps every rule that a payer's claims keep; asked of its files by DuckDB.

DuckDB reads the CSV files as they were written: nothing of ours stands between them and the rules.
"""

import json
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pytest

from refresh.claims.synthetic.feed import ABOUT, BATCHES, Size, write_feed
from refresh.claims.synthetic.scenarios import scenarios

Ask = Callable[[str], list[tuple]]
SCALE = 0.04
ENTITIES = ("members", "plans", "providers", "enrollments", "claims")


def written(folder: Path, seed: int = 3, scale: float = SCALE) -> Path:
    for _ in write_feed(folder, seed=seed, size=Size.scaled(scale)):
        pass
    return folder


@pytest.fixture(scope="module")
def feed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("feed"))


@pytest.fixture(scope="module")
def ask(feed: Path) -> Ask:
    """Rows of a query over views: an entity with its `batch`, and `newest_<entity>`."""
    db = duckdb.connect()
    for entity in ENTITIES:
        key = f"{entity.rstrip('s')}_id"
        # A table: the files are read once, however much is asked of them.
        db.execute(
            f"create table {entity} as select *, filename as batch"
            f" from read_csv('{feed}/{entity}_*.csv', filename=true)"
        )
        db.execute(
            f"create view newest_{entity} as select * from {entity}"
            f" qualify row_number() over (partition by {key} order by batch desc) = 1"
        )
    return lambda query: db.execute(query).fetchall()


def nobody(ask: Ask, query: str) -> None:
    assert ask(query)[0][0] == 0


def test_the_same_seed_gives_the_same_bytes_and_another_gives_others(feed: Path, tmp_path: Path):
    again = written(tmp_path / "again")
    names = sorted(path.name for path in feed.glob("*.csv"))
    assert len(names) == len(BATCHES) * len(ENTITIES)
    assert all((feed / n).read_bytes() == (again / n).read_bytes() for n in names)
    other = written(tmp_path / "other", seed=4, scale=0.01)
    assert {p.name.replace("_s4", "_s3") for p in other.glob("*.csv")} == set(names)


def test_the_manifest_says_what_was_written(feed: Path, ask: Ask):
    told = json.loads((feed / ABOUT / "manifest.json").read_text(encoding="utf-8"))
    rows = dict(ask("select parse_filename(batch), count(*) from claims group by 1"))
    assert {f["name"]: f["rows"] for f in told["files"] if f["name"].startswith("claims")} == rows
    assert told["seed"] == 3 and all(len(f["sha256"]) == 64 for f in told["files"])


@pytest.mark.parametrize(
    "broken",
    [
        "paid_amount > allowed_amount or allowed_amount > claim_amount or claim_amount <= 0",
        "status <> 'approved' and paid_amount <> 0",
        "(status = 'approved') <> (clean_claim_status = 'PAID')",
        "(status = 'approved') <> (clean_claim_out is not null)",
        "clean_claim_out < claim_from",
        "year(service_date)::varchar <> substr(plan_id, 4, 4)",
        "claim_type = 'RX' and (drug is null or procedure_code <> 'N/A')",
        "claim_type <> 'RX' and cpt is null",
        "channel = 'IP' and hcg_units_days < 1",
        "claim_type = 'Facility' and ms_drg is null",
    ],
)
def test_no_claim_breaks_a_rule(ask: Ask, broken: str):
    nobody(ask, f"select count(*) from claims where {broken}")


def test_every_claim_lies_in_a_cover_of_its_plan(ask: Ask):
    nobody(
        ask,
        "select count(*) from newest_claims c anti join newest_enrollments e"
        " on e.member_id = c.member_id and e.plan_id = c.plan_id"
        " and c.service_date between e.start_date and e.end_date",
    )


def test_covers_of_a_member_do_not_overlap_and_have_days(ask: Ask):
    nobody(ask, "select count(*) from newest_enrollments where end_date < start_date")
    nobody(
        ask,
        "select count(*) from newest_enrollments a join newest_enrollments b"
        " on a.member_id = b.member_id and a.enrollment_id < b.enrollment_id"
        " and a.start_date <= b.end_date and b.start_date <= a.end_date",
    )


def test_care_fits_age_and_sex(ask: Ask):
    kinds = scenarios().filter(scenarios()["cpt"] != "")
    odd = 0
    for cpt, dx, low, high, sex in kinds.select(
        "cpt", "diagnosis", "age_low", "age_high", "sex"
    ).iter_rows():
        # Several kinds may share a code: a claim must fit one of them.
        alike = kinds.filter((kinds["cpt"] == cpt) & (kinds["diagnosis"] == dx))
        low, high = alike["age_low"].min(), alike["age_high"].max()
        wrong_sex = f"or m.gender = '{'M' if sex == 'F' else 'F'}'" if sex else ""
        odd += ask(
            "select count(*) from newest_claims c join newest_members m using (member_id)"
            f" where c.cpt = '{cpt}' and c.diagnosis_code = '{dx}' and (date_sub('year', m.dob,"
            f" c.service_date) not between {low} and {high} {wrong_sex})"
        )[0][0]
    assert odd == 0


def test_a_member_never_pays_more_than_the_plan_asks_in_a_year(ask: Ask):
    nobody(
        ask,
        "with shares as (select member_id, plan_id, sum(allowed_amount - paid_amount) as share"
        " from newest_claims where status = 'approved' group by all)"
        " select count(*) from shares join newest_plans using (plan_id)"
        " where share > oop_max + 0.001",
    )


def test_dearer_tiers_ask_more_each_month_and_less_of_the_sick(ask: Ask):
    rows = ask(
        "select median(monthly_premium), median(deductible) from newest_plans group by metal_tier"
        " order by array_position(['Bronze', 'Silver', 'Gold', 'Platinum'], metal_tier)"
    )
    premiums, deductibles = zip(*rows, strict=True)
    assert len(rows) == 4
    assert list(premiums) == sorted(premiums) and list(deductibles) == sorted(
        deductibles, reverse=True
    )


def test_the_metal_of_a_member_is_that_of_the_plan(ask: Ask):
    """Of those who have one plan in the newest year; who switched may have another."""
    nobody(
        ask,
        "with one as (select member_id, min(plan_id) as plan_id from newest_enrollments"
        " where year(start_date) = 2025 group by 1 having count(*) = 1)"
        " select count(*) from one join newest_members m using (member_id)"
        " join newest_plans p using (plan_id) where m.plan_metal <> p.metal_tier",
    )


def test_every_npi_passes_its_check_digit(ask: Ask):
    """Luhn's sum over 80840 and the number, worked here digit by digit."""
    for (npi,) in ask("select distinct npi::varchar from providers"):
        digits = np.array([int(d) for d in f"80840{npi}"])[::-1]
        doubled = digits[1::2] * 2
        assert (digits[::2].sum() + (doubled // 10 + doubled % 10).sum()) % 10 == 0


def test_members_persist_and_some_move_fall_ill_and_leave(ask: Ask):
    per_batch = ask("select count(*) from members group by batch order by batch")
    assert [n for (n,) in per_batch] == sorted(n for (n,) in per_batch)
    moved, ill = ask(
        "with seen as (select member_id, count(distinct street) as streets,"
        " count(distinct clinical_segment) as segments from members group by 1)"
        " select count(*) filter (streets > 1), count(*) filter (segments > 1) from seen"
    )[0]
    (members,) = ask("select count(*) from newest_members")[0]
    assert 0 < moved < members / 2 and 0 < ill < members / 2
    (covered,) = ask(
        "select count(distinct member_id) from newest_enrollments where year(start_date) = 2025"
    )[0]
    assert covered < members * 0.9


def test_claims_come_late_and_are_decided_late(ask: Ask):
    """Each batch has claims that an earlier one had pending; none goes back to pending."""
    late = ask(
        "select count(*) from claims a join claims b using (claim_id) where a.batch < b.batch"
        " and a.status = 'pending' and b.status = 'approved'"
    )[0][0]
    back = ask(
        "select count(*) from claims a join claims b using (claim_id) where a.batch < b.batch"
        " and b.status = 'pending' and a.status <> 'pending'"
    )[0][0]
    assert late > 100 and back == 0
    december, november, october = (
        ask(
            f"select count(*) from newest_claims where service_date >= '2025-{m}-01'"
            f" and service_date < '2025-{m}-29'"
        )[0][0]
        for m in (12, 11, 10)
    )
    assert december < 0.8 * october, "the newest month lacks what has not been sent yet"
    assert november > december


def test_outbreaks_are_labelled_beside_the_feed_and_are_where_they_should_be(feed: Path, ask: Ask):
    rows = ask(
        "select o.outbreak, count(*), min(c.service_date)::varchar, max(c.service_date)::varchar,"
        " count(distinct c.provider_id), min(c.provider_id), min(c.diagnosis_code),"
        " count(distinct c.diagnosis_code), min(c.claim_type), min(c.channel)"
        f" from read_csv('{feed}/{ABOUT}/outbreaks.csv') o join newest_claims c using (claim_id)"
        " group by 1 order by 1"
    )
    ebola, radiation = rows
    assert ebola[:2] == ("ebola", round(1000 * SCALE)) and ebola[4:8] == (1, "PRV00101", "A98.4", 1)
    assert "2024-03-04" <= ebola[2] <= ebola[3] <= "2024-04-20"
    assert radiation[:2] == ("radiation", round(300 * SCALE)) and radiation[5] == "PRV00102"
    assert ebola[8:] == radiation[8:] == ("Facility", "IP")
    specialty = ask("select distinct specialty from providers where provider_id = 'PRV00101'")
    assert specialty == [("Infectious Disease",)]
    elsewhere = ask("select count(*) from newest_claims where diagnosis_code = 'A98.4'")[0][0]
    assert elsewhere == ebola[1]


def test_every_kind_of_care_is_there_and_chronic_care_leads(ask: Ask):
    assert scenarios().height == 106
    types = dict(ask("select claim_type, count(*) from newest_claims group by 1"))
    assert set(types) == {"Professional", "Facility", "RX"}
    (leap,) = ask("select count(*) from newest_enrollments where end_date = '2024-12-31'")[0]
    assert leap > 0, "the last day of a leap year is covered"
