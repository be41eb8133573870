"""What a manifest lacks that was sealed by an older program.

A newer one must serve such a snapshot until the next refresh, and a link may pin one.
"""

from typing import Any

from engine.table import Table, described


def brought_up_to_date(manifest: dict[str, Any], contracts: dict[str, Table]) -> dict[str, Any]:
    """The same manifest, with what newer ones say of each table.

    Takes:  the contracts that there are now. A table that was sealed without its columns has
            theirs: they only ever gained columns since.
    Gives:  every table of the contracts, without rows where the snapshot does not know it; all
            tables invented where the lake was said to be and not which.
    """
    is_said = any("demonstration" in table for table in manifest["tables"].values())
    invented = not is_said and manifest["demonstration"]
    known = {
        name: {**described(contract), "demonstration": invented, "files": []}
        for name, contract in contracts.items()
    }
    plain = {"columns": [], "demonstration": invented}
    tables = {name: known.get(name, plain) | table for name, table in manifest["tables"].items()}
    releases = [{"demonstration": invented} | release for release in manifest["releases"]]
    return {**manifest, "tables": known | tables, "releases": releases}
