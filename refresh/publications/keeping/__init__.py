"""Keeping: what is done every week, month and quarter so that the lake stays well, and evidence."""
