"""Goal 6: whether a publication's sources are known again from one period to the next.

Each release keeps the words by which it is read; those of a publication's newest period and of the
one before are two consecutive manifests, held against each other as drafts are.
"""

from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from engine.lake import Layout
from engine.period import UNDATED
from refresh.publications.agreed import words_of
from refresh.publications.canonical import fingerprint, likeness, matched
from refresh.publications.goals.figures import Figures, figure, share
from refresh.publications.manifest import Described, Manifest, TableOf
from refresh.store.ledger import Ledger

Periods = dict[str, dict[str, TableOf]]
"""By period, what each source was read by."""
NOTHING = "no publication has two periods yet"


def consistency(data: Path) -> Figures:
    """Goal 6, by what the releases of a lake were read by."""
    with closing(Ledger(Layout(data).registry_url)) as ledger:
        found: dict[str, Periods] = {}
        for row in ledger.sources():
            for release, state in ledger.releases(row["code"], demonstration=False):
                if release.read_by and state["status"] == "staged" and release.period != UNDATED:
                    of = found.setdefault(row["publication"] or row["code"], {})
                    of.setdefault(release.period, {})[row["code"]] = words_of(release).of
    return held_against(found.values())


def held_against(publications: Iterable[Periods]) -> Figures:
    """Of each publication the newest period beside the one before.

    Takes:  a mapping by period, a publication each.
    """
    known = every = pairs = 0
    alike = 0.0
    for periods in publications:
        if len(periods) < 2:
            continue
        before, newest = (periods[period] for period in sorted(periods)[-2:])
        found = matched(_manifest(newest), _manifest(before))
        known, every = known + len(found), every + len(newest)
        pairs += len(found)
        alike += sum(
            likeness(fingerprint(newest[m.generated_code]), fingerprint(before[m.canonical_code]))
            for m in found
        )
    drifted = 100 * (1 - alike / pairs) if pairs else None
    return figure(
        "codes_matching", share(known, every), f"{known} of {every} sources", NOTHING
    ) | figure("columns_drifted", drifted, f"{pairs} pairs of sources", NOTHING)


def _manifest(tables: dict[str, TableOf]) -> Manifest:
    return Manifest(manifest=Described(name="", publication=""), sources=list(tables.values()))
