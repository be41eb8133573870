"""The week's maintenance: what is swept, checked and told every Monday."""

from refresh.operate.health_report import Report
from refresh.publications.keeping import files, loads
from refresh.publications.keeping.task import Step, Task, done

STEPS: dict[str, Step] = {
    "Loads of the last seven days": loads.load_health,
    "Failed loads": loads.failed_loads,
    "Sources that are late": loads.stale_sources,
    "Sources that were never loaded": loads.never_loaded,
    "What belongs to nobody": loads.orphans,
    "Whether files are whole": files.integrity,
    "Files that nothing names": files.unnamed_files,
    "How files lie": files.compaction,
    "The ledger's database": files.database,
}


def weekly(task: Task) -> Report:
    """Sweep, check, and tell how the lake is.

    Takes:  what is asked. Without `execute` orphans are named and left alone.
    Gives:  the report; what could not be done is a section that failed.
    """
    title = f"Health of the lake, week to {task.today:%-d %B %Y}"
    return Report("weekly", title, task.now, done(task, STEPS))
