"""What a manifest lacks that was sealed by an older program.

A newer one must serve such a snapshot until the next refresh, and a link may pin one.
"""

from typing import Any

from engine.manifest import ContractEntry, Manifest
from engine.table import Table, described


def brought_up_to_date(manifest: Any, contracts: dict[str, Table]) -> Manifest:
    """The same manifest, with what newer ones say of each table.

    Takes:  a manifest as it was read: nobody can say of which shape. The contracts that there are
            now: a table that was sealed without its columns has theirs, for they only ever gained
            columns since.
    Gives:  every table of the contracts, without rows where the snapshot does not know it; all
            tables invented where the lake was said to be and not which.
    """
    is_said = any("demonstration" in table for table in manifest["tables"].values())
    invented = not is_said and manifest["demonstration"]
    known = {name: _without_rows(described(table), invented) for name, table in contracts.items()}
    plain: dict[str, Any] = {"columns": [], "demonstration": invented}
    tables = {name: known.get(name, plain) | table for name, table in manifest["tables"].items()}
    releases = [{"demonstration": invented} | release for release in manifest["releases"]]
    newer: Manifest = manifest | {"tables": known | tables, "releases": releases}
    return newer


def _without_rows(contract: ContractEntry, invented: bool) -> dict[str, Any]:
    return {**contract, "demonstration": invented, "files": []}
