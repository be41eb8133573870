"""Metrics that a manifest declares: sealed with the snapshot, rolled up, refused. Sums by hand."""

from pathlib import Path

import msgspec
import polars as pl
import pytest

from engine import Lake, measure, open_lake
from engine.errors import BadQuestion, UnknownName
from engine.lake import Layout
from engine.publications.metrics import FACT
from engine.table import TYPES, Column, Table
from engine.wings import table as contract_of
from refresh.publications.manifest import (
    Described,
    Manifest,
    ManifestColumn,
    ManifestMetric,
    TableOf,
)
from refresh.publications.metric_entries import entries_of, wrong_metrics
from refresh.store.seal import Draft
from tests.conftest import rows, whole
from tests.refresh.publications.real_files import read

DIAGNOSED = ManifestMetric(
    name="dementia_diagnosed", label="Diagnosed with dementia", numerator="diagnosed",
    denominator="estimated", format="percent", better="higher",
)  # fmt: skip
LISTED = ManifestMetric(name="patients_65", label="Patients over 65", numerator="listed")


def source(
    *columns: str, metrics: tuple[ManifestMetric, ...], table: str = "tbl_p", **said: object
) -> TableOf:
    """A source with columns such as `n:int64`, of text where none is said."""
    split = [column.partition(":") for column in columns]
    made = [ManifestColumn(name=n, dtype=t or "string") for n, _, t in split]
    return TableOf(code="p", name="p", table=table, columns=made, metrics=list(metrics), **said)


def manifest(*sources: TableOf) -> Manifest:
    return Manifest(manifest=Described(name="m", owner="a@nhs.test"), sources=list(sources))


def entries(of: Manifest) -> list:
    return [entry for source in of.sources for entry in entries_of(source, owner="o")]


def lake(folder: Path, of: Manifest, **tables: pl.DataFrame) -> Lake:
    """What was loaded of a manifest, and of the atlas, sealed by the real code."""
    draft = Draft(Layout(folder))
    for name, frame in tables.items():
        columns = [Column(c, t, c) for c, t in frame.schema.items()]
        contract = Table(name, "a row", name, (), tuple(columns), "o")
        if name == "practice_geography":
            contract = contract_of(name)
        draft.declare(contract)
        frame = whole(frame, contract)
        for year in frame["year"].unique() if contract.partition else [None]:
            part = frame if year is None else frame.filter(pl.col("year") == year)
            draft.keep(contract, draft.write(contract, part, partition=year, inputs=""))
    draft.seal(inputs="", releases=[], coverage={}, **{FACT: entries(of)})
    return open_lake(folder)


PRACTICES = """
year    | practice_code | pcn_code | sub_icb_code | icb_code | region_code
2023-24 | A00001        | U00001   | 01A          | QOP      | Y62
2023-24 | A00002        | U00001   | 01A          | QOP      | Y62
2024-25 | A00001        | U00001   | 02B          | QRL      | Y62
2024-25 | A00002        | U        | 02B          | QRL      | Y62
"""
COUNTED = """
_period | org    | diagnosed | estimated | listed
2024-03 | A00001 | 10        | 40        | 400
2024-03 | A00002 | 30        | 60        | 600
2025-11 | A00001 | 11        | 44        | 410
2025-11 | A00002 |           | 56        | 590
2025-11 | ENG    | 11        | 100       | 1000
"""
TYPED = {"_period": "string", "org": "string"} | dict.fromkeys(
    ("diagnosed", "estimated", "listed"), "int64"
)


@pytest.fixture(scope="module")
def dementia(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Two periods of two practices, and a row for England that is no practice."""
    of = source(
        "org", "diagnosed:int64", "estimated:int64", "listed:int64",
        metrics=(DIAGNOSED, LISTED), grain="practice", grain_column="org",
        total_rows={"org": "ENG"}, load_mode_pattern="point_in_time_snapshot",
    )  # fmt: skip
    schema = {name: TYPES[dtype] for name, dtype in TYPED.items()}
    counted = rows(COUNTED, schema).with_columns(_is_total=pl.col("org") == "ENG")
    return lake(
        tmp_path_factory.mktemp("dementia"),
        manifest(of),
        tbl_p=counted,
        practice_geography=rows(PRACTICES, contract_of("practice_geography")),
    )


def asked(lake: Lake, *metrics: str, by: tuple[str, ...], **where: str) -> list[tuple]:
    return measure(lake, metrics, by=by, where=where or None).collect().rows()


def test_a_share_is_a_sum_over_a_sum_of_those_who_have_both(dementia: Lake):
    """2024-03: 40 of 100. 2025-11: 11 of 44, for the other practice tells no numerator."""
    expected = [("2024-03", 40.0), ("2025-11", 25.0)]
    assert asked(dementia, "dementia_diagnosed", by=("period",)) == expected


def test_practices_roll_up_by_where_they_belonged_then(dementia: Lake):
    """March 2024 lies in 2023-24; of 2025-26 nothing is known, so the newest mapping counts."""
    expected = [("2024-03", "QOP", 40.0, 1000), ("2025-11", "QRL", 25.0, 1000)]
    assert (
        asked(dementia, "dementia_diagnosed", "patients_65", by=("period", "icb_code")) == expected
    )


def test_a_practice_without_a_network_is_in_none(dementia: Lake):
    found = asked(dementia, "patients_65", by=("pcn_code",), period="2025-11")
    assert found == [("U00001", 410), (None, 590)]


def test_a_state_does_not_add_up_over_time_and_its_last_day_speaks(dementia: Lake):
    assert asked(dementia, "patients_65", by=()) == [(1000,)]


def test_flows_add_up_over_time(tmp_path: Path):
    of = source(
        "org", "seen:int64", grain="trust", grain_column="org",
        load_mode_pattern="incremental_transactional",
        metrics=(ManifestMetric(name="seen", label="Seen", numerator="seen"),),
    )  # fmt: skip
    frame = pl.DataFrame({"_period": ["2025-01", "2025-02"], "org": ["R0A", "R0A"], "seen": [3, 4]})
    found = lake(tmp_path, manifest(of), tbl_p=frame)
    assert asked(found, "seen", by=()) == [(7,)]
    with pytest.raises(BadQuestion, match="`seen` cannot be asked by `icb_code`"):
        asked(found, "seen", by=("icb_code",))


def test_a_metric_is_known_to_its_own_lake_only(dementia: Lake, tmp_path: Path):
    other = lake(tmp_path, manifest(), tbl_p=pl.DataFrame({"a": ["x"]}))
    with pytest.raises(UnknownName, match="dementia_diagnosed"):
        asked(other, "dementia_diagnosed", by=())
    with pytest.raises(UnknownName, match="dementia_diagnosed"):  # it tells which there are
        asked(dementia, "nobody_declared_this", by=())


@pytest.mark.parametrize(
    ("columns", "metric", "why"),
    [
        (["rate:float64"], {"numerator": "rate"}, "does not add up"),
        (["average_wait:float64"], {"numerator": "average_wait"}, "does not add up"),
        (["n:int64"], {"numerator": "m"}, "no column `m`; there are n"),
        (["n"], {"numerator": "n"}, "`n` is no number but string"),
        (["n:int64"], {"numerator": "n", "format": "percent"}, "a percent needs a denominator"),
        (["n:int64"], {"numerator": "n", "grain": "org"}, "no column `org`"),
        (["n:int64"], {"numerator": "n", "name": "net"}, "choose another"),
    ],
)
def test_what_the_grain_does_not_allow_is_refused_in_words(columns, metric, why):
    said = {"name": "own", "label": "Own"} | metric
    of = manifest(source(*columns, metrics=(msgspec.convert(said, ManifestMetric),)))
    (told,) = wrong_metrics(of)
    assert why in told and told.startswith(f"p, metric `{said['name']}`")
    assert entries(of) == []


def test_rows_of_several_levels_need_to_say_which_counts():
    of = source("level", "n:int64", metrics=(LISTED,), grain="mixed")
    listed = msgspec.structs.replace(LISTED, numerator="n")
    without = msgspec.structs.replace(of, metrics=[listed])
    with_level = msgspec.structs.replace(listed, where={"level": "GP"})
    assert "several levels" in wrong_metrics(manifest(without))[0]
    assert wrong_metrics(manifest(msgspec.structs.replace(of, metrics=[with_level]))) == []


@pytest.mark.golden
def test_real_appointments_are_counted_and_shared(tmp_path: Path):
    """The corpus's Dorset file: attended of all whose fate is known, by month, beside Polars."""
    published = read("corpus/files/29-gp-appointments-regional-csv/Regional_CSV_Dorset.csv")
    frame = published.select(pl.all().name.to_lowercase()).with_columns(
        pl.col("count_of_appointments").cast(pl.Int64), _period=pl.lit("2021-08")
    )
    counted = ManifestMetric(
        name="appointments", label="Appointments", numerator="count_of_appointments"
    )
    with_gp = msgspec.structs.replace(counted, name="gp_appointments", where={"hcp_type": "GP"})
    columns = (f"{n}:int64" if n == "count_of_appointments" else n for n in frame.columns[:-1])
    of = source(*columns, metrics=(counted, with_gp), grain="sub_icb", grain_column="ccg_code")
    found = measure(
        lake(tmp_path, manifest(of), tbl_p=frame),
        ["appointments", "gp_appointments"],
        by=["appointment_month"],
    ).collect()
    assert found.height == 30
    march = frame.filter(pl.col("appointment_month") == "MAR2019")
    expected = march.filter(pl.col("hcp_type") == "GP")["count_of_appointments"].sum()
    row = found.row(by_predicate=pl.col("appointment_month") == "MAR2019", named=True)
    assert (row["appointments"], row["gp_appointments"]) == (
        march["count_of_appointments"].sum(),
        expected,
    )
    with pytest.raises(BadQuestion, match="cannot be asked by `pcn_code`"):
        asked(open_lake(tmp_path), "appointments", by=("pcn_code",))


@pytest.mark.golden
def test_real_network_staff_roll_up_by_the_codes_in_their_rows(tmp_path: Path):
    """PCN Workforce, March and June 2022: full-time equivalents of the last month, by ICB."""
    months = {"2022-03": "032022", "2022-06": "062022"}
    frames = [
        read(f"real/workforce/pcn/PCNWFIndividualCSV.{name}.zip", ".csv")
        .select(pl.all().name.to_lowercase())
        .with_columns(pl.col("fte").cast(pl.Float64), _period=pl.lit(period))
        for period, name in months.items()
    ]
    fte = ManifestMetric(name="network_fte", label="Staff of networks", numerator="fte", unit="FTE")
    columns = (f"{name}:float64" if name == "fte" else name for name in frames[0].columns[:-1])
    of = source(
        *columns, metrics=(fte,), grain="pcn", grain_column="pcn_code",
        load_mode_pattern="point_in_time_snapshot",
    )  # fmt: skip
    found = lake(tmp_path, manifest(of), tbl_p=pl.concat(frames))
    (england,) = asked(found, "network_fte", by=())
    assert england[0] == pytest.approx(frames[1]["fte"].sum())
    by_board = measure(found, ["network_fte"], by=["icb_code"]).collect()
    assert by_board["network_fte"].sum() == pytest.approx(england[0])
    assert by_board.height == frames[1]["icb_code"].n_unique()
