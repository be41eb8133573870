"""Real files of many publications, drafted and loaded with no hand, held against what is true of
them: the corpus beside the project, whose truth two other readers agree on.
"""

import importlib.util
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from refresh.publications.looking import draft
from refresh.publications.looking.period_words import period_of
from refresh.publications.reading import read

CORPUS = Path(__file__).parents[4] / "shared" / "corpus"

pytestmark = [
    pytest.mark.golden,
    pytest.mark.skipif(not CORPUS.is_dir(), reason="../shared/corpus is not beside the project"),
]


def loaded(path: Path) -> list[dict[str, Any]]:
    """What `load --test --json` would print of a file."""
    return [
        {
            "member": file.sheet or file.extract or None,
            "period": file.period,
            "grain": of.grain,
            "rows_loaded": reading.rows,
            "columns": [vars(column) for column in reading.columns],
        }
        for of in draft([path]).sources
        if of.enabled
        for file in of.files
        for reading in [read(path, of, file)]
    ]


def without_dates(truth: dict[str, Any], got: dict[str, Any]) -> dict[str, Any]:
    """Of a table with more dates across than its truth lists: all but the dates, if all came.

    As it stands, score.py says whole of no such table, whatever was loaded: of the names it wants
    those few alone, and of the sums one of a date that is not among them.
    """
    across = truth.get("date_columns_across") or {"count": 0}
    columns = got["columns"]
    dates = [one for one in columns if period_of(one["published"])]
    is_whole = [one["published"] for one in dates][:: max(1, len(dates) - 1)] == [
        across.get("first"),
        across.get("last"),
    ]
    if across["count"] <= 60 or len(dates) != across["count"] or not is_whole:
        return got
    return got | {"columns": [one for one in columns if one not in dates]}


@pytest.fixture(scope="module")
def scores() -> Counter[str]:
    yaml = pytest.importorskip("yaml")
    spec = importlib.util.spec_from_file_location("score", CORPUS / "score.py")
    assert spec and spec.loader
    score = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(score)
    total: Counter[str] = Counter()
    for file in yaml.safe_load((CORPUS / "truth.yaml").read_text(encoding="utf-8")):
        mine = loaded(CORPUS / "files" / file["file"])
        for truth in file["tables"]:
            near = [t for t in mine if truth["sheet"] in (None, t["member"]) or len(mine) == 1]
            total.update(_judged(score, truth, near))
            total["periods"] += file["period"] is not None
            total["period"] += bool(near) and near[0]["period"] == file["period"] is not None
    return total


def _judged(score: ModuleType, truth: dict[str, Any], near: list[dict[str, Any]]) -> Counter[str]:
    best: Counter[str] = Counter()
    for got in near:
        right = score.judge(truth, got)
        right["header"] |= score.judge(truth, without_dates(truth, got))["header"]
        right["whole"] = all(right[part] for part in ("header", "rows", "numeric", "sums"))
        right["grain"] = got["grain"] == truth["grain"]
        best = max(best, Counter(right), key=lambda one: one.total())
    return best + Counter(tables=1)


def test_of_every_twenty_tables_nineteen_are_whole(scores: Counter[str]):
    assert scores["tables"] > 0
    assert scores["whole"] >= 0.95 * scores["tables"], scores


def test_marks_periods_and_grains_are_right_of_nine_in_ten(scores: Counter[str]):
    assert scores["marks"] >= 0.9 * scores["tables"], scores
    assert scores["grain"] >= 0.9 * scores["tables"], scores
    assert scores["period"] >= 0.9 * scores["periods"], scores
