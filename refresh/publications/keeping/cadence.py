"""Which report is due how often."""

from collections.abc import Callable, Mapping

from refresh.operate.health_report import Report
from refresh.publications.keeping.monthly import monthly
from refresh.publications.keeping.quarterly import quarterly
from refresh.publications.keeping.task import Task
from refresh.publications.keeping.weekly import weekly

REPORTS: Mapping[str, Callable[[Task], Report]] = {
    "weekly": weekly,
    "monthly": monthly,
    "quarterly": quarterly,
}
