"""How the columns of a declared source moved from one release to the next, told in the ledger."""

from contextlib import closing
from pathlib import Path
from typing import Any

from engine import open_lake
from engine.lake import Layout
from engine.publications.operations.schema import changes
from refresh.pipeline import run
from refresh.store.ledger import Ledger
from refresh.store.records import now
from tests.refresh.files import workbook
from tests.refresh.mirrors import (
    NEWEST,
    PRACTICES,
    code,
    lay_out,
    members,
    packed,
    table,
    zip_of,
)

GROUP, SUB_ICB = "Current Clinical Commissioning Group Code", "Current Sub ICB Loc Code"
USUAL = ["PCN Code", "PCN Name", GROUP, "Open Date", "Close Date", "Postcode"]
AFTER = ["PCN Code", "PCN Name", SUB_ICB, "Open Date", "Close Date", "Address Line 1"]
BROKEN = ["PCN Code", SUB_ICB, "Open Date", "Close Date", "Address Line 1"]


def networks(mirror: Path, period: str, header: list[str]) -> None:
    """A release of the networks' workbook under these headers."""
    members = [["Partner Organisation Code", "PCN Code"]]
    members[0] += [f"Practice to PCN Relationship {day} Date" for day in ("Start", "End")]
    members += [[f"A8{i:04}", f"U{i:05}", "20190701", None] for i in range(12)]
    cells: dict[str, Any] = {"Open Date": "20190701", "Close Date": None, "Postcode": "TS18 1HU"}
    details = [header]
    for i in range(12):
        own = {"PCN Code": f"U{i:05}", "PCN Name": f"NETWORK {i}", GROUP: "00A", SUB_ICB: "00A"}
        details.append([(cells | own).get(name, "1 HIGH STREET") for name in header])
    path = mirror / f"ods/{period}/ePCN.xlsx"
    path.parent.mkdir(parents=True)
    path.write_bytes(workbook(**{"PCNDetails": details, "PCN Core Partner Details": members}))


def drifts(data: Path) -> list[dict[str, Any]]:
    with closing(Ledger(Layout(data).registry_url)) as ledger:
        return ledger.drifts("ods_networks")


def test_columns_of_a_declared_source_that_came_went_or_were_renamed_are_told_once(tmp_path: Path):
    data, mirror = tmp_path / "data", tmp_path / "mirror"
    networks(mirror, "2026-02", USUAL)
    run(("ods_networks",), data=data, mirror=str(mirror))
    assert drifts(data) == []
    networks(mirror, "2026-03", AFTER)
    run(("ods_networks",), data=data, mirror=str(mirror))
    came, went, renamed = drifts(data)
    assert {one["period"] for one in (came, went, renamed)} == {"2026-03"}
    assert (came["drift_type"], came["details"]["columns"]) == ("new_columns", ["ADDRESS_LINE_1"])
    assert (went["drift_type"], went["severity"]) == ("missing_columns", "warning")
    assert went["details"]["columns"] == ["POSTCODE"] and went["auto_resolved"]
    names = {
        "CURRENT_CLINICAL_COMMISSIONING_GROUP_CODE": "CURRENT_SUB_ICB_LOC_CODE",
    }
    assert (renamed["drift_type"], renamed["details"]["renamed"]) == ("renamed_columns", names)
    # What is stored is read again when contracts change: nothing was published by that.
    with closing(Ledger(Layout(data).registry_url)) as ledger:
        for release, _ in ledger.releases("ods_networks", demonstration=False):
            ledger.load_again(release)
    run(("ods_networks",), data=data, mirror=str(mirror), offline=True)
    assert len(drifts(data)) == 3
    # The page of schemas counts them as it counts those of registered sources.
    (row,) = changes(open_lake(data), now()).collect().to_dicts()
    assert (row["source_code"], row["changes"]) == ("ods_networks", 3)
    # A column that the contract cannot do without breaks those who read it.
    networks(mirror, "2026-04", BROKEN)
    run(("ods_networks",), data=data, mirror=str(mirror))
    broken = drifts(data)[-1]
    assert (broken["period"], broken["severity"]) == ("2026-04", "error")
    assert broken["details"]["columns"] == ["PCN_NAME"] and not broken["auto_resolved"]


def test_a_column_of_numbers_that_became_text_is_told_though_its_part_is_refused(tmp_path: Path):
    data, mirror = tmp_path / "data", tmp_path / "mirror"
    lay_out(mirror, {zip_of("2022-23"): packed(members("2022-23"))})
    run(("qof",), data=data, mirror=str(mirror))
    in_words = table(
        "PRACTICE_CODE,GROUP_CODE,REGISTER,PATIENT_LIST_TYPE,PRACTICE_LIST_SIZE",
        *(f"{code(i)},AF,{100 + i},TOTAL,{5_000 + i} patients" for i in PRACTICES),
    )
    lay_out(mirror, {zip_of(NEWEST): packed(members(NEWEST) | {"PREVALENCE_2324.csv": in_words})})
    outcome = run(("qof",), data=data, mirror=str(mirror))
    assert outcome.exit_code == 1
    with closing(Ledger(Layout(data).registry_url)) as ledger:
        (told,) = ledger.drifts("qof")
    assert (told["period"], told["drift_type"], told["severity"]) == (
        NEWEST,
        "type_change",
        "error",
    )
    assert told["details"] == {
        "part": "prevalence",
        "column": "list_size",
        "was": "int64",
        "is": "string",
    }
