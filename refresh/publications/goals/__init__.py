"""The eight goals, measured: by golden datasets, the ledger, the clock, and agents."""
