"""What everybody did, and was refused: the audit log, for a dba."""
