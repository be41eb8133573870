"""Contracts of the claims warehouse: what files say, dimensions, facts, and the account of it."""
