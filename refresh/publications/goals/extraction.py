"""Goal 1: the golden datasets, read again, beside what a person counted in them."""

from collections.abc import Sequence
from pathlib import Path

from refresh.publications.goals.figures import Figures, figure, share
from refresh.publications.golden import Report
from refresh.publications.golden_run import golden_folders, noted, run_golden

_NAMES = ("rows_extracted", "tables_detected", "column_types_right")


def extraction(data: Path, folder: Path) -> tuple[Figures, list[Report]]:
    """Goal 1, and what came of each golden dataset, which is noted in the registry, too.

    Takes:  the data folder; the folder of golden datasets.
    """
    folders = golden_folders(folder) if folder.is_dir() else []
    reports = [run_golden(one) for one in folders]
    noted(data, list(zip(folders, reports, strict=True)))
    return extracted(reports), reports


def extracted(reports: Sequence[Report]) -> Figures:
    """The figures of goal 1.

    Takes:  what came of each dataset. Those that are not here, or that their publisher changed, say
            nothing of our reading.
    """
    mine = [report for report in reports if report.outcome in ("pass", "regression")]
    if not mine:
        return Figures(missing=dict.fromkeys(_NAMES, "no golden dataset is here"))
    # More rows than there are is as wrong as fewer.
    rows = sum(max(0, r.expected_rows - abs(r.expected_rows - r.rows)) for r in mine)
    parts = (
        (rows, sum(report.expected_rows for report in mine)),
        *(
            tuple(sum(pair[at] for pair in pairs) for at in (0, 1))
            for pairs in ([r.tables for r in mine], [r.columns for r in mine])
        ),
    )
    found = Figures()
    for name, (got, of) in zip(_NAMES, parts, strict=True):
        note = f"{got:,} of {of:,}, in {len(mine)} golden datasets"
        found |= figure(name, share(got, of), note, note)
    return found
