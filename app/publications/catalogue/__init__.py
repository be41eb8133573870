"""The catalogue: every table, column and metric of the lake, what it means and where it is from."""
