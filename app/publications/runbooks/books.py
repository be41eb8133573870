"""The four runbooks, as data: how it is noticed, and what is done, by whom and where.

A command has names in it (`{source}`) that the page fills in where its address says them.
"""

from dataclasses import dataclass

from engine.access import Action

NAMES = {
    "source": "SOURCE",
    "manifest": "MANIFEST.yaml",
    "request": "N",
    "reason": "WORDS",
    "days": "DAYS",
}
"""What stands in a command where nobody said: by name, the word that stands for it."""


@dataclass(frozen=True)
class Step:
    """One step.

    words    what is done, and what it shows
    command  by which command; page: on which page of the app, below the front of the house
    may      what one must be allowed to do for it
    """

    words: str
    command: str = ""
    page: str = ""
    may: Action = "view"

    def asked(self, given: dict[str, str]) -> str:
        """The command with what is known filled in."""
        return self.command.format(**{name: given.get(name) or NAMES[name] for name in NAMES})


@dataclass(frozen=True)
class Runbook:
    """One runbook: its address below /runbooks, what has happened, how it is noticed, the steps.

    well  how one sees that it is well again
    """

    name: str
    title: str
    detect: str
    steps: tuple[Step, ...]
    well: Step
    within: str = ""


RUNBOOKS: tuple[Runbook, ...] = (
    Runbook(
        "failed-load",
        "A load failed",
        "A load ended as failed or rolled back: an alert says so, and so does the load health. What"
        " was live stays live, so that readers have the release before.",
        (
            Step(
                "Read what failed. The message names file, column and row, and its next step is"
                " right in most cases.",
                "python -m refresh history {source}",
                "operations/loads?source={source}&status=failed",
            ),
            Step(
                "Columns that are gone, or five new ones and more, wait for a yes: see what it"
                " would do, and decide. Once it is said, load again.",
                'python -m refresh approve {request} --reason "{reason}"',
                "operations/reviews",
                may="approve",
            ),
            Step(
                "Is the address alive, and is the manifest valid? One that moved is drafted anew"
                " from the publication's page (manifest draft, discover).",
                "python -m refresh manifest validate {manifest} --check-urls",
            ),
            Step(
                "Load it again, with the report of every gate. --force reads bytes anew that were"
                " refused before; Refresh on the page of load health asks the publisher again.",
                "python -m refresh load {manifest} --validate --force",
                "operations",
                may="load",
            ),
            Step(
                "If it fails still, say to those who read it that it is on its way out, until the"
                " publisher has mended it.",
                'python -m refresh deprecate {source} --reason "{reason}"',
                "operations/source?code={source}",
                may="deprecate",
            ),
            Step(
                "Tell its owner; the registry says who that is, and so does the catalogue.",
                "python -m refresh list",
                "catalogue?q={source}",
            ),
        ),
        Step(
            "Well again when the newest load of the source is completed.",
            "python -m refresh history {source}",
            "operations/loads?source={source}",
        ),
        within="24 hours",
    ),
    Runbook(
        "orphaned-table",
        "A table belongs to nobody",
        "A table, a folder or loads have no source in the registry; or a source has lost its table."
        " The week's maintenance lists them.",
        (
            Step(
                "See what it is, how old it is, and whom to ask.",
                "python -m refresh orphans",
                "operations/orphans",
            ),
            Step(
                "Look for it among the loads: who loaded it, when, from which file.",
                page="operations/loads?source={source}",
            ),
            Step(
                "Younger than seven days: ask whoever loaded it, and register it with an owner and"
                " a purpose if it is wanted.",
                "python -m refresh register {manifest}",
                may="register",
            ),
            Step(
                "Older: put it into the archive. Nothing is deleted: tables become Parquet, folders"
                " are moved, loads get a source that is out of use.",
                "python -m refresh orphans --execute",
                "operations/orphans",
                may="archive",
            ),
            Step(
                "Seal the lake without it.",
                "python -m refresh run --offline",
                may="load",
            ),
        ),
        Step("Well again when there are none.", "python -m refresh orphans", "operations/orphans"),
    ),
    Runbook(
        "duplicate-data",
        "The same rows in two periods",
        "Rows of one period are those of another: from 5 in 100 on it is a warning, from 50 on it"
        " is critical. Where periods are appended they count twice.",
        (
            Step(
                "Which source, and what is proposed? A load that finds repeated rows asks for"
                " another load mode by itself.",
                "python -m refresh requests",
                "operations/reviews",
            ),
            Step(
                "By which mode is it loaded now? `replace` counts nothing twice.",
                "python -m refresh list",
            ),
            Step(
                "What do the releases themselves say?",
                "python -m refresh suggest {manifest}",
            ),
            Step(
                "Appended, though each release holds all that came before: say yes. The table is"
                " built again from the releases that are kept, and no row counts twice.",
                'python -m refresh approve {request} --reason "{reason}"',
                "operations/reviews",
                may="approve",
            ),
            Step(
                "Appended, and the rows only look alike (withheld rows, a register that hardly"
                " changes): say no, and it is not asked again.",
                'python -m refresh reject {request} --reason "{reason}"',
                "operations/reviews",
                may="approve",
            ),
        ),
        Step(
            "Well again when nothing waits, and the source is loaded by `replace`.",
            "python -m refresh requests",
        ),
    ),
    Runbook(
        "runaway-storage",
        "The lake grows too fast",
        "A domain, or the whole lake, grew by more than a fifth in a week.",
        (
            Step(
                "Which tables are the largest, and which grew? The maintenance lists files and"
                " their bytes without touching them.",
                "python -m refresh maintain weekly --dry-run",
                "operations/storage",
            ),
            Step(
                "Lake or database? Snapshots that nobody goes back to keep files alive: let the"
                " oldest go.",
                "python -m refresh maintain --keep 2",
                may="archive",
            ),
            Step(
                "Is retention applied? These periods are older than they should be kept.",
                "python -m refresh retention",
            ),
            Step(
                "Put them into the archive. The bytes and the history of loads stay.",
                "python -m refresh retention --execute",
                may="archive",
            ),
            Step(
                "Keep fewer days of it from now on, if its owner agrees.",
                'python -m refresh retention {source} --days {days} --reason "{reason}"',
                may="register",
            ),
        ),
        Step(
            "Well again when retention lists nothing, and the growth of the next week is under a"
            " fifth.",
            "python -m refresh retention",
            "operations/storage",
        ),
    ),
)
BY_NAME = {one.name: one for one in RUNBOOKS}
