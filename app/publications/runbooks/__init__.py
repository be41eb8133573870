"""Runbooks: what to do when something is wrong, step by step, each reached from its alert."""
